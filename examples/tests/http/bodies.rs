//! Bodies: counted ones and chunked ones.

use std::cell::Cell;

use crate::pieces::{self, ENDS_EARLY, End, Pieces, read_all, refusal_of};
use crate::reader::Reader;
use crate::settings::Limits;
use crate::status::{Failure, malformed};

const LIMITS: Limits = Limits { head: 500, fields: 10, body: 100 };

fn chunked(body: &str) -> Vec<u8> {
    format!("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}").into_bytes()
}

#[track_caller]
fn is_refused(status: u16, bytes: &[u8]) {
    pieces::are_refused(status, bytes, LIMITS);
}

#[test]
fn that_are_counted() {
    let bytes = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.0\r\n\r\n";
    for sizes in [&[][..], &[1], &[45], &[3, 50, 1]] {
        let (requests, end) = read_all(bytes, sizes, LIMITS);
        assert_eq!((requests.len(), end), (2, End::Clean));
        assert_eq!(requests[0].body, b"hello");
        assert_eq!(requests[1].body, b"");
    }
}

#[test]
fn in_chunks() {
    for (body, meant) in [
        ("0\r\n\r\n", ""),
        ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello"),
        ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        ("A\r\n0123456789\r\n00\r\n\r\n", "0123456789"),
        ("0000000000000005\r\nhello\r\n0\r\n\r\n", "hello"),
        ("5;name=value;other\r\nhello\r\n0;last\r\n\r\n", "hello"),
        ("5 ; name=\"a b\"\r\nhello\r\n0\r\n\r\n", "hello"),
        ("5\r\nhello\r\n0\r\nChecksum: 1\r\nOther: \r\n\r\n", "hello"),
        ("4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"),
    ] {
        for sizes in [&[][..], &[1], &[2, 3]] {
            let twice = [chunked(body), chunked(body)].concat();
            let (requests, end) = read_all(&twice, sizes, LIMITS);
            assert_eq!((requests.len(), end), (2, End::Clean), "{body:?}");
            assert!(requests.iter().all(|request| request.body == meant.as_bytes()), "{body:?}");
        }
    }
}

#[test]
fn in_malformed_chunks() {
    for body in [
        "\r\n",
        "x\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello!\r\n0\r\n\r\n",
        "4\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "5 x\r\nhello\r\n0\r\n\r\n",
        "5_\r\nhello\r\n0\r\n\r\n",
        ";5\r\nhello\r\n0\r\n\r\n",
        "5;a\rb\r\nhello\r\n0\r\n\r\n",
        "5;a\0b\r\nhello\r\n0\r\n\r\n",
        "00000000000000005\r\nhello\r\n0\r\n\r\n",
        "0\r\nno colon\r\n\r\n",
        "0\r\n Folded: a\r\n\r\n",
        "0\r\nBad: a\n\r\n",
    ] {
        is_refused(400, &chunked(body));
    }
    let line = format!("5;{}\r\nhello\r\n0\r\n\r\n", "a".repeat(2000));
    is_refused(400, &chunked(&line));
}

#[test]
fn that_end_early() {
    let ends_early = |bytes| assert_eq!(refusal_of(bytes, LIMITS), malformed(ENDS_EARLY));
    ends_early(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nhello");
    let whole = chunked("5;a\r\nhello\r\n0\r\nA: b\r\n\r\n");
    (1..whole.len()).for_each(|length| ends_early(&whole[..length]));
}

#[test]
fn that_are_too_large() {
    let body = |size: usize| "x".repeat(size);
    let post = |size: usize| {
        format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n{}", body(size)).into_bytes()
    };
    assert_eq!(read_all(&post(100), &[7], LIMITS).0[0].body.len(), 100);
    is_refused(413, &post(101));

    let just = format!("32\r\n{0}\r\n32\r\n{0}\r\n0\r\n\r\n", body(50));
    assert_eq!(read_all(&chunked(&just), &[7], LIMITS).0[0].body.len(), 100);
    is_refused(413, &chunked(&format!("65\r\n{}\r\n0\r\n\r\n", body(101))));
    is_refused(413, &chunked(&format!("32\r\n{0}\r\n33\r\n{0}x\r\n0\r\n\r\n", body(50))));
    // Before any of it has come.
    is_refused(413, &chunked("ffffffffffffffff\r\n"));
    is_refused(431, &chunked(&format!("0\r\n{}\r\n", "A: b\r\n".repeat(100))));
}

/// How often the client is given leave to send `bytes` after the head, if that comes alone at first.
fn leaves(head: &str, rest: &str, sizes: &[usize]) -> (usize, Result<bool, u16>) {
    let bytes = format!("{head}\r\n{rest}");
    let mut reader = Reader::new(Pieces::new(bytes.as_bytes(), sizes), LIMITS);
    let leaves = Cell::new(0);
    let result = reader.request(|| {
        leaves.set(leaves.get() + 1);
        Ok(())
    });
    let result = match result {
        Ok(request) => Ok(request.is_some()),
        Err(Failure::Refused(refusal)) => Err(refusal.status.0),
        Err(Failure::Read(error)) => panic!("{error}"),
    };
    (leaves.get(), result)
}

#[test]
fn that_wait_for_leave() {
    let head = |lines: &str| format!("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n{lines}");
    for (lines, body) in
        [("Content-Length: 5\r\n", "hello"), ("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")]
    {
        let head = head(lines);
        assert_eq!(leaves(&head, body, &[1]), (1, Ok(true)), "{lines}");
        assert_eq!(leaves(&head, body, &[head.len() + 2]), (1, Ok(true)), "{lines}");
        assert_eq!(leaves(&head, body, &[]), (0, Ok(true)), "it has not waited: {lines}");
    }
    assert_eq!(leaves(&head(""), "", &[1]), (0, Ok(true)), "there is no body");
    assert_eq!(leaves(&head("Content-Length: 101\r\n"), "", &[1]), (0, Err(413)), "it will not be read");
    let old = "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n";
    assert_eq!(leaves(old, "hello", &[1]), (0, Ok(true)), "HTTP/1.0 does not know it");
}
