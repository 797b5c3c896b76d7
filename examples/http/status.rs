//! Status codes, and why a request is refused.

use std::fmt;
use std::io;

/// A status code and what it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status(pub(crate) u16, &'static str);

impl Status {
    pub(crate) const OK: Status = Status(200, "OK");
    pub(crate) const BAD_REQUEST: Status = Status(400, "Bad Request");
    pub(crate) const NOT_FOUND: Status = Status(404, "Not Found");
    pub(crate) const METHOD_NOT_ALLOWED: Status = Status(405, "Method Not Allowed");
    pub(crate) const REQUEST_TIMEOUT: Status = Status(408, "Request Timeout");
    pub(crate) const CONTENT_TOO_LARGE: Status = Status(413, "Content Too Large");
    pub(crate) const EXPECTATION_FAILED: Status = Status(417, "Expectation Failed");
    pub(crate) const FIELDS_TOO_LARGE: Status = Status(431, "Request Header Fields Too Large");
    pub(crate) const NOT_IMPLEMENTED: Status = Status(501, "Not Implemented");
    pub(crate) const VERSION_NOT_SUPPORTED: Status = Status(505, "HTTP Version Not Supported");
}

/// As it stands in a status line.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.1)
    }
}

/// What is wrong with a request. Nobody can say where the next one begins, so the connection ends with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: Status,
    pub(crate) why: &'static str,
}

pub(crate) const fn refusal(status: Status, why: &'static str) -> Refusal {
    Refusal { status, why }
}

pub(crate) const fn malformed(why: &'static str) -> Refusal {
    refusal(Status::BAD_REQUEST, why)
}

/// Why there is no request.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The client is to be told.
    Refused(Refusal),
    /// Reading has failed.
    Read(io::Error),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::Refused(refusal)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Read(error)
    }
}
