//! Multicast groups, on the loopback interface.

use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::process;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::time::Duration;

use rustix::io::Errno;

use crate::harness::socket;
use crate::net::UdpSocket;

cases! {
    loops_back_unless_told_otherwise,
    an_ipv4_socket_has_no_ipv6_option,
    ttl,
    members_receive,
    members_of_ipv6_receive,
    what_is_no_group,
    no_such_interface,
}

/// A group that no other test joins: Linux shows its datagrams to all sockets that are bound to any address.
fn group_v4() -> Ipv4Addr {
    static NEXT: AtomicU8 = AtomicU8::new(0);
    let [.., a, b] = process::id().to_be_bytes();
    Ipv4Addr::new(239, a, b, NEXT.fetch_add(1, Relaxed))
}

/// The same group for IPv6: it stays on its interface.
fn group_v6() -> Ipv6Addr {
    let [_, a, b, c] = group_v4().octets().map(u16::from);
    Ipv6Addr::new(0xff01, 0, 0, 0, 0, a, b, c)
}

/// Whether the one datagram under way comes in.
fn receives(member: &UdpSocket) -> bool {
    member.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    member.recv(&mut [0; 8]).is_ok()
}

fn loops_back_unless_told_otherwise() {
    let socket = socket();
    assert!(socket.multicast_loop_v4().unwrap());
    socket.set_multicast_loop_v4(false).unwrap();
    assert!(!socket.multicast_loop_v4().unwrap());

    let Ok(socket) = UdpSocket::bind("[::1]:0") else { return println!("skipped: no IPv6") };
    assert!(socket.multicast_loop_v6().unwrap());
    socket.set_multicast_loop_v6(false).unwrap();
    assert!(!socket.multicast_loop_v6().unwrap());
}

fn an_ipv4_socket_has_no_ipv6_option() {
    let socket = socket();
    let group = Ipv6Addr::new(0xff01, 0, 0, 0, 0, 0, 0, 0x123);
    for refused in [
        socket.set_multicast_loop_v6(true).unwrap_err(),
        socket.multicast_loop_v6().unwrap_err(),
        socket.join_multicast_v6(&group, 0).unwrap_err(),
        socket.leave_multicast_v6(&group, 0).unwrap_err(),
    ] {
        let errno = Errno::from_io_error(&refused);
        assert!(matches!(errno, Some(Errno::NOPROTOOPT | Errno::OPNOTSUPP)), "{refused}");
    }
}

fn ttl() {
    let socket = socket();
    assert_eq!(socket.multicast_ttl_v4().unwrap(), 1);
    for ttl in [0, 72, 255] {
        socket.set_multicast_ttl_v4(ttl).unwrap();
        assert_eq!(socket.multicast_ttl_v4().unwrap(), ttl);
    }
    assert_eq!(socket.set_multicast_ttl_v4(256).unwrap_err().kind(), ErrorKind::InvalidInput);
    // The kernel's way of saying "the default".
    socket.set_multicast_ttl_v4(u32::MAX).unwrap();
    assert_eq!(socket.multicast_ttl_v4().unwrap(), 1);
}

fn members_receive() {
    let (member, sender) = (UdpSocket::bind("0.0.0.0:0").unwrap(), socket());
    let (group, interface) = (group_v4(), Ipv4Addr::LOCALHOST);
    if let Err(e) = member.join_multicast_v4(&group, &interface) {
        return println!("skipped: no multicast on loopback here, {e}");
    }
    let address = SocketAddr::from((group, member.local_addr().unwrap().port()));
    if let Err(e) = sender.send_to(b"members", address) {
        return println!("skipped: no multicast on loopback here, {e}");
    }
    assert_eq!(member.recv_from(&mut [0; 8]).unwrap(), (7, sender.local_addr().unwrap()));

    let twice = member.join_multicast_v4(&group, &interface).unwrap_err();
    assert_eq!(twice.kind(), ErrorKind::AddrInUse);
    member.leave_multicast_v4(&group, &interface).unwrap();
    sender.send_to(b"members", address).unwrap();
    assert!(!receives(&member), "it has left");
    let twice = member.leave_multicast_v4(&group, &interface).unwrap_err();
    assert_eq!(twice.kind(), ErrorKind::AddrNotAvailable);
}

fn members_of_ipv6_receive() {
    let Ok(member) = UdpSocket::bind("[::]:0") else { return println!("skipped: no IPv6") };
    let Ok(sender) = UdpSocket::bind("[::1]:0") else { return println!("skipped: no IPv6 loopback") };
    let Ok(number) = fs::read_to_string("/sys/class/net/lo/ifindex") else {
        return println!("skipped: no number of the loopback interface");
    };
    let (group, interface) = (group_v6(), number.trim().parse().unwrap());
    if let Err(e) = member.join_multicast_v6(&group, interface) {
        return println!("skipped: no multicast on loopback here, {e}");
    }
    let twice = member.join_multicast_v6(&group, interface).unwrap_err();
    assert_eq!(twice.kind(), ErrorKind::AddrInUse);
    let address = SocketAddrV6::new(group, member.local_addr().unwrap().port(), 0, interface);
    match sender.send_to(b"members", address) {
        Err(e) => println!("without sending: no IPv6 multicast over loopback here, {e}"),
        Ok(_) => assert_eq!(member.recv(&mut [0; 8]).unwrap(), 7),
    }
    member.leave_multicast_v6(&group, interface).unwrap();
    let twice = member.leave_multicast_v6(&group, interface).unwrap_err();
    assert_eq!(twice.kind(), ErrorKind::AddrNotAvailable);
}

fn what_is_no_group() {
    let none = socket().join_multicast_v4(&Ipv4Addr::LOCALHOST, &Ipv4Addr::LOCALHOST).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::InvalidInput);
    let Ok(socket) = UdpSocket::bind("[::]:0") else { return println!("skipped: no IPv6") };
    let none = socket.join_multicast_v6(&Ipv6Addr::LOCALHOST, 0).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::InvalidInput);
}

fn no_such_interface() {
    let somebody_else = Ipv4Addr::new(192, 0, 2, 1);
    let none = socket().join_multicast_v4(&group_v4(), &somebody_else).unwrap_err();
    assert_eq!(Errno::from_io_error(&none), Some(Errno::NODEV));
    let Ok(socket) = UdpSocket::bind("[::]:0") else { return println!("skipped: no IPv6") };
    let none = socket.join_multicast_v6(&group_v6(), 0x7fff_ffff).unwrap_err();
    assert_eq!(Errno::from_io_error(&none), Some(Errno::NODEV));
}
