//! Accept loops that stop on a channel.

use crate::sockets::{assert_cancelled, listener};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{Receiver, bounded as channel, never};
use gopark::net::{TcpListener, TcpStream};
use gopark::time::sleep;
use gopark::{go, select};
use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

/// Greets everybody who connects, until it is told to stop. Returns how many came.
fn greets(listener: &TcpListener, stops: &Receiver<()>) -> u32 {
    let mut came = 0;
    loop {
        select! {
            readable(listener) -> ready => {
                ready.expect("an open listener");
                let (conn, _) = listener.accept().expect("somebody has connected");
                (&conn).write_all(b"hello").expect("there is room");
                came += 1;
            },
            recv(stops) -> _ => return came,
        }
    }
}

fn is_greeted(address: std::net::SocketAddr) {
    let mut conn = TcpStream::connect(address).expect("it listens");
    let mut text = String::new();
    conn.read_to_string(&mut text).expect("until it is closed");
    assert_eq!(text, "hello");
}

#[test]
fn it_stops_when_it_waits() {
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                let (listener, address) = listener();
                let (stop, stops) = channel::<()>(0);
                let loops = go(move || greets(&listener, &stops));
                let clients: Vec<_> = (0..50).map(|_| go(move || is_greeted(address))).collect();
                clients.into_iter().for_each(|client| client.join().expect("it is greeted"));
                sleep(Duration::from_millis(5));
                assert!(!loops.is_finished(), "nobody has stopped it");
                drop(stop);
                assert_eq!(loops.join().expect("no panic"), 50);
                assert!(TcpStream::connect(address).is_err(), "the listener is gone");
            });
        }
    });
}

#[test]
fn it_stops_among_connections() {
    bounded(|| {
        runtime(2).run(|| {
            let (listener, address) = listener();
            let (stop, stops) = channel(0);
            let loops = go(move || greets(&listener, &stops));
            let (enough, is_enough) = channel::<()>(0);
            let clients: Vec<_> = (0..4)
                .map(|_| {
                    let is_enough = is_enough.clone();
                    go(move || {
                        let mut greeted = 0;
                        while is_enough.try_recv().is_err_and(|error| error.is_empty()) {
                            match TcpStream::connect(address).map(|mut conn| conn.read_exact(&mut [0; 5])) {
                                Ok(Ok(())) => greeted += 1,
                                _ => break,
                            }
                        }
                        greeted
                    })
                })
                .collect();
            sleep(Duration::from_millis(30));
            stop.send(()).expect("it looks at this, too");
            let came = loops.join().expect("no panic");
            drop(enough);
            let greeted: u32 = clients.into_iter().map(|client| client.join().expect("no panic")).sum();
            assert!(greeted <= came && came > 0, "{greeted} were greeted, {came} were accepted");
        });
    });
}

#[test]
fn it_stops_on_a_plain_thread() {
    bounded(|| {
        let (listener, address) = listener();
        let (stop, stops) = channel::<()>(0);
        let loops = thread::spawn(move || greets(&listener, &stops));
        (0..20).for_each(|_| is_greeted(address));
        drop(stop);
        assert_eq!(loops.join().expect("no panic"), 20);
    });
}

/// Several loops on one listener: each connection goes to one, and all stop.
#[test]
fn several_share_a_listener() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let (listener, address) = listener();
            let listener = std::sync::Arc::new(listener);
            let (stop, stops) = channel::<()>(0);
            let handles: Vec<_> = (0..8)
                .map(|_| {
                    let (listener, stops) = (listener.clone(), stops.clone());
                    runtime.spawn(move || {
                        let (count, taken) = channel(1000);
                        loop {
                            select! {
                                // Another may be quicker: then this waits in accept, and a cancellation ends it.
                                readable(*listener) -> ready => if ready.is_err() { break },
                                recv(stops) -> _ => break,
                            }
                            let Ok((conn, _)) = listener.accept() else { break };
                            (&conn).write_all(b"hello").expect("there is room");
                            count.send(()).expect("there is room");
                        }
                        taken.len()
                    })
                })
                .collect();
            let threads: Vec<_> =
                (0..4).map(|_| thread::spawn(move || (0..25).for_each(|_| is_greeted(address)))).collect();
            threads.into_iter().for_each(|thread| thread.join().expect("all are greeted"));
            drop(stop);
            handles.iter().for_each(|handle| handle.cancel());
            let came: usize = handles.into_iter().map(|handle| handle.join().expect("no panic")).sum();
            assert_eq!(came, 100);
        }
    });
}

#[test]
fn a_cancellation_stops_it_too() {
    bounded(|| {
        runtime(1).run(|| {
            let (listener, _) = listener();
            let loops = go(move || {
                let ready = select! { readable(listener) -> ready => ready };
                assert_cancelled("readable", ready);
                select! {
                    readable(listener) -> ready => assert_cancelled("readable", ready),
                    recv(never::<()>()) -> value => assert!(value.is_err()),
                }
            });
            gopark::yield_now();
            loops.cancel();
            loops.join().expect("it is refused");
        });
    });
}
