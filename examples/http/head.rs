//! The head of a request: where it ends, and what it says.

use httparse::{EMPTY_HEADER, Error};

use crate::fields::Fields;
use crate::framing::Framing;
use crate::settings::Limits;
use crate::status::{Refusal, Status, malformed, refusal};

/// All of a request but its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) method: String,
    pub(crate) target: String,
    /// The x of HTTP/1.x: 0 or 1.
    pub(crate) minor: u8,
    pub(crate) fields: Fields,
    pub(crate) framing: Framing,
}

impl Head {
    /// Of `bytes`, which go up to the empty line and no further.
    pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Head, Refusal> {
        let mut fields = vec![EMPTY_HEADER; limits.fields];
        let mut request = httparse::Request::new(&mut fields);
        let end = request.parse(bytes).map_err(explain)?;
        // There must not be two opinions on where it ends.
        let (httparse::Status::Complete(end), Some(method), Some(target), Some(minor)) =
            (end, request.method, request.path, request.version)
        else {
            return Err(malformed("an incomplete head"));
        };
        if end != bytes.len() {
            return Err(malformed("a head with two ends"));
        }
        let fields = Fields::from(request.headers);
        let framing = Framing::of(&fields, minor, limits.body)?;
        let head = Head { method: method.to_owned(), target: target.to_owned(), minor, fields, framing };
        head.check()?;
        Ok(head)
    }

    fn check(&self) -> Result<(), Refusal> {
        let known = ["/", "http://", "https://"].iter().any(|form| self.target.starts_with(form));
        if !known && !matches!((&self.method[..], &self.target[..]), ("OPTIONS", "*") | ("CONNECT", _)) {
            return Err(malformed("a target that is no path"));
        }
        let mut hosts = self.fields.all("Host");
        match (hosts.next(), hosts.next()) {
            (None, _) if self.minor > 0 => return Err(malformed("no Host")),
            (_, Some(_)) => return Err(malformed("more than one Host")),
            (Some(host), _) if !host.iter().all(|&byte| may_be_of_a_host(byte)) => {
                return Err(malformed("a Host that is none"));
            }
            _ => {}
        }
        if self.fields.members("Expect").any(|it| !it.eq_ignore_ascii_case(b"100-continue")) {
            return Err(refusal(Status::EXPECTATION_FAILED, "an unknown expectation"));
        }
        Ok(())
    }

    /// The path of the target, without the query.
    pub(crate) fn path(&self) -> &str {
        let local = match self.target.split_once("://") {
            Some((scheme, rest)) if !scheme.starts_with('/') => {
                rest.find(['/', '?']).map_or("", |at| &rest[at..])
            }
            _ => &self.target,
        };
        let path = local.split_once('?').map_or(local, |(path, _)| path);
        if path.is_empty() { "/" } else { path }
    }

    /// Whether another request may follow.
    pub(crate) fn keeps_alive(&self) -> bool {
        let wants = |what| self.fields.has("Connection", what);
        !wants("close") && (self.minor > 0 || wants("keep-alive"))
    }

    /// Whether the client waits for leave to send its body.
    pub(crate) fn waits_for_leave(&self) -> bool {
        self.minor > 0 && self.framing != Framing::Empty && self.fields.has("Expect", "100-continue")
    }
}

fn may_be_of_a_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+;=:[]".contains(&byte)
}

fn explain(error: Error) -> Refusal {
    match error {
        Error::TooManyHeaders => refusal(Status::FIELDS_TOO_LARGE, "too many header fields"),
        Error::Version => refusal(Status::VERSION_NOT_SUPPORTED, "neither HTTP/1.0 nor HTTP/1.1"),
        Error::HeaderName => malformed("a malformed field name"),
        Error::HeaderValue => malformed("a malformed field value"),
        Error::Token | Error::NewLine | Error::Status => malformed("a malformed request line"),
    }
}

/// Looks for the empty line that ends a head: at each byte once, in however many pieces they come.
///
/// It allows less than the parser: lines end with CR and LF, and there are no control characters. So what is not
/// HTTP at all, such as a TLS handshake, is refused at once and not when the patience ends.
#[derive(Debug, Default)]
pub(crate) struct EndOfHead {
    seen: usize,
    /// Where the line begins that was seen last.
    line: usize,
    /// Set when a line was not empty: a client may send empty lines before its request.
    begun: bool,
}

impl EndOfHead {
    /// How long the head is, if it ends within `bytes`, which begin with those of the call before.
    pub(crate) fn find(&mut self, bytes: &[u8]) -> Result<Option<usize>, Refusal> {
        for (at, &byte) in bytes.iter().enumerate().skip(self.seen) {
            let after_cr = at > 0 && bytes[at - 1] == b'\r';
            match byte {
                b'\n' if !after_cr => return Err(malformed("a line that ends without CR")),
                b'\n' => {
                    let empty = at - self.line == 1;
                    if empty && self.begun {
                        return Ok(Some(at + 1));
                    }
                    self.begun |= !empty;
                    self.line = at + 1;
                }
                _ if after_cr => return Err(malformed("a CR that ends no line")),
                b'\r' | b'\t' | b' '..=b'~' | 0x80.. => {}
                _ => return Err(malformed("a control character")),
            }
        }
        self.seen = bytes.len();
        Ok(None)
    }
}
