//! What the server has to say: this is the file to replace.

use std::time::Duration;

use gopark::time::sleep;

use crate::reader::Request;
use crate::response::Response;
use crate::status::Status;

/// How long `/slow` takes.
pub(crate) const SLOW: Duration = Duration::from_millis(500);

/// Others are not known here (RFC 9110, section 9.1), which is not the same as not being allowed.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// Runs in the coroutine of the connection, so it may wait as long as it likes.
pub(crate) fn answer(request: Request) -> Response {
    let Request { head, body } = request;
    match (&head.method[..], head.path()) {
        (method, _) if !METHODS.contains(&method) => Response::text(Status::NOT_IMPLEMENTED, "What?\n"),
        ("GET" | "HEAD", "/") => Response::text(Status::OK, "Hello from a coroutine.\n"),
        ("GET" | "HEAD", "/slow") => {
            // Only this connection waits.
            sleep(SLOW);
            Response::text(Status::OK, "That took a while.\n")
        }
        ("POST", "/echo") => {
            let kind = head.fields.all("Content-Type").next().unwrap_or(b"application/octet-stream");
            Response::new(Status::OK, body).with("Content-Type", kind.to_owned())
        }
        (_, "/" | "/slow") => not_allowed(b"GET, HEAD"),
        (_, "/echo") => not_allowed(b"POST"),
        _ => Response::text(Status::NOT_FOUND, "There is /, /slow and /echo.\n"),
    }
}

fn not_allowed(instead: &'static [u8]) -> Response {
    Response::text(Status::METHOD_NOT_ALLOWED, "Not like this.\n").with("Allow", instead)
}
