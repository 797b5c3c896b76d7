//! How long a call may wait, and calls that may not.

use std::io::{self, ErrorKind};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;

use crate::harness::{let_it_block, socket, sockets};

cases! {
    none_at_first,
    what_was_set_is_answered,
    zero_is_refused,
    receives_give_up,
    giving_up_harms_nothing,
    clones_give_up_together,
    nonblocking_calls_answer_at_once,
    clones_are_nonblocking_together,
    blocking_again,
}

const SHORT: Duration = Duration::from_millis(40);

/// Runs `call`, which must give up after [`SHORT`]. The kernel rounds to its clock tick, which may be 10 ms.
fn must_give_up<T>(call: impl FnOnce() -> io::Result<T>) {
    let begun = Instant::now();
    let Err(gave_up) = call() else { panic!("must give up") };
    assert_eq!(gave_up.kind(), ErrorKind::WouldBlock);
    assert_eq!(Errno::from_io_error(&gave_up), Some(Errno::AGAIN));
    let took = begun.elapsed();
    assert!(took >= SHORT - Duration::from_millis(10), "gave up after {took:?}");
}

fn none_at_first() {
    let socket = socket();
    assert_eq!(socket.read_timeout().unwrap(), None);
    assert_eq!(socket.write_timeout().unwrap(), None);
}

fn what_was_set_is_answered() {
    let socket = socket();
    let (read, write) = (Some(Duration::from_secs(15)), Some(Duration::from_secs(410)));
    socket.set_read_timeout(read).unwrap();
    socket.set_write_timeout(write).unwrap();
    assert_eq!((socket.read_timeout().unwrap(), socket.write_timeout().unwrap()), (read, write));
    socket.set_read_timeout(None).unwrap();
    assert_eq!((socket.read_timeout().unwrap(), socket.write_timeout().unwrap()), (None, write));
}

fn zero_is_refused() {
    let socket = socket();
    socket.set_read_timeout(Some(SHORT)).unwrap();
    for refused in [
        socket.set_read_timeout(Some(Duration::ZERO)).unwrap_err(),
        socket.set_write_timeout(Some(Duration::ZERO)).unwrap_err(),
    ] {
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        assert_eq!(refused.to_string(), "cannot set a 0 duration timeout");
    }
    assert_eq!(socket.read_timeout().unwrap(), Some(SHORT));
}

fn receives_give_up() {
    let socket = socket();
    socket.set_read_timeout(Some(SHORT)).unwrap();
    must_give_up(|| socket.recv(&mut [0; 8]));
    must_give_up(|| socket.recv_from(&mut [0; 8]));
    must_give_up(|| socket.peek(&mut [0; 8]));
    must_give_up(|| socket.peek_from(&mut [0; 8]));
    must_give_up(|| socket.recv(&mut []));
}

fn giving_up_harms_nothing() {
    let (a, b) = sockets();
    b.set_read_timeout(Some(SHORT)).unwrap();
    a.set_write_timeout(Some(SHORT)).unwrap();
    must_give_up(|| b.recv(&mut [0; 8]));
    a.send(b"late").unwrap();
    b.set_read_timeout(None).unwrap();
    assert_eq!(b.recv(&mut [0; 8]).unwrap(), 4);
}

fn clones_give_up_together() {
    let socket = socket();
    let clone = socket.try_clone().unwrap();
    socket.set_read_timeout(Some(SHORT)).unwrap();
    assert_eq!(clone.read_timeout().unwrap(), Some(SHORT));
    must_give_up(|| clone.recv(&mut [0; 8]));
}

fn nonblocking_calls_answer_at_once() {
    let (a, b) = sockets();
    b.set_nonblocking(true).unwrap();
    for answer in [b.recv(&mut [0; 8]), b.peek(&mut [0; 8]), b.recv(&mut [])] {
        assert_eq!(answer.unwrap_err().kind(), ErrorKind::WouldBlock);
    }
    assert_eq!(b.recv_from(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(b.peek_from(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(b.send(b"there is room").unwrap(), 13);
    a.send(b"x").unwrap();
    assert_eq!(b.peek(&mut [0; 8]).unwrap(), 1);
    assert_eq!(b.recv_from(&mut [0; 8]).unwrap(), (1, a.local_addr().unwrap()));
}

fn clones_are_nonblocking_together() {
    let socket = socket();
    let clone = socket.try_clone().unwrap();
    clone.set_nonblocking(true).unwrap();
    assert_eq!(socket.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
}

fn blocking_again() {
    let (a, b) = sockets();
    b.set_nonblocking(true).unwrap();
    b.set_nonblocking(false).unwrap();
    let receiver = thread::spawn(move || b.recv(&mut [0; 8]).unwrap());
    let_it_block();
    assert!(!receiver.is_finished());
    a.send(b"x").unwrap();
    assert_eq!(receiver.join().unwrap(), 1);
}
