//! A stream out of memory, in pieces, and what a reader makes of it.

use std::io::{self, Read};

use crate::reader::{Reader, Request};
use crate::settings::Limits;
use crate::status::{Failure, Refusal};

/// Bytes that come in pieces of these sizes, over and over.
pub(crate) struct Pieces<'a> {
    bytes: &'a [u8],
    sizes: &'a [usize],
    next: usize,
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(bytes: &'a [u8], sizes: &'a [usize]) -> Pieces<'a> {
        Pieces { bytes, sizes, next: 0 }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let size =
            self.sizes.get(self.next % self.sizes.len().max(1)).map_or(usize::MAX, |&size| size.max(1));
        self.next += 1;
        let count = size.min(buf.len()).min(self.bytes.len());
        let (now, later) = self.bytes.split_at(count);
        buf[..count].copy_from_slice(now);
        self.bytes = later;
        Ok(count)
    }
}

/// How it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Behind the last request.
    Clean,
    /// By what is wrong with the next one.
    Refused(Refusal),
}

impl End {
    /// The status that the client is told.
    pub(crate) fn status(self) -> Option<u16> {
        match self {
            End::Clean => None,
            End::Refused(refusal) => Some(refusal.status.0),
        }
    }
}

/// All requests that `bytes` hold, and how it ends.
pub(crate) fn read_all(bytes: &[u8], sizes: &[usize], limits: Limits) -> (Vec<Request>, End) {
    let mut reader = Reader::new(Pieces::new(bytes, sizes), limits);
    let mut requests = Vec::new();
    loop {
        match reader.request(|| Ok(())) {
            Ok(Some(request)) => requests.push(request),
            Ok(None) => return (requests, End::Clean),
            Err(Failure::Refused(refusal)) => return (requests, End::Refused(refusal)),
            Err(Failure::Read(error)) => panic!("memory can be read: {error}"),
        }
    }
}

/// Why `bytes` are refused, in one piece and byte by byte. No request must come before that.
#[track_caller]
pub(crate) fn refusal_of(bytes: &[u8], limits: Limits) -> Refusal {
    let whole = read_all(bytes, &[], limits);
    assert_eq!(whole, read_all(bytes, &[1], limits), "{}", bytes.escape_ascii());
    match whole {
        (requests, End::Refused(refusal)) if requests.is_empty() => refusal,
        other => panic!("{}: {other:?}", bytes.escape_ascii()),
    }
}

/// They are refused for what they say, not because they end there.
#[track_caller]
pub(crate) fn are_refused(status: u16, bytes: &[u8], limits: Limits) {
    let refusal = refusal_of(bytes, limits);
    assert_eq!(refusal.status.0, status, "{}: {}", bytes.escape_ascii(), refusal.why);
    assert_ne!(refusal.why, ENDS_EARLY, "{}", bytes.escape_ascii());
}

pub(crate) const ENDS_EARLY: &str = "a request that ends early";
