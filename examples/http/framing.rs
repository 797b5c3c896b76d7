//! Where a request ends, as its head says it (RFC 9112, section 6.3).
//!
//! A proxy in front of the server may read another end out of the same head, and then what is the body for one is the
//! next request for the other: request smuggling. So a head of which there could be two readings is refused.

use crate::fields::Fields;
use crate::status::{Refusal, Status, malformed, refusal};

/// What comes after the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Nothing.
    Empty,
    /// So many bytes.
    Counted(usize),
    /// Chunks, each with its length.
    Chunked,
}

impl Framing {
    /// Of a request of HTTP/1.`minor` whose body may have `most` bytes.
    pub(crate) fn of(fields: &Fields, minor: u8, most: usize) -> Result<Framing, Refusal> {
        let mut lengths = fields.all("Content-Length");
        let length = lengths.next();
        if lengths.next().is_some() {
            return Err(malformed("more than one Content-Length"));
        }
        let codings: Vec<_> = fields.members("Transfer-Encoding").collect();
        match (length, &codings[..]) {
            (None, []) => Ok(Framing::Empty),
            (Some(length), []) => counted(length, most),
            (Some(_), _) => Err(malformed("both Content-Length and Transfer-Encoding")),
            (None, _) if minor == 0 => Err(malformed("Transfer-Encoding in HTTP/1.0")),
            (None, codings) => chunked(codings),
        }
    }
}

/// Digits and nothing else: `parse` alone would allow a sign.
fn counted(length: &[u8], most: usize) -> Result<Framing, Refusal> {
    if length.is_empty() || !length.iter().all(u8::is_ascii_digit) {
        return Err(malformed("a Content-Length that is no number"));
    }
    let length = str::from_utf8(length).expect("they are digits").parse();
    match length {
        Ok(0) => Ok(Framing::Empty),
        Ok(length) if length <= most => Ok(Framing::Counted(length)),
        _ => Err(TOO_LARGE),
    }
}

/// The last coding, and only that, says where the body ends. There is no other one here.
fn chunked(codings: &[&[u8]]) -> Result<Framing, Refusal> {
    let is_chunked = |coding: &&[u8]| coding.eq_ignore_ascii_case(b"chunked");
    let (last, others) = codings.split_last().expect("there is one");
    match (is_chunked(last), others) {
        (true, []) => Ok(Framing::Chunked),
        (true, others) if !others.iter().any(is_chunked) => {
            Err(refusal(Status::NOT_IMPLEMENTED, "a Transfer-Encoding besides chunked"))
        }
        _ => Err(malformed("a Transfer-Encoding that does not end with chunked")),
    }
}

/// Whether it was announced or turns out.
pub(crate) const TOO_LARGE: Refusal = refusal(Status::CONTENT_TOO_LARGE, "a body that is too large");
