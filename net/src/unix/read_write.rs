//! `Read` and `Write` for a stream, by value and by reference.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};

use super::stream::UnixStream;

/// Reads what has arrived, waiting until there is something: one recv(2) if there is already.
///
/// `Ok(0)` is the end of the stream, or the answer to an empty buffer, which never waits.
///
/// # Errors
///
/// `WouldBlock` after the [read timeout](UnixStream::set_read_timeout) or on a
/// [non-blocking](UnixStream::set_nonblocking) stream; `ConnectionReset` if the peer has closed the connection without
/// reading all that was sent to it. Descriptors that were sent along with the data are closed.
impl Read for UnixStream {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.connection.receive(buf)
    }

    /// Fills the buffers in order with one recvmsg(2); of more than 1024, the first 1024.
    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.connection.receive_vectored(bufs)
    }
}

/// As for `UnixStream`.
impl Read for &UnixStream {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.connection.receive(buf)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.connection.receive_vectored(bufs)
    }
}

/// Writes as much as the send buffer takes, waiting until it takes something: one send(2) if there is room already.
///
/// The count may be short where a blocking std socket would have waited to take it all; use
/// [`write_all`](Write::write_all), as with every `Write`. What was written is in the kernel's hands, not yet at the
/// peer. `flush` has nothing to do.
///
/// # Errors
///
/// `BrokenPipe` if the peer does not take more, or this side has been
/// [shut down](UnixStream::shutdown): never the signal SIGPIPE. `WouldBlock` after the
/// [write timeout](UnixStream::set_write_timeout) or on a [non-blocking](UnixStream::set_nonblocking) stream.
impl Write for UnixStream {
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.connection.send(buf)
    }

    /// Sends the buffers in order with one sendmsg(2); of more than 1024, the first 1024.
    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.connection.send_vectored(bufs)
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// As for `UnixStream`.
impl Write for &UnixStream {
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.connection.send(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.connection.send_vectored(bufs)
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
