//! Connections that fail: at connect, and in mid-conversation.

use std::io::{ErrorKind, IoSlice, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use gopark::go;
use gopark::net::{TcpListener, TcpStream};

use crate::child::in_child;
use crate::loopback::{listener, pair, reset_on_close};
use crate::watchdog::bounded;
use crate::workers::runtime;

const PATIENCE: Duration = Duration::from_millis(100);

/// Runs `body` in a coroutine.
fn in_a_coroutine(body: fn()) {
    bounded(move || runtime(1).run(body));
}

/// Where nobody listens.
fn closed_port() -> SocketAddr {
    // Held until the end of this function only, but by chance alone would another test be given it at once.
    listener().1
}

#[test]
fn a_closed_port_refuses() {
    in_a_coroutine(|| {
        for _ in 0..20 {
            let refused = TcpStream::connect(closed_port()).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
            let refused = TcpStream::connect_timeout(&closed_port(), Duration::from_secs(30)).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        }
    });
}

/// Of several addresses the first that works is taken.
#[test]
fn a_refusal_leads_to_the_next_address() {
    in_a_coroutine(|| {
        let (listener, address) = listener();
        let addresses = [closed_port(), closed_port(), address];
        let conn = TcpStream::connect(&addresses[..]).unwrap();
        assert_eq!(conn.peer_addr().unwrap(), address);
        drop(listener);
    });
}

/// A listener whose queue is full lets further handshakes hang, as a host that drops packets does.
fn overfull() -> (TcpListener, SocketAddr, Vec<TcpStream>) {
    let listener = TcpListener::builder().backlog(0).bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    while let Ok(conn) = TcpStream::connect_timeout(&address, PATIENCE) {
        queued.push(conn);
        assert!(queued.len() < 100, "a queue without an end");
    }
    (listener, address, queued)
}

#[test]
fn a_connect_times_out_and_leaves_others_alone() {
    in_a_coroutine(|| {
        let (_listener, address, _queued) = overfull();
        let connects: Vec<_> = (0..10)
            .map(|_| {
                go(move || {
                    let begun = Instant::now();
                    let expired = TcpStream::connect_timeout(&address, PATIENCE).unwrap_err();
                    assert_eq!(expired.kind(), ErrorKind::TimedOut, "{expired}");
                    assert!(begun.elapsed() >= PATIENCE);
                })
            })
            .collect();
        // On the same worker, while they wait.
        for _ in 0..10 {
            drop(pair());
        }
        assert!(connects.iter().all(|connect| !connect.is_finished()), "ten pairs take no {PATIENCE:?}");
        connects.into_iter().for_each(|connect| connect.join().unwrap());
    });
}

/// The kernel sends the first packet again after a second. A connect without a timeout waits for that.
#[test]
fn a_connect_succeeds_when_the_queue_has_room_again() {
    in_a_coroutine(|| {
        let (listener, address, queued) = overfull();
        let connect = go(move || TcpStream::connect(address).unwrap());
        gopark::yield_now();
        for _ in &queued {
            drop(listener.accept().unwrap());
        }
        let conn = connect.join().unwrap();
        // Handshakes that were given up by their timeouts may stand before it in the queue.
        loop {
            let (mut accepted, from) = listener.accept().unwrap();
            if from == conn.local_addr().unwrap() {
                accepted.write_all(b"welcome").unwrap();
                break;
            }
        }
        let mut heard = [0; 7];
        (&conn).read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"welcome");
    });
}

/// An address that leads nowhere: the network may say so at once.
#[test]
fn an_unroutable_address_does_not_hang() {
    in_a_coroutine(|| {
        let nowhere = "10.255.255.1:9".parse().unwrap();
        match TcpStream::connect_timeout(&nowhere, PATIENCE) {
            Ok(_) => println!("skipped: on this network 10.255.255.1 answers"),
            Err(error) => {
                use ErrorKind::{
                    ConnectionRefused, HostUnreachable, NetworkUnreachable, PermissionDenied, TimedOut,
                };
                let told =
                    [TimedOut, NetworkUnreachable, HostUnreachable, PermissionDenied, ConnectionRefused];
                assert!(told.contains(&error.kind()), "{error}");
            }
        }
    });
}

#[test]
fn a_reset_is_an_error_for_reader_and_writer() {
    in_a_coroutine(|| {
        let (a, b) = pair();
        let reader = a.try_clone().unwrap();
        let reader = go(move || (&reader).read(&mut [0; 8]).map_err(|error| error.kind()));
        gopark::yield_now();
        reset_on_close(&b);
        drop(b);
        assert_eq!(reader.join().unwrap(), Err(ErrorKind::ConnectionReset));

        assert_eq!((&a).write(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert_eq!((&a).read(&mut [0; 8]).unwrap(), 0, "the error has been told");
    });
}

/// As the error kinds, so the signal: it never comes, even where it would be deadly.
#[test]
fn a_write_to_a_dead_peer_raises_no_signal() {
    in_child(a_write_to_a_dead_peer_raises_no_signal, &[], || {
        // SAFETY: SIG_DFL installs no handler; the child has no other test that the signal could end.
        let before = unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
        assert_ne!(before, libc::SIG_ERR);
        in_a_coroutine(|| {
            let (mut a, b) = pair();
            drop(b);
            while a.write(&[0; 1 << 12]).is_ok() {}
            let refused = [
                a.write(b"x").unwrap_err(),
                a.write_vectored(&[IoSlice::new(b"x"), IoSlice::new(b"y")]).unwrap_err(),
                a.write_all(b"x").unwrap_err(),
            ];
            refused.into_iter().for_each(|error| assert_eq!(error.kind(), ErrorKind::BrokenPipe));
        });
    })
    .succeeded();
}
