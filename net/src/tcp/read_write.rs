//! `Read` and `Write` for a stream, by value and by reference.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};

use super::stream::TcpStream;

/// Reads what has arrived, waiting until there is something: one recv(2) if there is already.
///
/// `Ok(0)` is the end of the stream, or the answer to an empty buffer, which never waits.
///
/// # Errors
///
/// `WouldBlock` after the [read timeout](TcpStream::set_read_timeout) or on a
/// [non-blocking](TcpStream::set_nonblocking) stream; `ConnectionReset` if the peer has broken the connection off;
/// `TimedOut` if the peer has stopped answering.
impl Read for TcpStream {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.connection.receive(buf)
    }

    /// Fills the buffers in order with one recvmsg(2); of more than 1024, the first 1024.
    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.connection.receive_vectored(bufs)
    }
}

/// As for `TcpStream`.
impl Read for &TcpStream {
    #[cfg_attr(not(debug_assertions), inline(always))]
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
/// `BrokenPipe` or `ConnectionReset` if the peer does not take more, or this side has been
/// [shut down](TcpStream::shutdown): never the signal SIGPIPE. `WouldBlock` after the
/// [write timeout](TcpStream::set_write_timeout) or on a [non-blocking](TcpStream::set_nonblocking) stream.
impl Write for TcpStream {
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

/// As for `TcpStream`.
impl Write for &TcpStream {
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
