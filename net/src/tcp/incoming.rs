//! The connections of a listener as an iterator.

use std::io;
use std::iter::FusedIterator;

use super::listener::TcpListener;
use super::stream::TcpStream;

/// The connections of a listener, without end. See [`TcpListener::incoming`].
///
/// # Examples
///
/// ```
/// use gopark_net::{TcpListener, TcpStream};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let clients = [(); 2].map(|()| TcpStream::connect(listener.local_addr().unwrap()).unwrap());
/// for (client, server) in clients.iter().zip(listener.incoming()) {
///     assert_eq!(server?.peer_addr()?, client.local_addr()?);
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Incoming<'a> {
    listener: &'a TcpListener,
}

impl TcpListener {
    /// The connections, one after the other, without end: each item is what [`accept`](TcpListener::accept) answers,
    /// without the address.
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let client = TcpStream::connect(listener.local_addr()?)?;
    /// let server = listener.incoming().next().expect("without end")?;
    /// assert_eq!(server.peer_addr()?, client.local_addr()?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming { listener: self }
    }
}

impl Iterator for Incoming<'_> {
    type Item = io::Result<TcpStream>;

    #[track_caller]
    fn next(&mut self) -> Option<io::Result<TcpStream>> {
        Some(self.listener.accept().map(|(stream, _)| stream))
    }
}

impl FusedIterator for Incoming<'_> {}
