//! Host names: looked up beside the worker, while addresses and literals are read on the spot.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::no_park;
use gopark::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use gopark::{go, yield_now};
use std::io;
use std::net::{SocketAddrV4, SocketAddrV6};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is to be turned into addresses.
type Conversion = (&'static str, fn() -> io::Result<Vec<SocketAddr>>);

fn listed(of: impl ToSocketAddrs) -> io::Result<Vec<SocketAddr>> {
    of.to_socket_addrs().map(Iterator::collect)
}

#[expect(clippy::needless_borrows_for_generic_args, reason = "a reference converts as well")]
const BY_NAME: [Conversion; 6] = [
    ("a text", || listed("localhost:80")),
    ("a string", || listed(String::from("localhost:80"))),
    ("a host and a port", || listed(("localhost", 80))),
    ("a string and a port", || listed((String::from("localhost"), 80))),
    ("a reference", || listed(&("localhost", 80))),
    ("a listener", || TcpListener::bind("localhost:0")?.local_addr().map(|address| vec![address])),
];

/// On a worker of its own, another coroutine starts only if the one that asks leaves its stack.
#[test]
fn the_worker_goes_on_while_a_name_is_looked_up() {
    bounded(|| {
        runtime(1).run(|| {
            for (what, look_up) in BY_NAME {
                let started = Arc::new(AtomicUsize::new(0));
                // An answer may be there before its asker has left.
                for _ in 0..1000 {
                    let starts = started.clone();
                    let neighbour = go(move || starts.fetch_add(1, Ordering::SeqCst));
                    let addresses = look_up().expect("every machine has a localhost");
                    assert!(
                        addresses.iter().all(|address| address.ip().is_loopback()),
                        "{what}: {addresses:?}"
                    );
                    if started.load(Ordering::SeqCst) > 0 {
                        break;
                    }
                    neighbour.join().expect("no panic");
                    started.store(0, Ordering::SeqCst);
                }
                assert_ne!(started.load(Ordering::SeqCst), 0, "{what}: the lookup has held up the worker");
                yield_now();
            }
        });
    });
}

#[test]
fn a_lookup_is_a_wait() {
    bounded(|| {
        runtime(1).run(|| {
            for (what, look_up) in BY_NAME {
                let refused = catch_unwind(AssertUnwindSafe(|| no_park(look_up)));
                let payload = refused.expect_err(what);
                assert!(
                    payload.downcast_ref::<String>().is_some_and(|text| text.contains("no_park")),
                    "{what}"
                );
            }
        });
    });
}

/// Inside `no_park` whatever would leave the stack panics: so these never do.
#[test]
#[expect(clippy::needless_borrows_for_generic_args, reason = "a reference converts as well")]
fn addresses_and_literals_are_read_on_the_spot() {
    const V4: Ipv4Addr = Ipv4Addr::LOCALHOST;
    const V6: Ipv6Addr = Ipv6Addr::LOCALHOST;
    let conversions: [Conversion; 19] = [
        ("an address", || listed(SocketAddr::from((V4, 80)))),
        ("an IPv4 address", || listed(SocketAddrV4::new(V4, 80))),
        ("an IPv6 address", || listed(SocketAddrV6::new(V6, 80, 0, 0))),
        ("an IP address and a port", || listed((IpAddr::V4(V4), 80))),
        ("an IPv4 address and a port", || listed((V4, 80))),
        ("an IPv6 address and a port", || listed((V6, 80))),
        ("a list", || listed(&[SocketAddr::from((V4, 80))][..])),
        ("an IPv4 literal", || listed("127.0.0.1:80")),
        ("an IPv6 literal", || listed("[::1]:80")),
        ("an IPv6 literal with a scope", || listed("[fe80::1%1]:80")),
        ("an IPv6 literal without brackets", || listed("::1:80")),
        ("a string", || listed(String::from("127.0.0.1:80"))),
        ("an IPv4 literal and a port", || listed(("127.0.0.1", 80))),
        ("an IPv6 literal and a port", || listed(("::1", 80))),
        ("a string and a port", || listed((String::from("127.0.0.1"), 80))),
        ("a reference", || listed(&&"127.0.0.1:80")),
        ("a listener", || TcpListener::bind("127.0.0.1:0")?.local_addr().map(|address| vec![address])),
        ("no port", || listed("localhost").or(Ok(vec![SocketAddr::from((V4, 80))]))),
        ("no port that there is", || listed("localhost:70000").or(Ok(vec![SocketAddr::from((V4, 80))]))),
    ];
    bounded(move || {
        runtime(1).run(|| {
            for (what, convert) in conversions {
                let converted = catch_unwind(|| no_park(convert));
                let addresses = converted.unwrap_or_else(|_| panic!("{what}: has tried to wait"));
                assert_eq!(addresses.expect(what).len(), 1, "{what}");
            }
        });
    });
}

#[test]
fn many_at_once_get_what_std_says() {
    bounded(|| {
        let expected: Vec<_> =
            std::net::ToSocketAddrs::to_socket_addrs("localhost:80").expect("a localhost").collect();
        runtime(2).run(|| {
            let askers: Vec<_> = (0..100).map(|_| go(|| listed("localhost:80"))).collect();
            for asker in askers {
                assert_eq!(asker.join().expect("no panic").expect("a localhost"), expected);
            }
        });
    });
}

#[test]
fn a_connection_by_name() {
    bounded(|| {
        runtime(1).run(|| {
            let listener = TcpListener::bind("localhost:0").expect("a listener");
            let address = listener.local_addr().expect("bound");
            let client = go(move || TcpStream::connect(("localhost", address.port())).expect("a connection"));
            let (_, from) = listener.accept().expect("a connection");
            assert_eq!(client.join().expect("no panic").local_addr().expect("connected"), from);
        });
    });
}
