//! Sending and receiving.
//!
//! No buffer is treated specially for being empty: an empty datagram is sent and received like any other.

use std::io;
use std::net::SocketAddr;

use gopark_runtime::io::Direction;
use rustix::net::{RecvFlags, recv, recvfrom, send, sendto};

use super::socket::UdpSocket;
use crate::address;
use crate::connection::{RECEIVE, SEND};
use crate::resolve::ToSocketAddrs;

/// Sending and receiving: one system call each, unless it has to wait.
impl UdpSocket {
    /// Receives one datagram, waiting for it: its length and who has sent it.
    ///
    /// What does not fit into `buf` is lost, and the count is then the length of `buf`. A count of 0 is an empty
    /// datagram, not an end, or any datagram if `buf` is empty: it is taken all the same.
    ///
    /// # Errors
    ///
    /// `WouldBlock` after the [read timeout](UdpSocket::set_read_timeout) or on a
    /// [non-blocking](UdpSocket::set_nonblocking) socket; on a connected one, what became of an earlier send, usually
    /// `ConnectionRefused`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UdpSocket;
    /// # let client = UdpSocket::bind("127.0.0.1:0")?;
    /// let server = UdpSocket::bind("127.0.0.1:0")?;
    /// client.send_to(b"longer than that", server.local_addr()?)?;
    ///
    /// let mut buf = [0; 6];
    /// assert_eq!(server.recv_from(&mut buf)?, (6, client.local_addr()?));
    /// assert_eq!(&buf, b"longer");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    pub fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.receive_from(buf, RECEIVE)
    }

    /// As [`recv_from`](UdpSocket::recv_from), but leaves the datagram in the queue, whole: the next call sees it
    /// again.
    ///
    /// # Errors
    ///
    /// As [`recv_from`](UdpSocket::recv_from).
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UdpSocket;
    /// # let client = UdpSocket::bind("127.0.0.1:0")?;
    /// # let server = UdpSocket::bind("127.0.0.1:0")?;
    /// client.send_to(b"ping", server.local_addr()?)?;
    /// let (_, from) = server.peek_from(&mut [0; 1])?;
    /// assert_eq!(server.recv_from(&mut [0; 8])?, (4, from));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.receive_from(buf, RECEIVE | RecvFlags::PEEK)
    }

    /// Sends `buf` to `addr` as one datagram, which may be empty, and answers its length. Waits only while the send
    /// buffer is full.
    ///
    /// Of several addresses that `addr` stands for, the first is used. A host name is looked up each time, on a
    /// helper thread: see [`ToSocketAddrs`]. That it was sent does not say that it arrives.
    ///
    /// # Errors
    ///
    /// EMSGSIZE, which std leaves without a kind, if `buf` is longer than a datagram may be (65,507 bytes over IPv4);
    /// EAFNOSUPPORT for an IPv6 address on an IPv4 socket; `PermissionDenied` for a broadcast that is not
    /// [allowed](UdpSocket::set_broadcast); `NetworkUnreachable`; `WouldBlock` after the
    /// [write timeout](UdpSocket::set_write_timeout) or on a [non-blocking](UdpSocket::set_nonblocking) socket;
    /// `InvalidInput` if `addr` stands for no address; the failure of the lookup; on a connected socket, what became
    /// of an earlier send.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UdpSocket;
    /// # let server = UdpSocket::bind("127.0.0.1:0")?;
    /// let client = UdpSocket::bind("127.0.0.1:0")?;
    /// assert_eq!(client.send_to(b"ping", server.local_addr()?)?, 4);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn send_to<A: ToSocketAddrs>(&self, buf: &[u8], addr: A) -> io::Result<usize> {
        match addr.to_socket_addrs()?.next() {
            Some(to) => self.connection.ask(Direction::Write, |fd| Ok(sendto(fd, buf, SEND, &to)?)),
            None => Err(io::Error::new(io::ErrorKind::InvalidInput, "no addresses to send data to")),
        }
    }

    /// Receives one datagram, waiting for it, and answers its length: as [`recv_from`](UdpSocket::recv_from), without
    /// saying who has sent it. On a [connected](UdpSocket::connect) socket that is the peer.
    ///
    /// # Errors
    ///
    /// As [`recv_from`](UdpSocket::recv_from).
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UdpSocket;
    /// # let server = UdpSocket::bind("127.0.0.1:0")?;
    /// # let client = UdpSocket::bind("127.0.0.1:0")?;
    /// client.connect(server.local_addr()?)?;
    /// server.send_to(b"pong", client.local_addr()?)?;
    /// let mut buf = [0; 16];
    /// let count = client.recv(&mut buf)?;
    /// assert_eq!(&buf[..count], b"pong");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.receive(buf, RECEIVE)
    }

    /// As [`recv`](UdpSocket::recv), but leaves the datagram in the queue, whole: the next call sees it again.
    ///
    /// # Errors
    ///
    /// As [`recv_from`](UdpSocket::recv_from).
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UdpSocket;
    /// # let server = UdpSocket::bind("127.0.0.1:0")?;
    /// # let client = UdpSocket::bind("127.0.0.1:0")?;
    /// server.send_to(b"pong", client.local_addr()?)?;
    /// assert_eq!(client.peek(&mut [0; 2])?, 2);
    /// assert_eq!(client.recv(&mut [0; 16])?, 4);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.receive(buf, RECEIVE | RecvFlags::PEEK)
    }

    /// Sends `buf` to the [peer](UdpSocket::connect) as one datagram, which may be empty, and answers its length.
    /// Waits only while the send buffer is full.
    ///
    /// # Errors
    ///
    /// EDESTADDRREQ, which std leaves without a kind, if the socket is not connected; `ConnectionRefused` if an
    /// earlier datagram found nobody at the peer's port, and then this one was not sent; else as
    /// [`send_to`](UdpSocket::send_to).
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UdpSocket;
    /// # let server = UdpSocket::bind("127.0.0.1:0")?;
    /// # let client = UdpSocket::bind("127.0.0.1:0")?;
    /// client.connect(server.local_addr()?)?;
    /// assert_eq!(client.send(b"ping")?, 4);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    pub fn send(&self, buf: &[u8]) -> io::Result<usize> {
        self.connection.ask(Direction::Write, |fd| Ok(send(fd, buf, SEND)?))
    }

    #[inline]
    fn receive(&self, buf: &mut [u8], flags: RecvFlags) -> io::Result<usize> {
        self.connection.ask(Direction::Read, |fd| Ok(recv(fd, &mut *buf, flags)?.1))
    }

    #[inline]
    fn receive_from(&self, buf: &mut [u8], flags: RecvFlags) -> io::Result<(usize, SocketAddr)> {
        self.connection.ask(Direction::Read, |fd| {
            let (_, count, from) = recvfrom(fd, &mut *buf, flags)?;
            Ok((count, address::from_kernel(from)?))
        })
    }
}
