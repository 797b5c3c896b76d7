//! Ten thousand clients that all connect at the same moment: each is accepted, and the kernel has to turn none away.

use std::fs;
use std::io::{self, Read, Write};
use std::mem::size_of_val;
use std::net::{self, SocketAddr};
use std::os::fd::AsRawFd;
use std::time::Duration;

use gopark::go;
use gopark::net::{TcpListener, TcpStream};

use crate::child::in_child;
use crate::descriptor_limit::{limit, set_limit};
use crate::eventually::eventually;
use crate::loopback::{listener, reset_on_close};
use crate::peer::{self, Peer};
use crate::survives::leaves_nothing;
use crate::workers::runtime;

/// On a machine that is busy with other things, the server may not have had its turn when the queue was full.
const ATTEMPTS: usize = 3;

/// As many as the process may have descriptors for, up to ten thousand.
fn affordable() -> usize {
    // Anyone may raise the soft limit to the hard one.
    let most = limit().rlim_max;
    set_limit(libc::rlimit { rlim_cur: most, rlim_max: most });
    most.saturating_sub(200).min(10_000) as usize
}

/// How many connections this listener has turned away so far: what /proc/net/netstat counts as ListenDrops for all
/// listeners of the machine, and ListenOverflows are some of them.
fn turned_away(listener: &TcpListener) -> u32 {
    let mut counts = [0_u32; 9];
    let mut len = size_of_val(&counts) as libc::socklen_t;
    let (level, name) = (libc::SOL_SOCKET, libc::SO_MEMINFO);
    // SAFETY: the pointer and the length describe `counts`, which the kernel fills; the descriptor is open.
    let asked =
        unsafe { libc::getsockopt(listener.as_raw_fd(), level, name, counts.as_mut_ptr().cast(), &mut len) };
    assert_eq!(asked, 0, "{}", io::Error::last_os_error());
    assert_eq!(len as usize, size_of_val(&counts));
    counts[libc::SK_MEMINFO_DROPS as usize]
}

/// How many connections may wait to be accepted: what the kernel allows, and what gopark asks for.
fn longest_queue() -> usize {
    let allowed = fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
    allowed.trim().parse::<usize>().unwrap().min(4096)
}

/// The clients, in a process of their own: all connect, and when all are connected, each says something and is
/// answered.
fn clients(address: SocketAddr) {
    let count = affordable();
    runtime(1).run(|| {
        let connects: Vec<_> = (0..count).map(|_| go(move || TcpStream::connect(address).unwrap())).collect();
        let conns: Vec<_> = connects.into_iter().map(|connect| connect.join().unwrap()).collect();
        let talks: Vec<_> = conns
            .into_iter()
            .map(|mut conn| {
                go(move || {
                    conn.write_all(b"hello").unwrap();
                    conn.read_exact(&mut [0; 5]).unwrap();
                    reset_on_close(&conn);
                    conn
                })
            })
            .collect();
        let conns: Vec<_> = talks.into_iter().map(|talk| talk.join().unwrap()).collect();
        peer::is_done();
        drop(conns);
    });
}

/// Serves one burst, and returns how many connections were turned away at first.
fn burst(count: usize) -> u32 {
    let runtime = runtime(2);
    let mut drops = 0;
    leaves_nothing(&runtime, || {
        let (listener, address) = listener();
        let watched = listener.try_clone().unwrap();
        let server = runtime.spawn(move || {
            for _ in 0..count {
                let (mut conn, _) = listener.accept().unwrap();
                go(move || {
                    let mut buf = [0; 64];
                    while let Ok(count @ 1..) = conn.read(&mut buf) {
                        conn.write_all(&buf[..count]).unwrap();
                    }
                });
            }
        });
        let mut peer = Peer::start(&address.to_string());
        peer.is_done();
        server.join().unwrap();
        eventually("all of them are served at once", || runtime.metrics().live == count as u64);
        drops = turned_away(&watched);
        peer.end();
    });
    drops
}

#[test]
fn nobody_is_turned_away() {
    in_child(nobody_is_turned_away, &[], || {
        if let Some(address) = peer::role() {
            return clients(address.parse().unwrap());
        }
        if longest_queue() < 4096 {
            println!("skipped: net.core.somaxconn is {}", longest_queue());
            return;
        }
        let count = affordable();
        let drops: Vec<_> = (0..ATTEMPTS).map(|_| burst(count)).take_while(|drops| *drops > 0).collect();
        println!("{count} clients; turned away before a burst in which none was: {drops:?}");
        assert!(drops.len() < ATTEMPTS, "turned away of {count} in a burst: {drops:?}");
    })
    .succeeded();
}

/// The server has no time to accept anybody, and still nobody is turned away, until the queue is full to the brim.
#[test]
fn the_queue_is_as_long_as_it_may_be() {
    in_child(the_queue_is_as_long_as_it_may_be, &[], || {
        let count = longest_queue().min(affordable() / 2);
        let runtime = runtime(1);
        leaves_nothing(&runtime, || {
            let (listener, address) = listener();
            let watched = listener.try_clone().unwrap();
            // Who is turned away tries again after a second, after three, after seven.
            let connect = |_| net::TcpStream::connect_timeout(&address, Duration::from_secs(5)).unwrap();
            let mut clients: Vec<_> = (0..count).map(connect).collect();
            let server = runtime.spawn(move || {
                for _ in 0..count {
                    let (mut conn, _) = listener.accept().unwrap();
                    conn.write_all(b"hello").unwrap();
                    reset_on_close(&conn);
                    // Until the client has heard it.
                    go(move || conn.read(&mut [0; 8]));
                }
            });
            server.join().unwrap();
            assert_eq!(turned_away(&watched), 0);
            for client in &mut clients {
                client.read_exact(&mut [0; 5]).unwrap();
                reset_on_close(client);
            }
        });
    })
    .succeeded();
}
