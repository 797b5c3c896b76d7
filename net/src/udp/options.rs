//! What can be set on a socket, and asked of it.
//!
//! Timeouts and the non-blocking flag are kept by this crate and cost no system call; the other options are the
//! kernel's, and cost one.

use std::io;
use std::time::Duration;

use rustix::net::sockopt;

use super::socket::UdpSocket;
use crate::deadlines::deadlines_of;

/// Options.
impl UdpSocket {
    /// Limits how long a receive or peek that begins from now on may wait; `None` is no limit. When it runs out, the
    /// call answers `WouldBlock`, as std's does on Linux.
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
    /// # use gopark_net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// socket.set_read_timeout(Some(Duration::from_millis(5)))?;
    /// assert_eq!(socket.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_read_timeout(&self, dur: Option<Duration>) -> io::Result<()> {
        self.connection.read_timeout.set(dur)
    }

    /// Limits how long a send that begins from now on may wait; `None` is no limit. When it runs out, the call answers
    /// `WouldBlock`, and nothing was sent.
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
    /// # use gopark_net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// socket.set_write_timeout(Some(Duration::from_secs(30)))?;
    /// let refused = socket.set_write_timeout(Some(Duration::ZERO)).unwrap_err();
    /// assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_write_timeout(&self, dur: Option<Duration>) -> io::Result<()> {
        self.connection.write_timeout.set(dur)
    }

    /// The limit that [`set_read_timeout`](UdpSocket::set_read_timeout) set, to the nanosecond (std's is rounded by
    /// the kernel's clock tick). Never fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// assert_eq!(socket.read_timeout()?, None);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn read_timeout(&self) -> io::Result<Option<Duration>> {
        Ok(self.connection.read_timeout.get())
    }

    /// The limit that [`set_write_timeout`](UdpSocket::set_write_timeout) set, to the nanosecond. Never fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// assert_eq!(socket.write_timeout()?, None);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write_timeout(&self) -> io::Result<Option<Duration>> {
        Ok(self.connection.write_timeout.get())
    }

    /// Whether datagrams may be sent to a broadcast address (`SO_BROADCAST` in socket(7)). Off at first.
    ///
    /// # Errors
    ///
    /// Those of setsockopt(2).
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// socket.set_broadcast(true)?;
    /// assert!(socket.broadcast()?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_broadcast(&self, broadcast: bool) -> io::Result<()> {
        Ok(sockopt::set_socket_broadcast(self, broadcast)?)
    }

    /// What [`set_broadcast`](UdpSocket::set_broadcast) set.
    ///
    /// # Errors
    ///
    /// Those of getsockopt(2).
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// assert!(!socket.broadcast()?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn broadcast(&self) -> io::Result<bool> {
        Ok(sockopt::socket_broadcast(self)?)
    }

    /// How many hops a datagram may take, other than one to a multicast group (`IP_TTL` in ip(7)).
    ///
    /// # Errors
    ///
    /// `InvalidInput` if `ttl` is not within 1 to 255.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// socket.set_ttl(42)?;
    /// assert_eq!(socket.ttl()?, 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        Ok(sockopt::set_ip_ttl(self, ttl)?)
    }

    /// What [`set_ttl`](UdpSocket::set_ttl) set, or the system's default.
    ///
    /// # Errors
    ///
    /// Those of getsockopt(2).
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// assert!(socket.ttl()? > 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn ttl(&self) -> io::Result<u32> {
        Ok(sockopt::ip_ttl(self)?)
    }

    /// Reads and clears the error that the socket has met since the last call that reported one (`SO_ERROR` in
    /// socket(7)): on a connected socket, what became of an earlier send.
    ///
    /// # Errors
    ///
    /// Those of getsockopt(2); the socket's own error is the value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// assert!(socket.take_error()?.is_none());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        Ok(sockopt::socket_error(self)?.err().map(io::Error::from))
    }

    /// Makes calls on this socket answer `WouldBlock` instead of waiting; a call that waits already goes on waiting.
    ///
    /// This is a flag of the socket as this crate sees it, shared by all clones. It is not the descriptor's
    /// O_NONBLOCK, which has no influence on these calls, and never fails. No system call.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// # use gopark_net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// socket.set_nonblocking(true)?;
    /// assert_eq!(socket.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.connection.set_nonblocking(nonblocking);
        Ok(())
    }
}

deadlines_of!(UdpSocket, "let stream = gopark_net::UdpSocket::bind(\"127.0.0.1:0\")?;");
