//! The multicast groups that a socket belongs to, and how it sends to them.
//!
//! All of this is the kernel's, shared by the clones of a socket; each call is one system call.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use rustix::net::sockopt;

use super::socket::UdpSocket;

/// Multicast.
impl UdpSocket {
    /// Whether datagrams that this socket sends to an IPv4 group come back to this machine's members of it
    /// (`IP_MULTICAST_LOOP` in ip(7)). On at first.
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
    /// socket.set_multicast_loop_v4(false)?;
    /// assert!(!socket.multicast_loop_v4()?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_multicast_loop_v4(&self, multicast_loop_v4: bool) -> io::Result<()> {
        Ok(sockopt::set_ip_multicast_loop(self, multicast_loop_v4)?)
    }

    /// What [`set_multicast_loop_v4`](UdpSocket::set_multicast_loop_v4) set.
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
    /// assert!(socket.multicast_loop_v4()?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn multicast_loop_v4(&self) -> io::Result<bool> {
        Ok(sockopt::ip_multicast_loop(self)?)
    }

    /// How many hops a datagram to an IPv4 group may take (`IP_MULTICAST_TTL` in ip(7)). 1 at first: it stays in the
    /// local network.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if `multicast_ttl_v4` is above 255; the kernel takes [`u32::MAX`] for its default, 1.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// socket.set_multicast_ttl_v4(4)?;
    /// assert_eq!(socket.multicast_ttl_v4()?, 4);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_multicast_ttl_v4(&self, multicast_ttl_v4: u32) -> io::Result<()> {
        Ok(sockopt::set_ip_multicast_ttl(self, multicast_ttl_v4)?)
    }

    /// What [`set_multicast_ttl_v4`](UdpSocket::set_multicast_ttl_v4) set.
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
    /// assert_eq!(socket.multicast_ttl_v4()?, 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn multicast_ttl_v4(&self) -> io::Result<u32> {
        Ok(sockopt::ip_multicast_ttl(self)?)
    }

    /// Whether datagrams that this socket sends to an IPv6 group come back to this machine's members of it
    /// (`IPV6_MULTICAST_LOOP` in ipv6(7)). On at first.
    ///
    /// # Errors
    ///
    /// Those of setsockopt(2): an IPv4 socket has no such option.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UdpSocket;
    /// # // A machine may have IPv6 turned off.
    /// # let Ok(_) = UdpSocket::bind("[::1]:0") else { return Ok(()) };
    /// let socket = UdpSocket::bind("[::1]:0")?;
    /// socket.set_multicast_loop_v6(false)?;
    /// assert!(!socket.multicast_loop_v6()?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_multicast_loop_v6(&self, multicast_loop_v6: bool) -> io::Result<()> {
        Ok(sockopt::set_ipv6_multicast_loop(self, multicast_loop_v6)?)
    }

    /// What [`set_multicast_loop_v6`](UdpSocket::set_multicast_loop_v6) set.
    ///
    /// # Errors
    ///
    /// Those of getsockopt(2): an IPv4 socket has no such option.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UdpSocket;
    /// # // A machine may have IPv6 turned off.
    /// # let Ok(_) = UdpSocket::bind("[::1]:0") else { return Ok(()) };
    /// let socket = UdpSocket::bind("[::1]:0")?;
    /// assert!(socket.multicast_loop_v6()?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn multicast_loop_v6(&self) -> io::Result<bool> {
        Ok(sockopt::ipv6_multicast_loop(self)?)
    }

    /// Joins the IPv4 group `multiaddr` on the interface that has the address `interface`; `0.0.0.0` lets the kernel
    /// choose one.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if `multiaddr` is no multicast address; ENODEV, which std leaves without a kind, if there is no
    /// such interface; `AddrInUse` if the socket is a member already.
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::{Ipv4Addr, UdpSocket};
    ///
    /// let socket = UdpSocket::bind("0.0.0.0:0")?;
    /// let no_group = socket.join_multicast_v4(&Ipv4Addr::LOCALHOST, &Ipv4Addr::UNSPECIFIED);
    /// assert!(no_group.is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn join_multicast_v4(&self, multiaddr: &Ipv4Addr, interface: &Ipv4Addr) -> io::Result<()> {
        Ok(sockopt::set_ip_add_membership(self, multiaddr, interface)?)
    }

    /// Joins the IPv6 group `multiaddr` on the interface with the number `interface`; 0 lets the kernel choose one.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if `multiaddr` is no multicast address; ENODEV, which std leaves without a kind, if there is no
    /// such interface; `AddrInUse` if the socket is a member already.
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::{Ipv6Addr, UdpSocket};
    ///
    /// # // A machine may have IPv6 turned off.
    /// # let Ok(_) = UdpSocket::bind("[::]:0") else { return Ok(()) };
    /// let socket = UdpSocket::bind("[::]:0")?;
    /// assert!(socket.join_multicast_v6(&Ipv6Addr::LOCALHOST, 0).is_err(), "it is no group");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn join_multicast_v6(&self, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()> {
        Ok(sockopt::set_ipv6_add_membership(self, multiaddr, interface)?)
    }

    /// Leaves a group that [`join_multicast_v4`](UdpSocket::join_multicast_v4) joined, named in the same way.
    ///
    /// # Errors
    ///
    /// `AddrNotAvailable` if the socket is no member of it there.
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::{Ipv4Addr, UdpSocket};
    ///
    /// let socket = UdpSocket::bind("0.0.0.0:0")?;
    /// let group = Ipv4Addr::new(224, 0, 0, 123);
    /// assert!(socket.leave_multicast_v4(&group, &Ipv4Addr::LOCALHOST).is_err(), "no member");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn leave_multicast_v4(&self, multiaddr: &Ipv4Addr, interface: &Ipv4Addr) -> io::Result<()> {
        Ok(sockopt::set_ip_drop_membership(self, multiaddr, interface)?)
    }

    /// Leaves a group that [`join_multicast_v6`](UdpSocket::join_multicast_v6) joined, named in the same way.
    ///
    /// # Errors
    ///
    /// `AddrNotAvailable` if the socket is no member of it there.
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::{Ipv6Addr, UdpSocket};
    ///
    /// # // A machine may have IPv6 turned off.
    /// # let Ok(_) = UdpSocket::bind("[::]:0") else { return Ok(()) };
    /// let socket = UdpSocket::bind("[::]:0")?;
    /// let group = Ipv6Addr::new(0xff01, 0, 0, 0, 0, 0, 0, 0x123);
    /// assert!(socket.leave_multicast_v6(&group, 0).is_err(), "no member");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn leave_multicast_v6(&self, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()> {
        Ok(sockopt::set_ipv6_drop_membership(self, multiaddr, interface)?)
    }
}
