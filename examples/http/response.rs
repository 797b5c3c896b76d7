//! Answers, and how they are written.

use std::borrow::Cow;
use std::io::Write;

use crate::status::{Refusal, Status};

/// What the client gets.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    status: Status,
    fields: Vec<(&'static str, Cow<'static, [u8]>)>,
    body: Vec<u8>,
}

/// What becomes of the connection after a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    Close,
    KeepAlive,
}

/// Leave to send a body.
pub(crate) const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

impl Response {
    pub(crate) fn new(status: Status, body: Vec<u8>) -> Response {
        Response { status, fields: Vec::new(), body }
    }

    pub(crate) fn text(status: Status, text: impl Into<String>) -> Response {
        Response::new(status, text.into().into_bytes())
            .with("Content-Type", &b"text/plain; charset=utf-8"[..])
    }

    /// Adds a field. A value comes from this program, or from a request, where the parser has seen that it is one.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Cow<'static, [u8]>>) -> Response {
        self.fields.push((name, value.into()));
        self
    }

    /// As it goes over the wire. An answer to HEAD has all but the body.
    pub(crate) fn encode(&self, to_head: bool, after: After) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256 + self.body.len());
        let connection = match after {
            After::Close => "close",
            // What is silently assumed in HTTP/1.1, but not in 1.0.
            After::KeepAlive => "keep-alive",
        };
        let length = self.body.len();
        let status = self.status;
        write!(bytes, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: {connection}\r\n")
            .expect("a vector takes all");
        for (name, value) in &self.fields {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].into_iter().flatten());
        }
        bytes.extend(b"\r\n");
        if !to_head {
            bytes.extend(&self.body);
        }
        bytes
    }
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Response {
        Response::text(refusal.status, format!("{}: {}\n", refusal.status, refusal.why))
    }
}
