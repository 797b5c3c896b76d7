//! What can be given as an address, and how a host name becomes one.

use std::io;
use std::net::{self, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::vec;

use gopark_runtime::face::blocking;

/// What can be given as an address to `bind` and `connect`: [`std::net::ToSocketAddrs`] for coroutines, for the
/// same types and with the same results. A type of your own implements this trait instead of std's.
///
/// Addresses and literals like `"127.0.0.1:80"` are what they are. A host name is looked up by `getaddrinfo(3)`,
/// which may take seconds: in a coroutine this happens on a helper thread ([`blocking`]), and only the calling
/// coroutine waits. It is not affected by cancellation, and ends when the system's resolver gives up.
///
/// # Cost
///
/// For addresses and literals, the parsing; for a name, what the system takes for it (0.1 ms for `localhost`), and
/// in a coroutine some 10 us for the helper thread.
///
/// # Examples
///
/// ```
/// use gopark_net::ToSocketAddrs;
///
/// let literal: Vec<_> = "[::1]:80".to_socket_addrs()?.collect();
/// assert_eq!(literal, ["[::1]:80".parse().unwrap()]);
/// assert!(("localhost", 80).to_socket_addrs()?.all(|address| address.ip().is_loopback()));
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait ToSocketAddrs {
    /// The addresses, in the order in which they are to be tried.
    type Iter: Iterator<Item = SocketAddr>;

    /// The addresses that it stands for.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a text that is no `host:port`; what the system says of a name that it cannot look up.
    ///
    /// # Panics
    ///
    /// Where a name has to be looked up inside `no_park`.
    fn to_socket_addrs(&self) -> io::Result<Self::Iter>;
}

/// Types that std converts without asking anybody.
macro_rules! as_in_std {
    ($($type:ty),+) => {
        $(
            impl ToSocketAddrs for $type {
                type Iter = <$type as net::ToSocketAddrs>::Iter;

                fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
                    net::ToSocketAddrs::to_socket_addrs(self)
                }
            }
        )+
    };
}

as_in_std!(SocketAddr, SocketAddrV4, SocketAddrV6, (IpAddr, u16), (Ipv4Addr, u16), (Ipv6Addr, u16));

impl<'a> ToSocketAddrs for &'a [SocketAddr] {
    type Iter = <&'a [SocketAddr] as net::ToSocketAddrs>::Iter;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        net::ToSocketAddrs::to_socket_addrs(self)
    }
}

impl ToSocketAddrs for str {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        let names_a_host =
            |(host, port): (&str, &str)| host.parse::<IpAddr>().is_err() && port.parse::<u16>().is_ok();
        let is_literal = self.parse::<SocketAddr>().is_ok();
        look_up(self, !is_literal && self.rsplit_once(':').is_some_and(names_a_host))
    }
}

impl ToSocketAddrs for (&str, u16) {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        look_up(self, self.0.parse::<IpAddr>().is_err())
    }
}

impl ToSocketAddrs for (String, u16) {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        (&*self.0, self.1).to_socket_addrs()
    }
}

impl ToSocketAddrs for String {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        (**self).to_socket_addrs()
    }
}

impl<T: ToSocketAddrs + ?Sized> ToSocketAddrs for &T {
    type Iter = T::Iter;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        (**self).to_socket_addrs()
    }
}

/// std's answer. Where it takes the system's resolver, that does not hold up the worker; what std would do by
/// itself, or refuse, is not worth a helper thread.
fn look_up<A>(address: &A, by_system: bool) -> io::Result<vec::IntoIter<SocketAddr>>
where
    A: net::ToSocketAddrs<Iter = vec::IntoIter<SocketAddr>> + Sync + ?Sized,
{
    if by_system { blocking(|| address.to_socket_addrs()) } else { address.to_socket_addrs() }
}
