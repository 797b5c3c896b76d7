//! How long a read or write may wait.

use std::io::{self, ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use rustix::io::Errno;

use crate::harness::pair;

cases! {
    none_at_first,
    what_was_set_is_answered,
    zero_is_refused,
    a_read_gives_up,
    a_peek_gives_up,
    a_write_gives_up,
    giving_up_harms_nothing,
    clones_share_them,
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
    let (client, server) = pair();
    for stream in [client, server] {
        assert_eq!(stream.read_timeout().unwrap(), None);
        assert_eq!(stream.write_timeout().unwrap(), None);
    }
}

fn what_was_set_is_answered() {
    let (client, _server) = pair();
    let (read, write) = (Some(Duration::from_secs(15)), Some(Duration::from_secs(410)));
    client.set_read_timeout(read).unwrap();
    client.set_write_timeout(write).unwrap();
    assert_eq!(client.read_timeout().unwrap(), read);
    assert_eq!(client.write_timeout().unwrap(), write);
    client.set_read_timeout(None).unwrap();
    assert_eq!(client.read_timeout().unwrap(), None);
    assert_eq!(client.write_timeout().unwrap(), write);
}

fn zero_is_refused() {
    let (client, _server) = pair();
    for refused in [
        client.set_read_timeout(Some(Duration::ZERO)).unwrap_err(),
        client.set_write_timeout(Some(Duration::ZERO)).unwrap_err(),
    ] {
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        assert_eq!(refused.to_string(), "cannot set a 0 duration timeout");
    }
}

fn a_read_gives_up() {
    let (mut client, _server) = pair();
    client.set_read_timeout(Some(SHORT)).unwrap();
    must_give_up(|| client.read(&mut [0; 8]));
    must_give_up(|| client.read_vectored(&mut [io::IoSliceMut::new(&mut [0; 8])]));
}

fn a_peek_gives_up() {
    let (client, _server) = pair();
    client.set_read_timeout(Some(SHORT)).unwrap();
    must_give_up(|| client.peek(&mut [0; 8]));
}

fn a_write_gives_up() {
    let (mut client, _server) = pair();
    client.set_write_timeout(Some(SHORT)).unwrap();
    // More than the buffers of both ends take.
    let much = vec![0; 256 << 20];
    must_give_up(|| client.write_all(&much));
}

fn giving_up_harms_nothing() {
    let (mut client, mut server) = pair();
    server.set_read_timeout(Some(SHORT)).unwrap();
    must_give_up(|| server.read(&mut [0; 8]));
    client.write_all(b"late").unwrap();
    server.set_read_timeout(None).unwrap();
    let mut buf = [0; 4];
    server.read_exact(&mut buf).unwrap();
    assert_eq!(&buf, b"late");
}

fn clones_share_them() {
    let (client, _server) = pair();
    let mut clone = client.try_clone().unwrap();
    client.set_read_timeout(Some(SHORT)).unwrap();
    must_give_up(|| clone.read(&mut [0; 8]));
}
