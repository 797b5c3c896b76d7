//! Requests out of a stream of bytes, one after the other.
//!
//! All it knows of the stream is that it can be read, so that tests can feed it from memory, in any pieces.

use std::io::{self, Read};
use std::mem;

use crate::chunks::Chunks;
use crate::framing::Framing;
use crate::head::{EndOfHead, Head};
use crate::settings::Limits;
use crate::status::{Failure, Refusal, Status, malformed, refusal};

/// How much is read at a time.
const STEP: usize = 4 << 10;

const ENDS_EARLY: Refusal = malformed("a request that ends early");

/// A request, complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
}

/// Reads requests from `S`.
///
/// What it holds is bounded by the limits; between two requests it holds nothing.
pub(crate) struct Reader<S> {
    stream: S,
    limits: Limits,
    /// What was read and belongs to no request yet: with clients that do not wait for answers, several requests.
    ahead: Vec<u8>,
}

impl<S: Read> Reader<S> {
    pub(crate) fn new(stream: S, limits: Limits) -> Reader<S> {
        Reader { stream, limits, ahead: Vec::new() }
    }

    /// Whether nothing was read ahead.
    pub(crate) fn is_empty(&self) -> bool {
        self.ahead.is_empty()
    }

    /// The next request; `None` if the stream ends before it begins. Calls `give_leave` if the client waits for that
    /// with its body.
    ///
    /// After a failure nobody knows where the next request begins: there is none.
    pub(crate) fn request(
        &mut self,
        give_leave: impl FnOnce() -> io::Result<()>,
    ) -> Result<Option<Request>, Failure> {
        let Some(head) = self.head()? else { return Ok(None) };
        if head.waits_for_leave() && self.is_empty() {
            give_leave()?;
        }
        let body = match head.framing {
            Framing::Empty => Vec::new(),
            Framing::Counted(length) => self.counted(length)?,
            Framing::Chunked => self.chunked()?,
        };
        if self.is_empty() {
            // A connection that falls idle now shall not keep a buffer.
            self.ahead = Vec::new();
        }
        Ok(Some(Request { head, body }))
    }

    fn head(&mut self) -> Result<Option<Head>, Failure> {
        let mut end = EndOfHead::default();
        loop {
            let within = self.ahead.len().min(self.limits.head);
            if let Some(length) = end.find(&self.ahead[..within])? {
                let head = Head::parse(&self.ahead[..length], &self.limits)?;
                self.ahead.drain(..length);
                return Ok(Some(head));
            }
            if within == self.limits.head {
                return Err(refusal(Status::FIELDS_TOO_LARGE, "a head that is too long").into());
            }
            match (self.read_ahead()?, within) {
                (0, 0) => return Ok(None),
                (0, _) => return Err(ENDS_EARLY.into()),
                _ => {}
            }
        }
    }

    /// Makes room as the bytes come, not when they are announced.
    fn counted(&mut self, length: usize) -> Result<Vec<u8>, Failure> {
        let here = length.min(self.ahead.len());
        let later = self.ahead.split_off(here);
        let mut body = mem::replace(&mut self.ahead, later);
        let missing = (length - here) as u64;
        self.stream.by_ref().take(missing).read_to_end(&mut body)?;
        if body.len() < length { Err(ENDS_EARLY.into()) } else { Ok(body) }
    }

    fn chunked(&mut self) -> Result<Vec<u8>, Failure> {
        let mut chunks = Chunks::new(self.limits);
        loop {
            let taken = chunks.take(&self.ahead)?;
            self.ahead.drain(..taken);
            if chunks.are_over() {
                return Ok(chunks.into_body());
            }
            if self.read_ahead()? == 0 {
                return Err(ENDS_EARLY.into());
            }
        }
    }

    /// Returns how much has come; 0 at the end of the stream.
    fn read_ahead(&mut self) -> io::Result<usize> {
        let before = self.ahead.len();
        self.ahead.resize(before + STEP, 0);
        let read = self.stream.read(&mut self.ahead[before..]);
        self.ahead.truncate(before + *read.as_ref().unwrap_or(&0));
        read
    }
}
