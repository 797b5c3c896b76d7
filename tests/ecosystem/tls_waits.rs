//! Handshakes that wait: a timeout interrupts them and does no harm, a cancellation or a deadline ends them.

use std::io::{self, ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use gopark::net::TcpStream;
use gopark::{JoinHandle, go, with_timeout};
use rustls::{ServerConnection, StreamOwned};

use crate::certificates::{client, server};
use crate::loopback::{in_coroutines, pair};

const SHORT: Duration = Duration::from_millis(20);

/// The call answers as std's does when the socket's timeout has run out.
#[track_caller]
fn expires<T: std::fmt::Debug>(call: impl FnOnce() -> io::Result<T>) {
    let begun = Instant::now();
    let expired = call().unwrap_err();
    assert_eq!(expired.kind(), ErrorKind::WouldBlock, "{expired}");
    assert!(begun.elapsed() >= SHORT, "after {:?} of {SHORT:?}", begun.elapsed());
}

fn handshake(session: &mut ServerConnection, conn: &mut TcpStream) -> io::Result<()> {
    while session.is_handshaking() {
        session.complete_io(conn)?;
    }
    Ok(())
}

/// Answers one word by itself.
fn answer_one(conn: TcpStream) -> JoinHandle<()> {
    go(move || {
        let mut stream = StreamOwned::new(server(), conn);
        let mut word = [0; 4];
        stream.read_exact(&mut word).unwrap();
        stream.write_all(&word).unwrap();
        stream.flush().unwrap();
    })
}

#[test]
fn the_client_goes_on_after_a_timeout() {
    in_coroutines(|| {
        let (mut near, far) = pair();
        near.set_read_timeout(Some(SHORT)).unwrap();
        let mut session = client();
        // Nobody answers yet, so it waits for all of the server's part.
        (0..3).for_each(|_| expires(|| session.complete_io(&mut near)));
        assert!(session.is_handshaking());

        let answers = answer_one(far);
        near.set_read_timeout(None).unwrap();
        session.complete_io(&mut near).unwrap();
        assert!(!session.is_handshaking());
        let mut stream = StreamOwned::new(session, near);
        stream.write_all(b"word").unwrap();
        let mut word = [0; 4];
        stream.read_exact(&mut word).unwrap();
        assert_eq!(&word, b"word");
        answers.join().unwrap();
    });
}

/// The server has a part of a message, and keeps it.
#[test]
fn the_server_goes_on_after_a_timeout() {
    in_coroutines(|| {
        let (mut near, mut far) = pair();
        let (mut asks, mut answers) = (client(), server());
        let mut greeting = Vec::new();
        asks.write_tls(&mut greeting).unwrap();
        far.set_read_timeout(Some(SHORT)).unwrap();
        for piece in [&greeting[..50], &greeting[50..]] {
            near.write_all(piece).unwrap();
            // Each call answers what it has read before it was interrupted, and the next one that it is.
            expires(|| handshake(&mut answers, &mut far));
        }
        assert!(answers.is_handshaking(), "the client has not confirmed");

        let waits = go(move || {
            far.set_read_timeout(None).unwrap();
            let mut stream = StreamOwned::new(answers, far);
            let mut word = [0; 4];
            stream.read_exact(&mut word).unwrap();
            word
        });
        let mut stream = StreamOwned::new(asks, near);
        stream.write_all(b"word").unwrap();
        assert_eq!(&waits.join().unwrap(), b"word");
    });
}

/// Every read in between is interrupted once, and the application sees it.
#[test]
fn a_read_goes_on_after_a_timeout() {
    in_coroutines(|| {
        let (near, far) = pair();
        let (go_on, told) = gopark::chan::bounded(0);
        let other = go(move || {
            let mut stream = StreamOwned::new(server(), far);
            stream.write_all(b"first").unwrap();
            told.recv().unwrap();
            stream.write_all(b"second").unwrap();
            stream
        });
        let mut stream = StreamOwned::new(client(), near);
        let mut word = [0; 5];
        stream.read_exact(&mut word).unwrap();
        stream.sock.set_read_timeout(Some(SHORT)).unwrap();
        (0..2).for_each(|_| expires(|| stream.read(&mut word)));
        stream.sock.set_read_timeout(None).unwrap();
        go_on.send(()).unwrap();
        let mut word = [0; 6];
        stream.read_exact(&mut word).unwrap();
        assert_eq!(&word, b"second");
        other.join().unwrap();
    });
}

/// A coroutine in a handshake whose peer is silent from the first or from the second message on, and that peer.
fn endless(
    inside: impl FnOnce(&mut dyn FnMut() -> io::Result<()>) -> io::Result<()> + Clone + Send + 'static,
) -> [(JoinHandle<io::Error>, TcpStream); 2] {
    let (mut near, mut far) = pair();
    let again = inside.clone();
    let as_server = go(move || again(&mut || server().complete_io(&mut far).map(drop)).unwrap_err());
    let (mut asks, peer) = pair();
    let as_client = go(move || inside(&mut || client().complete_io(&mut asks).map(drop)).unwrap_err());
    // The server has the beginning of a record, and the client has said all that it can. On a busy machine they may
    // have been ended by then.
    let _ = near.write_all(&[22, 3, 1]);
    let _ = (&peer).read(&mut [0; 2000]);
    [(as_server, near), (as_client, peer)]
}

#[test]
fn a_cancellation_ends_it() {
    in_coroutines(|| {
        for (waits, mut peer) in endless(|handshake| handshake()) {
            assert!(!waits.is_finished());
            waits.cancel();
            let ended = waits.join().unwrap();
            assert!(ended.get_ref().is_some_and(|why| why.is::<gopark::Cancelled>()), "{ended:?}");
            // The connection went with the coroutine.
            assert!(matches!(peer.read(&mut [0; 2000]), Ok(0) | Err(_)));
        }
    });
}

#[test]
fn a_deadline_ends_it() {
    in_coroutines(|| {
        let begun = Instant::now();
        for (waits, _peer) in endless(|handshake| with_timeout(SHORT, handshake)) {
            let ended = waits.join().unwrap();
            assert_eq!(ended.kind(), ErrorKind::TimedOut, "{ended:?}");
            assert!(begun.elapsed() >= SHORT);
        }
    });
}
