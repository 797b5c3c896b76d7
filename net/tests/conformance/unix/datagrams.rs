//! Datagrams: each arrives whole, in order, once.

use std::io::{self, ErrorKind};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;

use super::place::Place;
use crate::harness::let_it_block;
use crate::unix::UnixDatagram;

cases! {
    what_is_sent_is_received_one_by_one,
    what_does_not_fit_is_lost,
    a_datagram_without_bytes,
    the_sender_is_named,
    connected_and_connected_anew,
    a_receiver_waits,
    a_sender_waits_for_room,
    a_sender_to_a_path_waits_for_room,
    too_large_a_datagram,
    timeouts_are_kept_and_shared,
    a_receiver_gives_up,
    a_sender_gives_up,
    a_socket_that_does_not_wait,
    clones_share_the_queue,
}

const SHORT: Duration = Duration::from_millis(40);

fn must_give_up<T>(call: impl FnOnce() -> io::Result<T>) {
    let begun = Instant::now();
    let Err(gave_up) = call() else { panic!("must give up") };
    assert_eq!(gave_up.kind(), ErrorKind::WouldBlock);
    assert_eq!(Errno::from_io_error(&gave_up), Some(Errno::AGAIN));
    // The kernel rounds to its clock tick, which may be 10 ms.
    assert!(begun.elapsed() >= SHORT - Duration::from_millis(10), "after {:?}", begun.elapsed());
}

/// A receiver, the path that it is bound to, and a sender.
fn by_path() -> (Place, UnixDatagram, UnixDatagram) {
    let place = Place::new();
    let receiver = UnixDatagram::bind(&place.0).unwrap();
    (place, receiver, UnixDatagram::unbound().unwrap())
}

/// Sends until the queue is full, without waiting; how many that were.
fn fill(mut send: impl FnMut() -> io::Result<usize>) -> usize {
    let mut sent = 0;
    loop {
        match send() {
            Ok(_) => sent += 1,
            Err(full) => {
                assert_eq!(full.kind(), ErrorKind::WouldBlock);
                return sent;
            }
        }
    }
}

fn what_is_sent_is_received_one_by_one() {
    let (a, b) = UnixDatagram::pair().unwrap();
    assert_eq!(a.send(b"one").unwrap(), 3);
    assert_eq!(a.send(b"three").unwrap(), 5);
    let mut buf = [0; 64];
    assert_eq!(b.recv(&mut buf).unwrap(), 3);
    assert_eq!(&buf[..3], b"one");
    let (n, from) = b.recv_from(&mut buf).unwrap();
    assert_eq!(&buf[..n], b"three");
    assert!(from.is_unnamed());
    assert!(b.take_error().unwrap().is_none());
}

fn what_does_not_fit_is_lost() {
    let (a, b) = UnixDatagram::pair().unwrap();
    a.send(b"abcdef").unwrap();
    a.send(b"ghi").unwrap();
    a.send(b"jkl").unwrap();
    let mut buf = [0; 4];
    assert_eq!(b.recv(&mut buf).unwrap(), 4);
    assert_eq!(&buf, b"abcd");
    assert_eq!(b.recv(&mut []).unwrap(), 0);
    assert_eq!(b.recv_from(&mut buf).unwrap().0, 3);
    assert_eq!(&buf[..3], b"jkl");
}

fn a_datagram_without_bytes() {
    let (place, receiver, sender) = by_path();
    assert_eq!(sender.send_to(&[], &place.0).unwrap(), 0);
    sender.connect(&place.0).unwrap();
    assert_eq!(sender.send(&[]).unwrap(), 0);
    assert_eq!(sender.send(b"x").unwrap(), 1);
    assert_eq!(receiver.recv(&mut [0; 8]).unwrap(), 0);
    assert_eq!(receiver.recv(&mut [0; 8]).unwrap(), 0);
    assert_eq!(receiver.recv(&mut [0; 8]).unwrap(), 1);
}

fn the_sender_is_named() {
    let (place, receiver, nameless) = by_path();
    let place_of_sender = Place::new();
    let named = UnixDatagram::bind(&place_of_sender.0).unwrap();
    named.send_to(b"x", &place.0).unwrap();
    nameless.send_to_addr(b"x", &receiver.local_addr().unwrap()).unwrap();
    let (_, from) = receiver.recv_from(&mut [0; 8]).unwrap();
    assert_eq!(from.as_pathname(), Some(&*place_of_sender.0));
    assert!(receiver.recv_from(&mut [0; 8]).unwrap().1.is_unnamed());
    receiver.send_to_addr(b"back", &from).unwrap();
    assert_eq!(named.recv(&mut [0; 8]).unwrap(), 4);
}

fn connected_and_connected_anew() {
    let (place, first, sender) = by_path();
    let (other_place, second, _) = by_path();
    assert_eq!(sender.send(b"x").unwrap_err().kind(), ErrorKind::NotConnected);
    assert_eq!(sender.peer_addr().unwrap_err().kind(), ErrorKind::NotConnected);
    sender.connect(&place.0).unwrap();
    assert_eq!(sender.peer_addr().unwrap().as_pathname(), Some(&*place.0));
    sender.send(b"x").unwrap();
    sender.connect_addr(&second.local_addr().unwrap()).unwrap();
    sender.send(b"xx").unwrap();
    assert_eq!(first.recv(&mut [0; 8]).unwrap(), 1);
    assert_eq!(second.recv(&mut [0; 8]).unwrap(), 2);
    // Who is connected to another one takes nothing from us.
    second.connect(&place.0).unwrap();
    assert_eq!(sender.send_to(b"x", &other_place.0).unwrap_err().kind(), ErrorKind::PermissionDenied);
}

fn a_receiver_waits() {
    let (place, receiver, sender) = by_path();
    let clone = receiver.try_clone().unwrap();
    let waits = thread::spawn(move || clone.recv_from(&mut [0; 8]).unwrap().0);
    let_it_block();
    sender.send_to(b"late", &place.0).unwrap();
    assert_eq!(waits.join().unwrap(), 4);
    // Also for a datagram that there is no room for.
    let waits = thread::spawn(move || receiver.recv(&mut []).unwrap());
    let_it_block();
    sender.send_to(b"late", &place.0).unwrap();
    assert_eq!(waits.join().unwrap(), 0);
}

fn a_sender_waits_for_room() {
    let (place, receiver, sender) = by_path();
    sender.connect(&place.0).unwrap();
    waits_for_room(&receiver, sender, |sender| sender.send(b"x"));
    // Of a pair, the send buffer is what fills.
    let (a, b) = UnixDatagram::pair().unwrap();
    waits_for_room(&b, a, |sender| sender.send(&[0; 1000]));
}

fn a_sender_to_a_path_waits_for_room() {
    let (place, receiver, sender) = by_path();
    let path = place.0.clone();
    waits_for_room(&receiver, sender, move |sender| sender.send_to(b"x", &path));
}

fn waits_for_room(
    receiver: &UnixDatagram,
    sender: UnixDatagram,
    send: impl Fn(&UnixDatagram) -> io::Result<usize> + Send + 'static,
) {
    const MORE: usize = 300;
    sender.set_nonblocking(true).unwrap();
    let queued = fill(|| send(&sender));
    sender.set_nonblocking(false).unwrap();
    let waits = thread::spawn(move || (0..MORE).for_each(|_| assert!(send(&sender).unwrap() > 0)));
    let_it_block();
    assert!(!waits.is_finished());
    receiver.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    for _ in 0..queued + MORE {
        assert!(receiver.recv(&mut [0; 8]).unwrap() > 0);
    }
    waits.join().unwrap();
}

fn too_large_a_datagram() {
    let (place, _receiver, sender) = by_path();
    let much = vec![0; 64 << 20];
    let refused = sender.send_to(&much, &place.0).unwrap_err();
    assert_eq!(Errno::from_io_error(&refused), Some(Errno::MSGSIZE));
    sender.connect(&place.0).unwrap();
    let refused = sender.send(&much).unwrap_err();
    assert_eq!(Errno::from_io_error(&refused), Some(Errno::MSGSIZE));
}

fn timeouts_are_kept_and_shared() {
    let socket = UnixDatagram::unbound().unwrap();
    let (read, write) = (Some(Duration::from_secs(15)), Some(Duration::from_secs(410)));
    assert_eq!((socket.read_timeout().unwrap(), socket.write_timeout().unwrap()), (None, None));
    let clone = socket.try_clone().unwrap();
    socket.set_read_timeout(read).unwrap();
    socket.set_write_timeout(write).unwrap();
    assert_eq!((clone.read_timeout().unwrap(), clone.write_timeout().unwrap()), (read, write));
    for refused in
        [socket.set_read_timeout(Some(Duration::ZERO)), socket.set_write_timeout(Some(Duration::ZERO))]
    {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}

fn a_receiver_gives_up() {
    let (a, b) = UnixDatagram::pair().unwrap();
    a.set_read_timeout(Some(SHORT)).unwrap();
    must_give_up(|| a.recv(&mut [0; 8]));
    must_give_up(|| a.recv_from(&mut [0; 8]));
    must_give_up(|| a.recv(&mut []));
    b.send(b"late").unwrap();
    assert_eq!(a.recv(&mut [0; 8]).unwrap(), 4);
}

fn a_sender_gives_up() {
    let (place, receiver, sender) = by_path();
    sender.set_nonblocking(true).unwrap();
    fill(|| sender.send_to(b"x", &place.0));
    sender.set_nonblocking(false).unwrap();
    sender.set_write_timeout(Some(SHORT)).unwrap();
    must_give_up(|| sender.send_to(b"x", &place.0));
    sender.connect(&place.0).unwrap();
    must_give_up(|| sender.send(b"x"));
    must_give_up(|| sender.send(&[]));
    receiver.recv(&mut [0; 8]).unwrap();
    sender.send(b"x").unwrap();
}

fn a_socket_that_does_not_wait() {
    let (a, b) = UnixDatagram::pair().unwrap();
    a.set_nonblocking(true).unwrap();
    assert_eq!(a.try_clone().unwrap().recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(a.recv_from(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert!(fill(|| a.send(b"x")) > 0);
    b.send(b"x").unwrap();
    assert_eq!(a.recv(&mut [0; 8]).unwrap(), 1);
}

fn clones_share_the_queue() {
    let (a, b) = UnixDatagram::pair().unwrap();
    let receivers: Vec<_> = (0..2)
        .map(|_| {
            let b = b.try_clone().unwrap();
            thread::spawn(move || (0..50).map(|_| b.recv(&mut [0; 100]).unwrap()).sum::<usize>())
        })
        .collect();
    drop(b);
    (0..100).for_each(|n| assert_eq!(a.send(&[0; 100][..n]).unwrap(), n));
    let received: usize = receivers.into_iter().map(|receiver| receiver.join().unwrap()).sum();
    assert_eq!(received, (0..100).sum::<usize>());
}
