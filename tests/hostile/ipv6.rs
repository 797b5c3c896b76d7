//! IPv6 over loopback: with and without a scope, and IPv4 clients of an IPv6 socket. A machine without it skips these.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{self, Ipv6Addr, SocketAddr, SocketAddrV6};

use gopark::Runtime;
use gopark::net::{TcpListener, TcpStream, UdpSocket};

use crate::loopback::reset_on_close;
use crate::survives::survives;

/// Addresses of this machine that can be used, each with the number of its interface: none where there is no IPv6.
fn addresses() -> Vec<(Ipv6Addr, u32)> {
    let listing = fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    let address = |line: &str| {
        // The address, the interface, the length of the prefix, the scope, flags, and a name.
        let words: Vec<_> = line.split_whitespace().collect();
        let number = |word: &str| u128::from_str_radix(word, 16).unwrap();
        let is_usable = number(words[4]) as u32 & (libc::IFA_F_TENTATIVE | libc::IFA_F_DADFAILED) == 0;
        is_usable.then(|| (Ipv6Addr::from(number(words[0])), number(words[1]) as u32))
    };
    listing.lines().filter_map(address).collect()
}

/// The loopback address, if there is one.
fn loopback() -> Option<(Ipv6Addr, u32)> {
    let found = addresses().into_iter().find(|(address, _)| address.is_loopback());
    if found.is_none() {
        println!("skipped: no IPv6 on this machine");
    }
    found
}

/// Echoes and an end, both ways, between a client and a server that is bound to `at`. Returns whom the server saw.
fn converse(
    runtime: &Runtime,
    at: SocketAddr,
    client_sees: impl Fn(SocketAddr) -> SocketAddr,
) -> Vec<SocketAddr> {
    let listener = TcpListener::bind(at).unwrap();
    let address = client_sees(listener.local_addr().unwrap());
    let server = runtime.spawn(move || {
        let serve = |_| {
            let (mut conn, from) = listener.accept().unwrap();
            assert_eq!(conn.peer_addr().unwrap(), from);
            let mut word = [0; 5];
            conn.read_exact(&mut word).unwrap();
            conn.write_all(&word).unwrap();
            let end = conn.read(&mut word).unwrap_err();
            assert_eq!(end.kind(), ErrorKind::ConnectionReset);
            from
        };
        (0..20).map(serve).collect()
    });
    let client = runtime.spawn(move || {
        for _ in 0..20 {
            let mut conn = TcpStream::connect(address).unwrap();
            assert_eq!(conn.peer_addr().unwrap(), address);
            conn.write_all(b"hello").unwrap();
            conn.read_exact(&mut [0; 5]).unwrap();
            reset_on_close(&conn);
        }
    });
    client.join().unwrap();
    server.join().unwrap()
}

#[test]
fn over_loopback() {
    survives(over_loopback, |runtime| {
        let Some((loopback, _)) = loopback() else { return };
        let seen = converse(runtime, (loopback, 0).into(), |address| address);
        assert!(seen.iter().all(|from| from.ip() == loopback), "{seen:?}");

        // A port that is closed says so here, too.
        let closed = net::TcpListener::bind((loopback, 0)).unwrap().local_addr().unwrap();
        let refused = runtime.spawn(move || TcpStream::connect(closed).unwrap_err()).join().unwrap();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        let refused = runtime.spawn(move || {
            let socket = UdpSocket::bind((loopback, 0)).unwrap();
            socket.connect(closed).unwrap();
            socket.send(b"anybody?").unwrap();
            socket.recv(&mut [0; 8]).unwrap_err()
        });
        assert_eq!(refused.join().unwrap().kind(), ErrorKind::ConnectionRefused);
    });
}

/// An address of the link alone means nothing without the number of the interface, which the kernel gives back with it.
#[test]
fn with_a_scope() {
    survives(with_a_scope, |runtime| {
        let Some((loopback, scope)) = loopback() else { return };
        // Where it is not needed, it does no harm.
        let scoped: SocketAddr = SocketAddrV6::new(loopback, 0, 0, scope).into();
        converse(runtime, scoped, |address| address);

        let of_a_link = |(address, _): &(Ipv6Addr, u32)| address.is_unicast_link_local();
        let Some((local, scope)) = addresses().into_iter().find(of_a_link) else {
            println!("skipped: no interface with an address of its link");
            return;
        };
        let scoped = |port| SocketAddr::from(SocketAddrV6::new(local, port, 0, scope));
        let seen = converse(runtime, scoped(0), |address| {
            assert_eq!(address, scoped(address.port()));
            address
        });
        assert!(seen.iter().all(|from| *from == scoped(from.port())), "{seen:?}");

        let refused = runtime.spawn(move || {
            let unscoped = SocketAddr::from((local, 9));
            [
                TcpStream::connect(unscoped).unwrap_err(),
                TcpListener::bind((local, 0)).unwrap_err(),
                UdpSocket::bind((local, 0)).unwrap_err(),
            ]
        });
        for refused in refused.join().unwrap() {
            assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{refused}");
        }
    });
}

/// Both families on one socket: IPv4 clients appear in IPv6's form of their addresses. It is bound to that form of
/// loopback, so that nobody else is let in.
#[test]
fn with_clients_of_both_families() {
    survives(with_clients_of_both_families, |runtime| {
        let Some(_) = loopback() else { return };
        let mapped = net::Ipv4Addr::LOCALHOST.to_ipv6_mapped();
        let is_for_itself = fs::read_to_string("/proc/sys/net/ipv6/bindv6only").unwrap_or_default();
        if is_for_itself.trim() == "1" {
            println!("skipped: an IPv6 socket is for IPv6 alone here");
            return;
        }
        let in_ipv4 = |address: SocketAddr| SocketAddr::from((net::Ipv4Addr::LOCALHOST, address.port()));
        let seen = converse(runtime, (mapped, 0).into(), in_ipv4);
        assert!(seen.iter().all(|from| from.ip() == mapped), "{seen:?}");
        // And an IPv6 client of it.
        let seen = converse(runtime, (mapped, 0).into(), |address| address);
        assert!(seen.iter().all(|from| from.ip() == mapped), "{seen:?}");

        let datagrams = runtime.spawn(move || {
            let server = UdpSocket::bind((mapped, 0)).unwrap();
            let client = UdpSocket::bind("127.0.0.1:0").unwrap();
            client.send_to(b"hello", in_ipv4(server.local_addr().unwrap())).unwrap();
            let mut buf = [0; 8];
            let (count, from) = server.recv_from(&mut buf).unwrap();
            assert_eq!((count, from.ip()), (5, mapped.into()));
            server.send_to(&buf[..count], from).unwrap();
            assert_eq!(client.recv(&mut buf).unwrap(), 5);
        });
        datagrams.join().unwrap();
    });
}
