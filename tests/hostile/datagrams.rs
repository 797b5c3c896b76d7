//! Datagrams as nobody should send them: empty, longer than the buffer, longer than allowed, from ports that are closed
//! by the time of the answer. What a single call says to each is tested in `net/tests`; here it happens to servers.

use std::io::ErrorKind;
use std::net::{self, SocketAddr};
use std::thread;
use std::time::Duration;

use gopark::net::UdpSocket;
use gopark::{go, is_cancelled, select};

use crate::eventually::eventually;
use crate::loopback::let_them_wait;
use crate::survives::{survives, until_they_wait};
use crate::until::Enough;

/// The server's buffer.
const BUFFER: usize = 64;

/// The longest over IPv4.
const LONGEST: usize = 65_507;

fn socket() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// At an address where nobody else opens a port: one that has been closed.
fn closed_port() -> SocketAddr {
    net::UdpSocket::bind("127.0.0.78:0").unwrap().local_addr().unwrap()
}

/// Answers with what fits into the buffer, until it is cancelled. Returns how many datagrams were empty, and how many
/// filled the buffer.
fn echo(socket: &UdpSocket) -> (usize, usize) {
    let (mut buf, mut empty, mut full) = ([0; BUFFER], 0, 0);
    loop {
        let answered = socket.recv_from(&mut buf).and_then(|(count, from)| {
            empty += usize::from(count == 0);
            full += usize::from(count == BUFFER);
            Ok((count, socket.send_to(&buf[..count], from)?))
        });
        match answered {
            Ok((count, sent)) => assert_eq!(sent, count),
            Err(error) if is_cancelled(&error) => return (empty, full),
            Err(error) => panic!("an echo server that fails: {error}"),
        }
    }
}

/// Says something until it is answered, which is the answer: the flood leaves no room in the receive buffer.
fn ask(socket: &net::UdpSocket, word: &[u8]) -> Vec<u8> {
    let mut heard = [0; 2 * BUFFER];
    loop {
        socket.send(word).unwrap();
        match socket.recv(&mut heard) {
            // Else the late answer to what was said before.
            Ok(count) if heard[..count] == word[..word.len().min(BUFFER)] => return heard[..count].to_vec(),
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}"),
        }
    }
}

#[test]
fn a_flood_does_not_keep_a_server_from_the_honest() {
    const QUESTIONS: u32 = 1000;
    survives(a_flood_does_not_keep_a_server_from_the_honest, |runtime| {
        let (server, address) = socket();
        let server = runtime.spawn(move || echo(&server));
        let enough = Enough::default();
        thread::scope(|scope| {
            let _going = enough.not_yet();
            scope.spawn(|| {
                let (long, too_long) = (vec![7; LONGEST], vec![7; LONGEST + 1]);
                while !enough.is_it() {
                    // Closed before it is answered.
                    let hostile = net::UdpSocket::bind("127.0.0.1:0").unwrap();
                    for size in [0, 1, BUFFER, BUFFER + 1, 5000, LONGEST] {
                        assert_eq!(hostile.send_to(&long[..size], address).unwrap(), size);
                    }
                    let refused = hostile.send_to(&too_long, address).unwrap_err();
                    assert_eq!(refused.raw_os_error(), Some(libc::EMSGSIZE));
                    thread::sleep(Duration::from_micros(200));
                }
            });
            let honest = net::UdpSocket::bind("127.0.0.1:0").unwrap();
            honest.connect(address).unwrap();
            honest.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
            for question in 0..QUESTIONS {
                let question =
                    format!("question {question}, {}", "and so on ".repeat(question as usize % 10));
                let answer = ask(&honest, question.as_bytes());
                assert_eq!(answer, &question.as_bytes()[..question.len().min(BUFFER)]);
            }
        });
        server.cancel();
        let (empty, full) = server.join().unwrap();
        assert!(
            empty > 0 && full > 0,
            "the flood was none: {empty} empty ones, {full} that filled the buffer"
        );
    });
}

/// Datagrams that are too long fail at once, however they are sent, and the socket is as good as before.
#[test]
fn what_is_too_long_is_refused() {
    survives(what_is_too_long_is_refused, |runtime| {
        let ((sender, _), (receiver, address)) = (socket(), socket());
        let sends = runtime.spawn(move || {
            sender.connect(address).unwrap();
            for round in 0..200 {
                let much = vec![7; LONGEST + 1 + 100 * round];
                for refused in [sender.send(&much), sender.send_to(&much, address)] {
                    assert_eq!(refused.unwrap_err().raw_os_error(), Some(libc::EMSGSIZE));
                }
                assert_eq!(sender.send(&[round as u8]).unwrap(), 1);
                let mut buf = [0; 8];
                assert_eq!(receiver.recv(&mut buf).unwrap(), 1);
                assert_eq!(buf[0], round as u8);
            }
        });
        sends.join().unwrap();
    });
}

/// The next call on a connected socket says that nobody is there, be it a send, a receive that waits already, or one in
/// a `select!`. It is said once, and to one of those who wait.
#[test]
fn a_closed_port_is_told_once() {
    survives(a_closed_port_is_told_once, |runtime| {
        for _ in 0..20 {
            let (here, _) = socket();
            here.connect(closed_port()).unwrap();
            let receivers: Vec<_> = until_they_wait(runtime, 4, || {
                (0..4)
                    .map(|number| {
                        let here = here.try_clone().unwrap();
                        runtime.spawn(move || {
                            if number % 2 == 0 {
                                select! { readable(here) -> ready => ready? }
                            }
                            here.recv(&mut [0; 8])
                        })
                    })
                    .collect()
            });
            here.send(b"anybody?").unwrap();
            eventually("somebody is told", || receivers.iter().any(|receiver| receiver.is_finished()));
            let_them_wait();
            receivers.iter().for_each(|receiver| receiver.cancel());
            let ends = receivers.into_iter().map(|receiver| receiver.join().unwrap().unwrap_err());
            let refused = ends
                .filter(|end| {
                    assert!(is_cancelled(end) || end.kind() == ErrorKind::ConnectionRefused, "{end}");
                    !is_cancelled(end)
                })
                .count();
            assert_eq!(refused, 1, "of four who waited");
        }
    });
}

/// A client whose server is gone is told each time, and goes on when the server comes back.
#[test]
fn a_server_that_comes_back_is_found_again() {
    const WORDS: usize = 50;
    survives(a_server_that_comes_back_is_found_again, |runtime| {
        let place = closed_port();
        let client = runtime.spawn(move || {
            let (client, _) = socket();
            client.connect(place).unwrap();
            let ask = || client.send(b"hello").and_then(|_| client.recv(&mut [0; 8]));
            for _ in 0..WORDS {
                assert_eq!(ask().unwrap_err().kind(), ErrorKind::ConnectionRefused);
            }
            let server = UdpSocket::bind(place).unwrap();
            let server = go(move || echo(&server));
            (0..WORDS).for_each(|_| assert_eq!(ask().unwrap(), 5));
            server.cancel();
            server.join().unwrap();
            assert_eq!(ask().unwrap_err().kind(), ErrorKind::ConnectionRefused);
        });
        client.join().unwrap();
    });
}
