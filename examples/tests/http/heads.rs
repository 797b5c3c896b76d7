//! Heads: what is understood, and what is refused.

use crate::framing::Framing;
use crate::head::Head;
use crate::pieces::{self, ENDS_EARLY, End, read_all, refusal_of};
use crate::settings::Limits;
use crate::status::malformed;

/// The head of the one request in `bytes`.
#[track_caller]
fn head(bytes: &str) -> Head {
    match &read_all(bytes.as_bytes(), &[], Limits::default()) {
        (requests, End::Clean) if requests.len() == 1 => requests[0].head.clone(),
        other => panic!("{bytes:?}: {other:?}"),
    }
}

/// With these lines below the request line and the host.
#[track_caller]
fn with(lines: &str) -> Head {
    head(&format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n"))
}

#[track_caller]
fn is_refused(status: u16, bytes: &[u8]) {
    pieces::are_refused(status, bytes, Limits::default());
}

#[track_caller]
fn are_refused(status: u16, lines: &str) {
    is_refused(status, format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n").as_bytes());
}

#[test]
fn are_understood() {
    let head =
        head("POST /a?b HTTP/1.1\r\nHost: example.org\r\nX-Thing:  one, two \r\nx-thing: three\r\n\r\n");
    assert_eq!((&head.method[..], &head.target[..], head.path(), head.minor), ("POST", "/a?b", "/a", 1));
    assert!(head.fields.members("X-THING").eq([b"one" as &[u8], b"two", b"three"]));
    assert_eq!(head.fields.all("X-Thing").next(), Some(&b"one, two"[..]));
    assert!(head.fields.has("x-thing", "TWO") && !head.fields.has("X-Thing", "four"));
}

#[test]
fn of_nothing_there_is_none() {
    assert_eq!(read_all(b"", &[], Limits::default()), (vec![], End::Clean));
}

/// As sent by clients that close their bodies with one too many.
#[test]
fn empty_lines_before_them_are_ignored() {
    assert_eq!(head("\r\n\r\n\r\nGET /x HTTP/1.0\r\n\r\n").target, "/x");
}

#[test]
fn have_targets_of_several_forms() {
    let path = |target| head(&format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")).path().to_owned();
    assert_eq!(path("/a/b"), "/a/b");
    assert_eq!(path("/?a=/b"), "/");
    assert_eq!(path("/a?b://c/d"), "/a");
    assert_eq!(path("http://example.org/a?b"), "/a");
    assert_eq!(path("https://example.org"), "/");
    assert_eq!(path("http://example.org?a=/b"), "/");
    assert_eq!(head("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").path(), "*");
    assert_eq!(head("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n").target, "a:80");
    for target in ["*", "a", "example.org:80", "ftp://example.org/", "?a"] {
        is_refused(400, format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
    }
}

#[test]
fn say_whether_the_connection_goes_on() {
    let goes_on =
        |version, line| head(&format!("GET / HTTP/{version}\r\nHost: a\r\n{line}\r\n")).keeps_alive();
    assert!(goes_on("1.1", ""));
    assert!(goes_on("1.1", "Connection: keep-alive\r\n"));
    assert!(goes_on("1.1", "Connection: upgrade\r\n"));
    assert!(!goes_on("1.1", "Connection: close\r\n"));
    assert!(!goes_on("1.1", "connection: Upgrade, CLOSE\r\n"));
    assert!(!goes_on("1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
    assert!(!goes_on("1.0", ""));
    assert!(goes_on("1.0", "Connection: Keep-Alive\r\n"));
    assert!(!goes_on("1.0", "Connection: keep-alive, close\r\n"));
}

#[test]
fn say_where_the_body_ends() {
    assert_eq!(with("").framing, Framing::Empty);
    assert_eq!(with("Content-Length: 0\r\n").framing, Framing::Empty);
    let framing = |bytes: &str| {
        let (requests, _) = read_all(bytes.as_bytes(), &[], Limits::default());
        requests[0].head.framing
    };
    let post = |lines: &str, body| framing(&format!("POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n{body}"));
    assert_eq!(post("Content-Length: \t 005 \r\n", "hello"), Framing::Counted(5));
    assert_eq!(post("Transfer-Encoding: Chunked\r\n", "0\r\n\r\n"), Framing::Chunked);
}

#[test]
fn with_a_bad_length_are_refused() {
    for length in ["", "-1", "+5", "5x", "0x5", "5 5", "5,5", "5, 6", "five", "\u{0661}"] {
        are_refused(400, &format!("Content-Length: {length}\r\n"));
    }
    let most = Limits::default().body;
    are_refused(413, &format!("Content-Length: {}\r\n", most + 1));
    are_refused(413, "Content-Length: 18446744073709551616\r\n");
    are_refused(413, &format!("Content-Length: {}\r\n", "9".repeat(100)));
}

/// What one reads as the end, another one could overlook.
#[test]
fn that_could_be_read_in_two_ways_are_refused() {
    for lines in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5\r\ncontent-length: 5\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: identity\r\n",
        "Content-Length: 5\r\nTransfer-Encoding:\r\n",
        "Transfer-Encoding:\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding: chunked;q=1\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding\t: chunked\r\n",
        " Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: \r\n chunked\r\n",
        "X-Folded: a\r\n b\r\n",
        "X-Folded: a\r\n\tb\r\n",
        "X: a\nTransfer-Encoding: chunked\r\n",
        "X: a\rTransfer-Encoding: chunked\r\n",
        "X: a\0\r\n",
        "X: a\x0bb\r\n",
        "X: a\x7f\r\n",
        "no colon\r\n",
        ": no name\r\n",
        "a b: c\r\n",
        "a\u{e4}: c\r\n",
    ] {
        are_refused(400, lines);
    }
    is_refused(400, b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n");
    are_refused(501, "Transfer-Encoding: gzip, chunked\r\n");
    are_refused(501, "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n");
}

#[test]
fn with_a_bad_host_are_refused() {
    for hosts in
        ["", "Host: a\r\nHost: a\r\n", "Host: a b\r\n", "Host: a/b\r\n", "Host: a@b\r\n", "Host: a,b\r\n"]
    {
        is_refused(400, format!("GET / HTTP/1.1\r\n{hosts}\r\n").as_bytes());
    }
    is_refused(400, b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n");
    for host in ["", "example.org", "example.org:8080", "127.0.0.1", "[::1]:80"] {
        head(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    }
    head("GET / HTTP/1.0\r\n\r\n");
}

#[test]
fn that_are_none_are_refused() {
    for bytes in [
        &b"GET\r\n\r\n"[..],
        b"GET /\r\n\r\n",
        b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        b" GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
        b"G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        b"/ HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\nHost: a\n\n",
        b"GET / HTTP/1.1\r\r\nHost: a\r\n\r\n",
        b"\n",
        b"\rGET",
        // A TLS handshake: no line of it ends.
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        let refusal = refusal_of(bytes, Limits::default());
        assert!(
            matches!(refusal.status.0, 400 | 505) && refusal.why != ENDS_EARLY,
            "{}",
            bytes.escape_ascii()
        );
    }
    for version in ["HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "http/1.1", "HTTP/1"] {
        is_refused(505, format!("GET / {version}\r\nHost: a\r\n\r\n").as_bytes());
    }
    is_refused(505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
}

#[test]
fn with_an_unknown_expectation_are_refused() {
    are_refused(417, "Expect: 200-ok\r\n");
    are_refused(417, "Expect: 100-continue, more\r\n");
    assert!(!with("Expect: 100-continue\r\n").waits_for_leave(), "there is no body");
}

#[test]
fn that_end_early_are_refused() {
    let whole = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for length in 1..whole.len() {
        assert_eq!(refusal_of(&whole[..length], Limits::default()), malformed(ENDS_EARLY));
    }
}
