//! As much of HTTP/1.1 as the measurement needs: requests without bodies, pipelined or not, all of which get the same answer.
//!
//! All libraries are given this code, and `may` too: `may_minihttp` would bring a parser, a buffer and a date of its own, so
//! that its figures told of these rather than of the coroutines below.

use std::io::{self, ErrorKind};

use httparse::{EMPTY_HEADER, Request, Status};

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";

/// Room for some fifty requests of the load generator.
const ROOM: usize = 4096;

/// Answers all requests that are complete: how many bytes these were.
///
/// # Errors
/// These are no requests.
fn answer(requests: &[u8], answers: &mut Vec<u8>) -> io::Result<usize> {
    let mut used = 0;
    loop {
        let mut fields = [EMPTY_HEADER; 16];
        let wrong = |error| io::Error::new(ErrorKind::InvalidData, error);
        match Request::new(&mut fields).parse(&requests[used..]).map_err(wrong)? {
            Status::Complete(head) => used += head,
            Status::Partial => return Ok(used),
        }
        answers.extend_from_slice(ANSWER);
    }
}

/// What one connection has of it: what was read and not answered yet, and the answers of the last read.
pub struct Conversation {
    requests: Box<[u8; ROOM]>,
    filled: usize,
    answers: Vec<u8>,
}

impl Conversation {
    pub fn new() -> Conversation {
        Conversation { requests: Box::new([0; ROOM]), filled: 0, answers: Vec::with_capacity(ROOM) }
    }

    /// For the next read. Empty, which reads as an end, if a request is larger than all of it.
    pub fn room(&mut self) -> &mut [u8] {
        &mut self.requests[self.filled..]
    }

    /// What is to be written after so many bytes more were read.
    ///
    /// # Errors
    /// They are no requests.
    pub fn answers_after(&mut self, count: usize) -> io::Result<&[u8]> {
        self.filled += count;
        self.answers.clear();
        let used = answer(&self.requests[..self.filled], &mut self.answers)?;
        self.requests.copy_within(used..self.filled, 0);
        self.filled -= used;
        Ok(&self.answers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the pieces are that it comes in.
    #[test]
    fn each_request_is_answered_once() {
        let requests = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n".repeat(3);
        for piece in 1..requests.len() {
            let (mut conversation, mut answers) = (Conversation::new(), Vec::new());
            for part in requests.chunks(piece) {
                conversation.room()[..part.len()].copy_from_slice(part);
                answers.extend_from_slice(conversation.answers_after(part.len()).unwrap());
            }
            assert_eq!(answers, ANSWER.repeat(3), "pieces of {piece}");
        }
    }

    #[test]
    fn nonsense_is_an_error() {
        let mut conversation = Conversation::new();
        conversation.room()[..4].copy_from_slice(b"\0\0\0\0");
        assert!(conversation.answers_after(4).is_err());
    }
}
