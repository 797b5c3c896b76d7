//! What can be set on a stream, and asked of it, while it is connected.
//!
//! Timeouts and the non-blocking flag are kept by the connection and cost no system call; the other options are the
//! kernel's, and cost one.

use std::io;
use std::time::Duration;

use rustix::net::sockopt;

use super::stream::TcpStream;
use crate::deadlines::deadlines_of;

/// Options.
impl TcpStream {
    /// Limits how long a read or [`peek`](TcpStream::peek) that begins from now on may wait; `None` is no limit.
    /// When it runs out, the call answers `WouldBlock`, as std's does on Linux.
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
    /// use std::io::{ErrorKind, Read};
    /// use std::time::Duration;
    /// # use gopark_net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let mut stream = TcpStream::connect(listener.local_addr()?)?;
    /// stream.set_read_timeout(Some(Duration::from_millis(5)))?;
    /// assert_eq!(stream.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_read_timeout(&self, dur: Option<Duration>) -> io::Result<()> {
        self.connection.read_timeout.set(dur)
    }

    /// Limits how long a write that begins from now on may wait; `None` is no limit. When it runs out, the call
    /// answers `WouldBlock`. A `write_all` that fails so has written some unknown part.
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
    /// # use gopark_net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// stream.set_write_timeout(Some(Duration::from_secs(30)))?;
    /// let refused = stream.set_write_timeout(Some(Duration::ZERO)).unwrap_err();
    /// assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_write_timeout(&self, dur: Option<Duration>) -> io::Result<()> {
        self.connection.write_timeout.set(dur)
    }

    /// The limit that [`set_read_timeout`](TcpStream::set_read_timeout) set, to the nanosecond (std's is rounded by
    /// the kernel's clock tick). Never fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// assert_eq!(stream.read_timeout()?, None);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn read_timeout(&self) -> io::Result<Option<Duration>> {
        Ok(self.connection.read_timeout.get())
    }

    /// The limit that [`set_write_timeout`](TcpStream::set_write_timeout) set, to the nanosecond. Never fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// assert_eq!(stream.write_timeout()?, None);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write_timeout(&self) -> io::Result<Option<Duration>> {
        Ok(self.connection.write_timeout.get())
    }

    /// Whether small segments are sent at once (`TCP_NODELAY` in tcp(7)) or held back until the peer has
    /// acknowledged what is under way, which is the default.
    ///
    /// # Errors
    ///
    /// Those of setsockopt(2).
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// stream.set_nodelay(true)?;
    /// assert!(stream.nodelay()?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        Ok(sockopt::set_tcp_nodelay(self, nodelay)?)
    }

    /// What [`set_nodelay`](TcpStream::set_nodelay) set.
    ///
    /// # Errors
    ///
    /// Those of getsockopt(2).
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// assert!(!stream.nodelay()?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn nodelay(&self) -> io::Result<bool> {
        Ok(sockopt::tcp_nodelay(self)?)
    }

    /// How many hops a packet of this connection may take (`IP_TTL` in ip(7)).
    ///
    /// # Errors
    ///
    /// `InvalidInput` if `ttl` is not within 1 to 255.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// stream.set_ttl(42)?;
    /// assert_eq!(stream.ttl()?, 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        Ok(sockopt::set_ip_ttl(self, ttl)?)
    }

    /// What [`set_ttl`](TcpStream::set_ttl) set, or the system's default.
    ///
    /// # Errors
    ///
    /// Those of getsockopt(2).
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// assert!(stream.ttl()? > 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn ttl(&self) -> io::Result<u32> {
        Ok(sockopt::ip_ttl(self)?)
    }

    /// Has the kernel ask a silent peer for a sign of life (`SO_KEEPALIVE` in tcp(7)): first when nothing has come for
    /// `time`, then after each `interval` without an answer; after `probes` of them in vain the connection has ended, and
    /// reads answer `TimedOut`. Whole seconds count; parts of one are rounded up.
    ///
    /// It finds hosts that are gone. A peer whose program hangs still answers: for that set a
    /// [read deadline](TcpStream::set_read_deadline).
    ///
    /// # Errors
    ///
    /// `InvalidInput`, and nothing is changed, if a duration is zero or above 32767 s, or `probes` is 0 or above 127.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// # use gopark_net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// stream.set_keepalive(Duration::from_secs(60), Duration::from_secs(10), 6)?;
    /// let refused = stream.set_keepalive(Duration::ZERO, Duration::from_secs(10), 6).unwrap_err();
    /// assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_keepalive(&self, time: Duration, interval: Duration, probes: u32) -> io::Result<()> {
        // Limits of the kernel's, which it would notice one by one (MAX_TCP_KEEPIDLE and others in net/tcp.h).
        let in_range = |duration: Duration| !duration.is_zero() && duration <= Duration::from_secs(32_767);
        if !in_range(time) || !in_range(interval) || !(1..=127).contains(&probes) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "keepalive out of the kernel's range"));
        }
        sockopt::set_tcp_keepidle(self, whole_seconds(time))?;
        sockopt::set_tcp_keepintvl(self, whole_seconds(interval))?;
        sockopt::set_tcp_keepcnt(self, probes)?;
        Ok(sockopt::set_socket_keepalive(self, true)?)
    }

    /// Reads and clears the error that the connection has met since the last call that reported one (`SO_ERROR` in
    /// socket(7)).
    ///
    /// # Errors
    ///
    /// Those of getsockopt(2); the connection's own error is the value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// assert!(stream.take_error()?.is_none());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        Ok(sockopt::socket_error(self)?.err().map(io::Error::from))
    }

    /// Makes calls on this connection answer `WouldBlock` instead of waiting; a call that waits already goes on
    /// waiting.
    ///
    /// This is a flag of the connection, shared by all clones. It is not the descriptor's O_NONBLOCK, which has no
    /// influence on these calls, and never fails. No system call.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{ErrorKind, Read};
    /// # use gopark_net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let mut stream = TcpStream::connect(listener.local_addr()?)?;
    /// stream.set_nonblocking(true)?;
    /// assert_eq!(stream.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.connection.set_nonblocking(nonblocking);
        Ok(())
    }
}

fn whole_seconds(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_secs() + u64::from(duration.subsec_nanos() > 0))
}

deadlines_of!(
    TcpStream,
    "# use gopark_net::{TcpListener, TcpStream};\n# let listener = TcpListener::bind(\"127.0.0.1:0\")?;\nlet stream = TcpStream::connect(listener.local_addr()?)?;"
);
