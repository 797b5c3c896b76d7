//! Bytes that arrive: all of them, in order, once.

use std::io::{IoSlice, IoSliceMut, Read, Write};
use std::thread;
use std::time::Duration;

use crate::harness::{let_it_block, pair};

cases! {
    what_is_written_is_read,
    a_reader_waits_for_data,
    nothing_to_move_is_moved_at_once,
    peek_leaves_the_data,
    peek_waits_for_data,
    vectored_calls_keep_the_order,
    a_vectored_read_stops_at_what_is_there,
    more_buffers_than_the_kernel_takes,
    megabytes_both_ways,
    data_and_end_in_one_go,
    a_shared_reference_suffices,
}

fn what_is_written_is_read() {
    let (mut client, mut server) = pair();
    client.write_all(b"there").unwrap();
    let mut buf = [0; 5];
    server.read_exact(&mut buf).unwrap();
    assert_eq!(&buf, b"there");
    server.write_all(b"back").unwrap();
    client.read_exact(&mut buf[..4]).unwrap();
    assert_eq!(&buf[..4], b"back");
    client.flush().unwrap();
}

fn a_reader_waits_for_data() {
    let (mut client, mut server) = pair();
    let reader = thread::spawn(move || {
        let mut buf = [0; 8];
        let n = server.read(&mut buf).unwrap();
        buf[..n].to_vec()
    });
    let_it_block();
    client.write_all(b"late").unwrap();
    assert_eq!(reader.join().unwrap(), b"late");
}

fn nothing_to_move_is_moved_at_once() {
    let (mut client, _server) = pair();
    assert_eq!(client.read_vectored(&mut []).unwrap(), 0);
    assert_eq!(client.read_vectored(&mut [IoSliceMut::new(&mut [])]).unwrap(), 0);
    assert_eq!(client.write(&[]).unwrap(), 0);
    assert_eq!(client.write_vectored(&[]).unwrap(), 0);
    assert_eq!(client.write_vectored(&[IoSlice::new(&[])]).unwrap(), 0);
}

fn peek_leaves_the_data() {
    let (mut client, mut server) = pair();
    client.write_all(b"abc").unwrap();
    let mut buf = [0; 2];
    for _ in 0..2 {
        assert_eq!(server.peek(&mut buf).unwrap(), 2);
        assert_eq!(&buf, b"ab");
    }
    assert_eq!(server.peek(&mut [0; 8]).unwrap(), 3);
    let mut buf = [0; 3];
    server.read_exact(&mut buf).unwrap();
    assert_eq!(&buf, b"abc");
}

fn peek_waits_for_data() {
    let (mut client, mut server) = pair();
    let peeker = thread::spawn(move || {
        let mut buf = [0; 4];
        assert_eq!(server.peek(&mut buf).unwrap(), 1);
        // The short count of a peek must not be taken for a drained buffer.
        assert_eq!(server.read(&mut buf).unwrap(), 1);
        assert_eq!(server.peek(&mut buf).unwrap(), 0);
    });
    let_it_block();
    client.write_all(b"x").unwrap();
    let_it_block();
    drop(client);
    peeker.join().unwrap();
}

fn vectored_calls_keep_the_order() {
    let (mut client, mut server) = pair();
    let sent = client.write_vectored(&[IoSlice::new(b"a"), IoSlice::new(b""), IoSlice::new(b"bcd")]);
    assert_eq!(sent.unwrap(), 4);
    let (mut first, mut second, mut third) = ([0; 2], [0; 0], [0; 2]);
    let mut bufs = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second), IoSliceMut::new(&mut third)];
    assert_eq!(server.read_vectored(&mut bufs).unwrap(), 4);
    assert_eq!((&first, &third), (b"ab", b"cd"));
}

fn a_vectored_read_stops_at_what_is_there() {
    let (mut client, mut server) = pair();
    client.write_all(b"abc").unwrap();
    let (mut first, mut second) = ([0; 2], [9; 4]);
    let mut bufs = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
    assert_eq!(server.read_vectored(&mut bufs).unwrap(), 3);
    assert_eq!((&first, &second), (b"ab", &[b'c', 9, 9, 9]));
}

fn more_buffers_than_the_kernel_takes() {
    let (mut client, mut server) = pair();
    let slices = vec![IoSlice::new(b"x"); 3000];
    let sent = client.write_vectored(&slices).unwrap();
    assert!((1..=3000).contains(&sent));

    let mut bytes = vec![0; 3000];
    let mut bufs: Vec<_> = bytes.chunks_mut(1).map(IoSliceMut::new).collect();
    let received = server.read_vectored(&mut bufs).unwrap();
    assert!((1..=sent).contains(&received));
    assert!(bytes[..received].iter().all(|b| *b == b'x'));
}

fn megabytes_both_ways() {
    // Not a power of two, so that a lost or repeated piece shifts what follows.
    let sent: Vec<u8> = (0..3_000_017_u32).map(|i| (i % 251) as u8).collect();
    let (mut client, server) = pair();
    let echo = thread::spawn(move || {
        let (mut from, mut to) = (&server, &server);
        let mut buf = vec![0; 4096];
        loop {
            match from.read(&mut buf).unwrap() {
                0 => return,
                n => to.write_all(&buf[..n]).unwrap(),
            }
        }
    });
    let mut reader = client.try_clone().unwrap();
    let receiver = thread::spawn(move || {
        let mut received = Vec::new();
        reader.read_to_end(&mut received).unwrap();
        received
    });
    client.write_all(&sent).unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    echo.join().unwrap();
    assert!(receiver.join().unwrap() == sent, "what came back differs");
}

fn data_and_end_in_one_go() {
    // The end of a stream that arrives together with its last data gets no event of its own: a reader that waits
    // after a short read would wait for ever.
    for _ in 0..50 {
        let (mut client, mut server) = pair();
        server.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let reader = thread::spawn(move || {
            let (mut buf, mut read) = ([0; 1024], Vec::new());
            loop {
                match server.read(&mut buf).unwrap() {
                    0 => return read,
                    n => read.extend_from_slice(&buf[..n]),
                }
            }
        });
        client.write_all(b"last words").unwrap();
        drop(client);
        assert_eq!(reader.join().unwrap(), b"last words");
    }
}

fn a_shared_reference_suffices() {
    let (client, server) = pair();
    (&client).write_all(b"1").unwrap();
    let mut buf = [0; 1];
    (&server).read_exact(&mut buf).unwrap();
    assert_eq!((&server).write_vectored(&[IoSlice::new(&buf)]).unwrap(), 1);
    assert_eq!((&client).read_vectored(&mut [IoSliceMut::new(&mut buf)]).unwrap(), 1);
    assert_eq!(&buf, b"1");
}
