//! The connections of a listener as an iterator.

use std::io;
use std::iter::FusedIterator;

use super::listener::UnixListener;
use super::stream::UnixStream;

/// The connections of a listener, without end. See [`UnixListener::incoming`].
///
/// # Examples
///
/// ```
/// use gopark_net::{UnixListener, UnixStream};
///
/// let listener = UnixListener::bind("")?;
/// let clients = [(); 2].map(|()| UnixStream::connect_addr(&listener.local_addr().unwrap()).unwrap());
/// for (client, server) in clients.iter().zip(&listener) {
///     assert!(server?.peer_addr()?.is_unnamed());
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Incoming<'a> {
    listener: &'a UnixListener,
}

impl UnixListener {
    /// The connections, one after the other, without end: each item is what [`accept`](UnixListener::accept) answers,
    /// without the address.
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::{UnixListener, UnixStream};
    ///
    /// let listener = UnixListener::bind("")?;
    /// let client = UnixStream::connect_addr(&listener.local_addr()?)?;
    /// let server = listener.incoming().next().expect("without end")?;
    /// # drop((client, server));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming { listener: self }
    }
}

/// As [`incoming`](UnixListener::incoming).
impl<'a> IntoIterator for &'a UnixListener {
    type Item = io::Result<UnixStream>;
    type IntoIter = Incoming<'a>;

    fn into_iter(self) -> Incoming<'a> {
        self.incoming()
    }
}

impl Iterator for Incoming<'_> {
    type Item = io::Result<UnixStream>;

    #[track_caller]
    fn next(&mut self) -> Option<io::Result<UnixStream>> {
        Some(self.listener.accept().map(|(stream, _)| stream))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}

impl FusedIterator for Incoming<'_> {}
