//! What can be set on a datagram socket, and asked of it.
//!
//! Timeouts and the non-blocking flag are kept by the socket and cost no system call.

use std::io;
use std::time::Duration;

use rustix::net::sockopt;

use super::datagram::UnixDatagram;
use crate::deadlines::deadlines_of;

/// Options.
impl UnixDatagram {
    /// Limits how long a receive that begins from now on may wait; `None` is no limit. When it runs out, the call
    /// answers `WouldBlock`, as std's does on Linux.
    ///
    /// Shared by all clones. No system call.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the limit is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use std::time::Duration;
    /// use gopark_net::UnixDatagram;
    ///
    /// let socket = UnixDatagram::unbound()?;
    /// socket.set_read_timeout(Some(Duration::from_millis(5)))?;
    /// assert_eq!(socket.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.connection.read_timeout.set(timeout)
    }

    /// Limits how long a send that begins from now on may wait; `None` is no limit. When it runs out, the call answers
    /// `WouldBlock`. Nothing has been sent then.
    ///
    /// Shared by all clones. No system call.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the limit is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use std::time::Duration;
    /// use gopark_net::UnixDatagram;
    ///
    /// let socket = UnixDatagram::unbound()?;
    /// socket.set_write_timeout(Some(Duration::from_secs(30)))?;
    /// let refused = socket.set_write_timeout(Some(Duration::ZERO)).unwrap_err();
    /// assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.connection.write_timeout.set(timeout)
    }

    /// The limit that [`set_read_timeout`](UnixDatagram::set_read_timeout) set, to the nanosecond (std's is rounded by the
    /// kernel's clock tick). Never fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UnixDatagram;
    /// let socket = UnixDatagram::unbound()?;
    /// assert_eq!(socket.read_timeout()?, None);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn read_timeout(&self) -> io::Result<Option<Duration>> {
        Ok(self.connection.read_timeout.get())
    }

    /// The limit that [`set_write_timeout`](UnixDatagram::set_write_timeout) set, to the nanosecond. Never fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UnixDatagram;
    /// let socket = UnixDatagram::unbound()?;
    /// assert_eq!(socket.write_timeout()?, None);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write_timeout(&self) -> io::Result<Option<Duration>> {
        Ok(self.connection.write_timeout.get())
    }

    /// Makes calls on this socket answer `WouldBlock` instead of waiting; a call that waits already goes on waiting.
    ///
    /// This is a flag of the socket, shared by all clones. It is not the descriptor's O_NONBLOCK, which has no
    /// influence on these calls, and never fails. No system call.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use gopark_net::UnixDatagram;
    ///
    /// let socket = UnixDatagram::unbound()?;
    /// socket.set_nonblocking(true)?;
    /// assert_eq!(socket.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.connection.set_nonblocking(nonblocking);
        Ok(())
    }

    /// Reads and clears the error that the socket has met since the last call that reported one (`SO_ERROR` in
    /// socket(7)).
    ///
    /// # Errors
    ///
    /// Those of getsockopt(2); the socket's own error is the value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UnixDatagram;
    /// let socket = UnixDatagram::unbound()?;
    /// assert!(socket.take_error()?.is_none());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        Ok(sockopt::socket_error(self)?.err().map(io::Error::from))
    }
}

deadlines_of!(UnixDatagram, "let (stream, _there) = gopark_net::UnixDatagram::pair()?;");
