//! What a client gets.

use std::io::{self, Write};

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const BINARY: &str = "application/octet-stream";
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A whole response.
#[derive(Debug)]
pub(super) struct Answer {
    status: u16,
    content_type: &'static str,
    body: Vec<u8>,
}

impl Answer {
    pub(super) fn text(body: String) -> Answer {
        Answer { status: 200, content_type: TEXT, body: body.into_bytes() }
    }

    pub(super) fn json(body: Vec<u8>) -> Answer {
        Answer { status: 200, content_type: JSON, body }
    }

    pub(super) fn binary(body: Vec<u8>) -> Answer {
        Answer { status: 200, content_type: BINARY, body }
    }

    pub(super) fn open_metrics(body: String) -> Answer {
        Answer { status: 200, content_type: OPENMETRICS, body: body.into_bytes() }
    }

    /// With a line that says why.
    pub(super) fn refusal(status: u16, why: &str) -> Answer {
        Answer { status, content_type: TEXT, body: format!("{why}\n").into_bytes() }
    }

    #[cfg(test)]
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// As HTTP/1.1 has it (RFC 9112), and the end of the connection.
    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let reason = match self.status {
            200 => "OK",
            400 => "Bad Request",
            404 => "Not Found",
            405 => "Method Not Allowed",
            409 => "Conflict",
            431 => "Request Header Fields Too Large",
            503 => "Service Unavailable",
            _ => "Internal Server Error",
        };
        write!(to, "HTTP/1.1 {} {reason}\r\nContent-Type: {}\r\n", self.status, self.content_type)?;
        write!(to, "Content-Length: {}\r\nConnection: close\r\n", self.body.len())?;
        if self.status == 405 {
            write!(to, "Allow: GET\r\n")?;
        }
        write!(to, "X-Content-Type-Options: nosniff\r\n\r\n")?;
        to.write_all(&self.body)?;
        to.flush()
    }
}
