//! From a TCP connection to a WebSocket that `select!` can wait for.

use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::Shutdown;
use std::time::Instant;

use gopark::net::TcpStream;
use tungstenite::WebSocket;
use tungstenite::protocol::Role;

use crate::config::Config;

/// A connection as tungstenite has it: what has arrived can be read, but nothing is waited for.
///
/// After each [`arrived`](Wire::arrived) one read asks the kernel; all others answer `WouldBlock`. Writing waits, until
/// a deadline.
pub(crate) struct Wire {
    stream: TcpStream,
    may_read: bool,
}

/// What a client gets that wants something else than a WebSocket.
const REFUSAL: &[u8] = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// Does the handshake. `None`: the client takes too long for it, or says too much, or the wrong thing.
pub(crate) fn accept(stream: TcpStream, config: &Config) -> Option<WebSocket<Wire>> {
    // A message is written when it is complete. The kernel is not to wait for more.
    stream.set_nodelay(true).ok()?;
    // Absolute, and for all reads and writes together: a byte now and then does not prolong it.
    stream.set_deadline(Some(Instant::now() + config.handshake_within)).ok()?;
    let request = Limited((&stream).take(config.handshake_bytes));
    if tungstenite::accept_with_config(request, Some(config.websocket())).is_err() {
        stream.set_deadline(Some(Instant::now() + config.close_within)).ok()?;
        (&stream).write_all(REFUSAL).ok()?;
        hang_up(&stream);
        return None;
    }
    stream.set_deadline(None).ok()?;
    // The WebSocket of the handshake has read nothing yet: bytes behind the request would have been refused.
    let wire = Wire { stream, may_read: false };
    Some(WebSocket::from_raw_socket(wire, Role::Server, Some(config.websocket())))
}

/// Closes a connection so that the client gets what was written last.
///
/// If bytes that nobody has read lie in the kernel, `close` resets the connection, and the client may lose what is on
/// its way to it. So it is told that no more will come, and read from until it hangs up, or the read deadline passes.
pub(crate) fn hang_up(mut stream: &TcpStream) {
    if stream.shutdown(Shutdown::Write).is_ok() {
        while let Ok(1..) = stream.read(&mut [0; 512]) {}
    }
}

impl Wire {
    /// For `select!`, and for deadlines.
    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// There is something to read, or it is the end: the next read does not wait.
    pub(crate) fn arrived(&mut self) {
        self.may_read = true;
    }
}

impl Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match mem::take(&mut self.may_read) {
            true => self.stream.read(buf),
            false => Err(ErrorKind::WouldBlock.into()),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.stream.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A connection during the handshake: reading waits, and it seems to end after so many bytes.
struct Limited<'a>(io::Take<&'a TcpStream>);

impl Read for Limited<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Write for Limited<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.get_mut().write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
