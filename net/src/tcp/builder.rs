//! A listener with options that must be set before it is bound.

use std::io;

use super::bind::Options;
use super::listener::TcpListener;
use crate::resolve::ToSocketAddrs;

/// A [`TcpListener`] to be, with the options that can only be set before it listens. See [`TcpListener::builder`].
///
/// # Examples
///
/// ```
/// use gopark_net::{TcpListener, TcpStream};
///
/// let listener = TcpListener::builder().backlog(128).reuse_port(true).bind("127.0.0.1:0")?;
/// let client = TcpStream::connect(listener.local_addr()?)?;
/// assert_eq!(listener.accept()?.1, client.local_addr()?);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing listens until bind is called"]
pub struct TcpListenerBuilder {
    options: Options,
}

impl TcpListener {
    /// Options for a listener; unchanged, they are those of [`bind`](TcpListener::bind).
    ///
    /// # Examples
    ///
    /// Two listeners share a port, and the kernel deals connections out among them:
    ///
    /// ```
    /// use gopark_net::TcpListener;
    ///
    /// let shared = TcpListener::builder().reuse_port(true);
    /// let first = shared.bind("127.0.0.1:0")?;
    /// let second = shared.bind(first.local_addr()?)?;
    /// assert_eq!(first.local_addr()?, second.local_addr()?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn builder() -> TcpListenerBuilder {
        TcpListenerBuilder { options: Options::default() }
    }
}

impl TcpListenerBuilder {
    /// How many connections may wait to be accepted. Default 4096; the kernel cuts it down to `net.core.somaxconn`.
    ///
    /// Beyond it, connection attempts are dropped and repeated by their clients after a second.
    ///
    /// # Examples
    ///
    /// ```
    /// let listener = gopark_net::TcpListener::builder().backlog(16).bind("127.0.0.1:0")?;
    /// # assert!(listener.local_addr().is_ok());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn backlog(mut self, connections: u32) -> TcpListenerBuilder {
        self.options.backlog = connections;
        self
    }

    /// Whether several sockets of one user may listen on the port at once, all of them having said so
    /// (`SO_REUSEPORT` in socket(7)). Default false.
    ///
    /// The kernel picks the socket when a connection arrives, by a hash of its addresses: a connection that waits in
    /// the queue of a listener when that is dropped is reset, though others listen on.
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::TcpListener;
    ///
    /// let first = TcpListener::builder().reuse_port(true).bind("127.0.0.1:0")?;
    /// assert!(TcpListener::bind(first.local_addr()?).is_err(), "the second has not said so");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reuse_port(mut self, reuse: bool) -> TcpListenerBuilder {
        self.options.reuse_port = reuse;
        self
    }

    /// Listens on `addr`. May be called again, for another address or another listener.
    ///
    /// # Errors
    ///
    /// As [`TcpListener::bind`].
    ///
    /// # Examples
    ///
    /// ```
    /// let listener = gopark_net::TcpListener::builder().bind("127.0.0.1:0")?;
    /// assert!(listener.local_addr()?.ip().is_loopback());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn bind<A: ToSocketAddrs>(&self, addr: A) -> io::Result<TcpListener> {
        TcpListener::bind_with(addr, self.options)
    }
}
