//! What stands for which addresses. The errors and the order are compared with std's own answers.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use crate::net::{TcpListener, TcpStream, ToSocketAddrs};

cases! {
    addresses_stand_for_themselves,
    literals_are_parsed,
    lists_and_references_keep_their_order,
    texts_answer_as_in_std,
    hosts_answer_as_in_std,
    a_name_can_be_bound_and_connected_to,
}

const V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);
const V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7);

fn addresses(of: impl ToSocketAddrs) -> Vec<SocketAddr> {
    of.to_socket_addrs().expect("an address").collect()
}

fn addresses_stand_for_themselves() {
    let (v4, v6) = (SocketAddr::from((V4, 80)), SocketAddr::from((V6, 80)));
    assert_eq!(addresses(v4), [v4]);
    assert_eq!(addresses(v6), [v6]);
    assert_eq!(addresses(SocketAddrV4::new(V4, 80)), [v4]);
    let scoped = SocketAddrV6::new(V6, 80, 3, 5);
    assert_eq!(addresses(scoped), [SocketAddr::V6(scoped)]);
    assert_eq!(addresses((V4, 80)), [v4]);
    assert_eq!(addresses((V6, 80)), [v6]);
    assert_eq!(addresses((IpAddr::V4(V4), 80)), [v4]);
    assert_eq!(addresses((IpAddr::V6(V6), 80)), [v6]);
}

fn literals_are_parsed() {
    let (v4, v6) = (SocketAddr::from((V4, 80)), SocketAddr::from((V6, 80)));
    assert_eq!(addresses("192.0.2.7:80"), [v4]);
    assert_eq!(addresses(String::from("192.0.2.7:80")), [v4]);
    assert_eq!(addresses("[2001:db8::7]:80"), [v6]);
    assert_eq!(addresses("[2001:db8::7%5]:80"), [SocketAddr::V6(SocketAddrV6::new(V6, 80, 0, 5))]);
    assert_eq!(addresses("2001:db8::7:80"), [v6]);
    assert_eq!(addresses(("192.0.2.7", 80)), [v4]);
    assert_eq!(addresses(("2001:db8::7", 80)), [v6]);
    assert_eq!(addresses((String::from("2001:db8::7"), 80)), [v6]);
}

#[expect(clippy::needless_borrows_for_generic_args, reason = "a reference converts as well")]
fn lists_and_references_keep_their_order() {
    let list = [3, 1, 2].map(|port| SocketAddr::from((V4, port)));
    assert_eq!(addresses(&list[..]), list);
    assert_eq!(addresses(&&list[..]), list);
    assert_eq!(addresses(&list[0]), list[..1]);
    assert_eq!(addresses(&&("192.0.2.7", 3)), list[..1]);
    assert_eq!(addresses(&[][..]), []);
}

fn texts_answer_as_in_std() {
    let known =
        ["localhost:80", "localhost:+80", "127.1:80", "0x7f.1:80", "::1:80", "192.0.2.7:80", "[::1]:80"];
    let refused = [
        "",
        "nonsense",
        "127.0.0.1",
        "::1",
        "127.0.0.1:70000",
        "127.0.0.1:",
        "localhost",
        "localhost: 80",
        "a:b:c",
        ":80",
        "a b:80",
        "\0:80",
        "..:80",
        "[localhost]:80",
    ];
    for text in known.into_iter().chain(refused) {
        let ours = said(text.to_socket_addrs());
        assert_eq!(ours, said(std::net::ToSocketAddrs::to_socket_addrs(text)), "{text:?}");
        assert_eq!(ours, said(String::from(text).to_socket_addrs()), "{text:?}");
    }
    assert!(known.iter().all(|text| text.to_socket_addrs().is_ok()));
    assert!(refused.iter().all(|text| text.to_socket_addrs().is_err()));
}

fn hosts_answer_as_in_std() {
    let long = "x".repeat(64);
    for host in
        ["localhost", "127.1", "127.0.0.1", "::1", "", "a b", "\0", "[::1]", "127.0.0.1:80", long.as_str()]
    {
        let ours = said((host, 443).to_socket_addrs());
        assert_eq!(ours, said(std::net::ToSocketAddrs::to_socket_addrs(&(host, 443))), "{host:?}");
        assert_eq!(ours, said((host.to_owned(), 443).to_socket_addrs()), "{host:?}");
    }
}

fn a_name_can_be_bound_and_connected_to() {
    let listener = TcpListener::bind("localhost:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let client = TcpStream::connect(("localhost", port)).unwrap();
    assert_eq!(listener.accept().unwrap().1, client.local_addr().unwrap());
}

/// All that a caller can see of an answer.
fn said(answer: io::Result<impl Iterator<Item = SocketAddr>>) -> Result<Vec<SocketAddr>, String> {
    answer.map(Iterator::collect).map_err(|e| format!("{:?}, {:?}: {e}", e.kind(), e.raw_os_error()))
}
