//! Streams without end: each is refused before more has been taken of it than the limits allow.

use std::cell::Cell;
use std::io::{self, Read};

use crate::reader::Reader;
use crate::settings::Limits;
use crate::status::Failure;

const LIMITS: Limits = Limits { head: 8 << 10, fields: 50, body: 32 << 10 };

/// A little more than a head, a body and a step.
const MOST_TAKEN: usize = 48 << 10;

/// A beginning, and then the same for ever.
struct Endless<'a> {
    begin: &'a [u8],
    again: &'a [u8],
    at: usize,
    taken: &'a Cell<usize>,
}

impl Read for Endless<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        for byte in buf.iter_mut() {
            let after = |at: usize| self.again[(at - self.begin.len()) % self.again.len()];
            *byte = self.begin.get(self.at).copied().unwrap_or_else(|| after(self.at));
            self.at += 1;
        }
        self.taken.set(self.taken.get() + buf.len());
        assert!(self.taken.get() <= MOST_TAKEN, "it takes ever more");
        Ok(buf.len())
    }
}

#[track_caller]
fn is_refused(status: u16, begin: &str, again: &str) {
    let taken = Cell::new(0);
    let (begin, again) = (begin.as_bytes(), again.as_bytes());
    let mut reader = Reader::new(Endless { begin, again, at: 0, taken: &taken }, LIMITS);
    match reader.request(|| Ok(())) {
        Err(Failure::Refused(refusal)) => assert_eq!(refusal.status.0, status, "{}", refusal.why),
        other => panic!("{other:?}"),
    }
}

#[test]
fn heads() {
    is_refused(431, "", "\r\n");
    is_refused(431, "", "x");
    is_refused(431, "GET /", "x");
    is_refused(431, "GET / HTTP/1.1\r\nHost: a\r\nX: ", "y");
    is_refused(431, "GET / HTTP/1.1\r\nHost: a\r\n", "X: y\r\n");
    is_refused(431, "GET / HTTP/1.1\r\nHost: a\r\n", "no colon\r\n");
    is_refused(431, "\r\n", " ");
}

#[test]
fn fields() {
    let head = |count| format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(count));
    is_refused(431, &head(50), "x");
    let taken = Cell::new(0);
    let most = head(49);
    let mut reader =
        Reader::new(Endless { begin: most.as_bytes(), again: b"x", at: 0, taken: &taken }, LIMITS);
    assert!(reader.request(|| Ok(())).is_ok_and(|request| request.is_some()));
}

#[test]
fn bodies() {
    const POST: &str = "POST / HTTP/1.1\r\nHost: a\r\n";
    let chunked = format!("{POST}Transfer-Encoding: chunked\r\n\r\n");
    is_refused(413, &format!("{POST}Content-Length: 32769\r\n\r\n"), "x");
    is_refused(400, &chunked, "400\r\n\r\n");
    is_refused(400, &chunked, "0");
    is_refused(400, &format!("{chunked}5;"), "x");
    is_refused(413, &chunked, &format!("400\r\n{}\r\n", "x".repeat(1024)));
    is_refused(431, &format!("{chunked}0\r\n"), "X: y\r\n");
    is_refused(400, &format!("{chunked}0\r\nX: "), "y");
}
