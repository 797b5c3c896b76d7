//! Sending and receiving of datagrams.
//!
//! A datagram without bytes is one all the same, so an empty buffer is nothing special here: it goes to the kernel
//! and waits like any other.

use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::net::SocketAddr;
use std::path::Path;

use gopark_runtime::io::Direction;
use rustix::io::Errno;
use rustix::net::{recv, recvfrom, send, sendto};

use super::address::{of_sender, to_kernel};
use super::datagram::UnixDatagram;
use super::retry::until_there_is_room;
use super::shut_down::is_shut_down;
use crate::connection::{RECEIVE, SEND};

/// Sending and receiving.
impl UnixDatagram {
    /// Waits for a datagram and takes it: how many bytes of it are in `buf`, and who has sent it. What does not fit
    /// into `buf` is lost.
    ///
    /// # Errors
    ///
    /// `WouldBlock` after the [read timeout](UnixDatagram::set_read_timeout) or on a
    /// [non-blocking](UnixDatagram::set_nonblocking) socket; others of recvfrom(2).
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::UnixDatagram;
    ///
    /// let receiver = UnixDatagram::bind("")?;
    /// UnixDatagram::unbound()?.send_to_addr(b"hello", &receiver.local_addr()?)?;
    /// let mut buf = [0; 4];
    /// let (n, from) = receiver.recv_from(&mut buf)?;
    /// assert_eq!(&buf[..n], b"hell");
    /// assert!(from.is_unnamed());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let (count, from) = self.receive(|fd| {
            let (count, _, from) = recvfrom(fd, &mut *buf, RECEIVE)?;
            Ok((count, from))
        })?;
        Ok((count, of_sender(from)?))
    }

    /// As [`recv_from`](UnixDatagram::recv_from), without the address.
    ///
    /// # Errors
    ///
    /// As [`recv_from`](UnixDatagram::recv_from).
    ///
    /// # Examples
    ///
    /// ```
    /// let (here, there) = gopark_net::UnixDatagram::pair()?;
    /// here.send(&[])?;
    /// assert_eq!(there.recv(&mut [0; 8])?, 0, "a datagram without bytes");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.receive(|fd| Ok((recv(fd, &mut *buf, RECEIVE)?.1, ()))).map(|(count, ())| count)
    }

    /// Sends `buf` as one datagram to the socket bound to `path`, waiting while its queue is full. It is sent whole,
    /// or not at all.
    ///
    /// Where this socket is not [connected](UnixDatagram::connect) to that one, no event tells when the queue has room
    /// again (it takes 11 datagrams by default: `net.unix.max_dgram_qlen`), so this asks after 1 ms, then after twice
    /// that each time, up to 50 ms. Who sends much connects, and calls [`send`](UnixDatagram::send).
    ///
    /// # Errors
    ///
    /// `NotFound` if nothing is at `path`, `ConnectionRefused` if no socket is bound to it any more; `BrokenPipe` if
    /// this side, or the receiver's, was [shut down](UnixDatagram::shutdown); EMSGSIZE if `buf` is larger than the send
    /// buffer; `InvalidInput` if `path` is longer than 107 bytes or has a zero in it; `WouldBlock` after the
    /// [write timeout](UnixDatagram::set_write_timeout) or on a [non-blocking](UnixDatagram::set_nonblocking) socket.
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::UnixDatagram;
    ///
    /// let path = std::env::temp_dir().join(format!("gopark-{}-send-to", std::process::id()));
    /// let receiver = UnixDatagram::bind(&path)?;
    /// UnixDatagram::unbound()?.send_to(b"hello", &path)?;
    /// std::fs::remove_file(&path)?;
    /// assert_eq!(receiver.recv(&mut [0; 8])?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn send_to<P: AsRef<Path>>(&self, buf: &[u8], path: P) -> io::Result<usize> {
        self.send_to_addr(buf, &SocketAddr::from_pathname(path)?)
    }

    /// As [`send_to`](UnixDatagram::send_to), to an address.
    ///
    /// # Errors
    ///
    /// As [`send_to`](UnixDatagram::send_to).
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::UnixDatagram;
    ///
    /// let receiver = UnixDatagram::bind("")?;
    /// UnixDatagram::unbound()?.send_to_addr(b"hello", &receiver.local_addr()?)?;
    /// assert_eq!(receiver.recv(&mut [0; 8])?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn send_to_addr(&self, buf: &[u8], socket_addr: &SocketAddr) -> io::Result<usize> {
        let address = to_kernel(socket_addr)?;
        let once = |fd: BorrowedFd<'_>| sendto(fd, buf, SEND, &address);
        if self.connection.is_nonblocking() {
            return self.connection.ask(Direction::Write, |fd| Ok(once(fd)?));
        }
        until_there_is_room(&self.connection.limits(Direction::Write), || {
            self.connection.ask(Direction::Write, |fd| match once(fd) {
                Err(Errno::AGAIN) => Ok(None),
                answer => Ok(Some(answer?)),
            })
        })
    }

    /// Sends `buf` as one datagram to the socket that this one is [connected](UnixDatagram::connect) to, waiting while
    /// its queue is full. It is sent whole, or not at all.
    ///
    /// # Errors
    ///
    /// `NotConnected` if there is no such socket, `ConnectionRefused` when it is gone; else as
    /// [`send_to`](UnixDatagram::send_to).
    ///
    /// # Examples
    ///
    /// ```
    /// let (here, there) = gopark_net::UnixDatagram::pair()?;
    /// assert_eq!(here.send(b"hello")?, 5);
    /// assert_eq!(there.recv(&mut [0; 8])?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn send(&self, buf: &[u8]) -> io::Result<usize> {
        self.connection.ask(Direction::Write, |fd| Ok(send(fd, buf, SEND)?))
    }

    /// Takes a datagram by `step`. After a shutdown of this side, a call that may wait answers 0 in its place.
    fn receive<A: Default>(
        &self,
        mut step: impl FnMut(BorrowedFd<'_>) -> Result<(usize, A), Errno>,
    ) -> io::Result<(usize, A)> {
        let waits = !self.connection.is_nonblocking();
        self.connection.ask(Direction::Read, |fd| match step(fd) {
            Err(Errno::AGAIN) if waits && is_shut_down(fd)? => Ok((0, A::default())),
            answer => Ok(answer?),
        })
    }
}
