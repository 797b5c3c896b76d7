//! Datagrams between coroutines: calls on a `UdpSocket` that wait leave the worker to others, and end when they are
//! told to.

use std::collections::HashSet;
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use gopark::net::UdpSocket;
use gopark::{chan, go, is_cancelled, is_timeout, select};

use crate::loopback::let_them_wait;
use crate::watchdog::bounded;
use crate::workers::runtime;

/// Runs `body` on one worker and on two.
fn in_coroutines(body: fn()) {
    bounded(move || [1, 2].into_iter().for_each(|workers| runtime(workers).run(body)));
}

/// A socket on a port of its own.
fn socket() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("bind to loopback");
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// Two sockets, each the other's peer.
fn pair() -> (UdpSocket, UdpSocket) {
    let ((a, at_a), (b, at_b)) = (socket(), socket());
    a.connect(at_b).unwrap();
    b.connect(at_a).unwrap();
    (a, b)
}

/// Sends back what comes in, until it is cancelled. Returns how many datagrams that were.
fn echo(socket: UdpSocket) -> u64 {
    let (mut buf, mut served) = ([0; 64], 0);
    loop {
        match socket.recv_from(&mut buf) {
            Ok((count, from)) => {
                assert_eq!(socket.send_to(&buf[..count], from).unwrap(), count);
                served += 1;
            }
            Err(error) if is_cancelled(&error) => return served,
            Err(error) => panic!("an echo server that fails: {error}"),
        }
    }
}

/// Says `word` until it is answered: a receive buffer that has no room drops what comes.
fn call(socket: &UdpSocket, word: &[u8]) {
    let mut heard = [0; 64];
    'says: loop {
        socket.send(word).unwrap();
        loop {
            match socket.recv(&mut heard) {
                // Else the late answer to a word before.
                Ok(count) if heard[..count] == *word => return,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue 'says,
                Err(error) => panic!("a client that fails: {error}"),
            }
        }
    }
}

#[test]
fn two_hundred_clients_are_answered() {
    const CLIENTS: u64 = 200;
    const WORDS: u64 = 20;
    in_coroutines(|| {
        let (server, at) = socket();
        let server = go(move || echo(server));
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                go(move || {
                    let (socket, _) = socket();
                    socket.connect(at).unwrap();
                    socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
                    for word in 0..WORDS {
                        call(&socket, format!("word {word} of client {client}").as_bytes());
                    }
                })
            })
            .collect();
        clients.into_iter().for_each(|client| client.join().unwrap());
        server.cancel();
        assert!(server.join().unwrap() >= CLIENTS * WORDS);
    });
}

#[test]
fn who_waits_leaves_the_worker_to_others() {
    bounded(|| {
        runtime(1).run(|| {
            let (a, b) = pair();
            let waits = Arc::new(AtomicBool::new(true));
            let turns = Arc::new(AtomicU64::new(0));
            let (still, count) = (waits.clone(), turns.clone());
            let neighbour = go(move || {
                while still.load(SeqCst) {
                    if count.fetch_add(1, SeqCst) == 100 {
                        a.send(b"enough").unwrap();
                    }
                    gopark::yield_now();
                }
            });
            assert_eq!(b.recv(&mut [0; 8]).unwrap(), 6);
            waits.store(false, SeqCst);
            neighbour.join().unwrap();
            assert!(turns.load(SeqCst) > 100);
        });
    });
}

#[test]
fn a_deadline_ends_a_receive() {
    in_coroutines(|| {
        let (a, b) = pair();
        let late = gopark::with_timeout(Duration::from_millis(20), || {
            let late = b.recv(&mut [0; 8]).unwrap_err();
            assert_eq!(b.send(b"x").unwrap_err().kind(), ErrorKind::TimedOut, "those after it do not begin");
            late
        });
        assert_eq!(late.kind(), ErrorKind::TimedOut);
        assert!(is_timeout(&late) && !is_cancelled(&late), "{late:?}");

        a.send(b"data").unwrap();
        let count = gopark::with_timeout(Duration::from_secs(60), || b.recv(&mut [0; 8]));
        assert_eq!(count.unwrap(), 4);
    });
}

#[test]
fn a_cancellation_ends_a_receive() {
    in_coroutines(|| {
        let (a, b) = pair();
        for round in 0..50_u8 {
            let waiting = b.try_clone().unwrap();
            let receiver = go(move || waiting.recv_from(&mut [0; 8]));
            if round % 2 == 0 {
                gopark::time::sleep(Duration::from_micros(300));
            }
            receiver.cancel();
            let error = receiver.join().unwrap().unwrap_err();
            assert!(is_cancelled(&error), "{error:?}");

            // The socket serves others as before.
            a.send(&[round]).unwrap();
            let mut byte = [0];
            assert_eq!(b.recv(&mut byte).unwrap(), 1);
            assert_eq!(byte, [round]);
        }
    });
}

/// Nothing arrives, but the answer that nobody is there.
#[test]
fn a_refusal_ends_a_receive() {
    in_coroutines(|| {
        let (here, _) = socket();
        // At an address where nobody else opens a port.
        let gone = UdpSocket::bind("127.0.0.79:0").unwrap().local_addr().unwrap();
        here.connect(gone).unwrap();
        for _ in 0..10 {
            let waiting = here.try_clone().unwrap();
            let receiver = go(move || waiting.recv(&mut [0; 8]));
            let_them_wait();
            here.send(b"anybody?").unwrap();
            assert_eq!(receiver.join().unwrap().unwrap_err().kind(), ErrorKind::ConnectionRefused);
        }
    });
}

#[test]
fn a_select_waits_for_datagrams_and_values() {
    const EACH: usize = 200;
    in_coroutines(|| {
        let (a, b) = pair();
        let (values, mut at_select) = chan::bounded(0);
        let (taken, at_sender) = chan::bounded::<()>(1);
        let by_network = go(move || {
            for number in 0..EACH {
                a.send(&number.to_le_bytes()).unwrap();
                // One at a time, so that none is dropped.
                at_sender.recv().unwrap();
            }
        });
        let by_channel = go(move || (0..EACH).for_each(|number| values.send(number).unwrap()));
        let (mut datagrams, mut numbers) = (0, 0);
        while datagrams + numbers < 2 * EACH {
            select! {
                readable(b) -> ready => {
                    ready.unwrap();
                    let mut buf = [0; size_of::<usize>()];
                    assert_eq!(b.recv(&mut buf).unwrap(), buf.len());
                    assert_eq!(usize::from_le_bytes(buf), datagrams);
                    datagrams += 1;
                    taken.send(()).unwrap();
                },
                recv(at_select) -> number => match number {
                    Ok(number) => {
                        assert_eq!(number, numbers);
                        numbers += 1;
                    }
                    // Else this arm could be chosen from now on, again and again.
                    Err(_) => at_select = chan::never(),
                },
            }
        }
        assert_eq!((datagrams, numbers), (EACH, EACH));
        by_network.join().unwrap();
        by_channel.join().unwrap();
    });
}

/// Whoever waits for the socket next finds nothing of the arm that was not chosen.
#[test]
fn a_select_that_takes_the_value_leaves_the_socket_as_it_was() {
    in_coroutines(|| {
        let (a, b) = pair();
        let (values, at_select) = chan::bounded(1);
        for round in 0..50_u8 {
            let values = values.clone();
            let sender = go(move || values.send(round).unwrap());
            select! {
                readable(b) -> _ => panic!("nothing was sent"),
                recv(at_select) -> value => assert_eq!(value.unwrap(), round),
            }
            sender.join().unwrap();
            let waiting = b.try_clone().unwrap();
            let receiver = go(move || waiting.recv(&mut [0; 8]));
            gopark::yield_now();
            a.send(b"next").unwrap();
            assert_eq!(receiver.join().unwrap().unwrap(), 4);
        }
    });
}

/// Of several that wait, each datagram wakes one at least, and none lies there while somebody waits.
#[test]
fn receivers_share_the_datagrams() {
    const RECEIVERS: usize = 4;
    const BURST: u32 = 8;
    in_coroutines(|| {
        let (a, b) = pair();
        let (tell, told) = chan::unbounded();
        let receivers: Vec<_> = (0..RECEIVERS)
            .map(|_| {
                let (b, tell) = (b.try_clone().unwrap(), tell.clone());
                go(move || {
                    let mut word = [0; 4];
                    while b.recv(&mut word).unwrap() == word.len() {
                        tell.send(u32::from_le_bytes(word)).unwrap();
                    }
                })
            })
            .collect();
        let_them_wait();
        for burst in 0..200 {
            let numbers = burst * BURST..(burst + 1) * BURST;
            numbers.clone().for_each(|number| assert_eq!(a.send(&number.to_le_bytes()).unwrap(), 4));
            let received: HashSet<u32> = numbers.clone().map(|_| told.recv().unwrap()).collect();
            assert_eq!(received, numbers.collect());
        }
        // An empty datagram is the end of one of them.
        receivers.iter().for_each(|_| assert_eq!(a.send(b"").unwrap(), 0));
        receivers.into_iter().for_each(|receiver| receiver.join().unwrap());
    });
}

/// That the receiver has it is no news for who sends on: only a sender that waits is told.
#[test]
fn what_was_received_is_no_event() {
    bounded(|| {
        runtime(1).run(|| {
            let there = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
            let here = UdpSocket::bind("127.0.0.1:0").unwrap();
            here.connect(there.local_addr().unwrap()).unwrap();
            here.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
            assert_eq!(
                here.recv(&mut [0]).unwrap_err().kind(),
                ErrorKind::WouldBlock,
                "it is registered now"
            );
            // Datagrams of local Unix sockets and bytes of Unix streams free the sender's buffer in the same way.
            let (stream, mut peer) = std::os::unix::net::UnixStream::pair().unwrap();
            let mut stream = gopark::net::UnixStream::from(stream);
            stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
            assert_eq!(stream.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);

            let events = || gopark::metrics().machines.iter().map(|machine| machine.events).sum::<u64>();
            let before = events();
            for _ in 0..200 {
                here.send(b"datagram").unwrap();
                assert_eq!(there.recv(&mut [0; 16]).unwrap(), 8);
                stream.write_all(b"bytes").unwrap();
                assert_eq!(peer.read(&mut [0; 16]).unwrap(), 5);
                gopark::time::sleep(Duration::from_micros(50)); // a look at epoll
            }
            let told = events() - before;
            assert!(told < 20, "{told} events for 200 rounds");
        });
    });
}
