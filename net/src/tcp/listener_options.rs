//! What can be set on a listener, and asked of it, while it listens.

use std::io;
use std::time::Instant;

use rustix::net::sockopt;

use super::listener::TcpListener;

/// Options.
impl TcpListener {
    /// How many hops the packets of accepted connections may take (`IP_TTL` in ip(7)).
    ///
    /// # Errors
    ///
    /// `InvalidInput` if `ttl` is not within 1 to 255.
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::TcpListener;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// listener.set_ttl(42)?;
    /// assert_eq!(listener.ttl()?, 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        Ok(sockopt::set_ip_ttl(self, ttl)?)
    }

    /// What [`set_ttl`](TcpListener::set_ttl) set, or the system's default.
    ///
    /// # Errors
    ///
    /// Those of getsockopt(2).
    ///
    /// # Examples
    ///
    /// ```
    /// let listener = gopark_net::TcpListener::bind("127.0.0.1:0")?;
    /// assert!(listener.ttl()? > 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn ttl(&self) -> io::Result<u32> {
        Ok(sockopt::ip_ttl(self)?)
    }

    /// Whether a listener on an IPv6 address refuses IPv4 (`IPV6_V6ONLY` in ipv6(7)).
    ///
    /// # Errors
    ///
    /// `InvalidInput` always on Linux, since a listener is bound already.
    #[deprecated(since = "0.1.0", note = "as in std: this can only be set before the socket is bound")]
    pub fn set_only_v6(&self, only_v6: bool) -> io::Result<()> {
        Ok(sockopt::set_ipv6_v6only(self, only_v6)?)
    }

    /// Whether a listener on an IPv6 address refuses IPv4.
    ///
    /// # Errors
    ///
    /// That of getsockopt(2) for a listener on an IPv4 address.
    #[deprecated(since = "0.1.0", note = "as in std: this can only be set before the socket is bound")]
    pub fn only_v6(&self) -> io::Result<bool> {
        Ok(sockopt::ipv6_v6only(self)?)
    }

    /// Ends every [`accept`](TcpListener::accept) at `deadline`, those under way and those to come, until another one is set; `None`
    /// is none. They answer `TimedOut`. Shared by all clones; no system call.
    ///
    /// # Errors
    ///
    /// None.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// let listener = gopark_net::TcpListener::bind("127.0.0.1:0")?;
    /// listener.set_deadline(Some(Instant::now() + Duration::from_millis(5)))?;
    /// assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_deadline(&self, deadline: Option<Instant>) -> io::Result<()> {
        self.acceptor.set_deadline(deadline);
        Ok(())
    }

    /// Reads and clears the error that the socket has met (`SO_ERROR` in socket(7)).
    ///
    /// # Errors
    ///
    /// Those of getsockopt(2); the socket's own error is the value.
    ///
    /// # Examples
    ///
    /// ```
    /// let listener = gopark_net::TcpListener::bind("127.0.0.1:0")?;
    /// assert!(listener.take_error()?.is_none());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        Ok(sockopt::socket_error(self)?.err().map(io::Error::from))
    }

    /// Makes [`accept`](TcpListener::accept) answer `WouldBlock` instead of waiting; one that waits already goes on
    /// waiting.
    ///
    /// This is a flag of the listener, shared by all clones, and never fails. The descriptor's O_NONBLOCK stays set
    /// in either case.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    ///
    /// let listener = gopark_net::TcpListener::bind("127.0.0.1:0")?;
    /// listener.set_nonblocking(true)?;
    /// assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.acceptor.set_nonblocking(nonblocking);
        Ok(())
    }
}
