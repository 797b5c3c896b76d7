//! Unix sockets of coroutines: many at once, a queue that is full, and calls that are ended from elsewhere.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use gopark::net::{UnixDatagram, UnixListener, UnixStream};
use gopark::{JoinHandle, go};

use crate::loopback::let_them_wait;
use crate::place::Place;
use crate::watchdog::bounded;
use crate::workers::runtime;

/// Runs `body` on one worker and on two.
fn in_coroutines(body: fn()) {
    bounded(move || [1, 2].into_iter().for_each(|workers| runtime(workers).run(body)));
}

const COROUTINES: usize = 200;

fn echo(stream: UnixStream) -> JoinHandle<u64> {
    go(move || io::copy(&mut &stream, &mut &stream).unwrap())
}

/// Writes and reads back what tells this stream from others.
fn talk(mut stream: UnixStream, number: usize) {
    for round in 0..10 {
        let said = [(number + round) as u8; 300];
        stream.write_all(&said).unwrap();
        let mut heard = [0; 300];
        stream.read_exact(&mut heard).unwrap();
        assert_eq!(heard, said);
    }
}

#[test]
fn echo_over_a_path() {
    in_coroutines(|| {
        let place = Place::new();
        let listener = UnixListener::bind(&place.0).unwrap();
        let server = go(move || {
            let echoes: Vec<_> =
                listener.incoming().take(COROUTINES).map(|stream| echo(stream.unwrap())).collect();
            echoes.into_iter().for_each(|echo| assert_eq!(echo.join().unwrap(), 3000));
        });
        let clients: Vec<_> = (0..COROUTINES)
            .map(|number| {
                let path = place.0.clone();
                go(move || talk(UnixStream::connect(path).unwrap(), number))
            })
            .collect();
        clients.into_iter().for_each(|client| client.join().unwrap());
        server.join().unwrap();
    });
}

#[test]
fn echo_over_pairs() {
    in_coroutines(|| {
        let talks: Vec<_> = (0..COROUTINES)
            .map(|number| {
                let (here, there) = UnixStream::pair().unwrap();
                (echo(there), go(move || talk(here, number)))
            })
            .collect();
        for (echo, talk) in talks {
            talk.join().unwrap();
            assert_eq!(echo.join().unwrap(), 3000);
        }
    });
}

#[test]
fn datagrams_of_many_to_one() {
    in_coroutines(|| {
        let place = Place::new();
        let receiver = UnixDatagram::bind(&place.0).unwrap();
        let senders: Vec<_> = (0..COROUTINES)
            .map(|number| {
                let path = place.0.clone();
                go(move || {
                    let socket = UnixDatagram::unbound().unwrap();
                    // Half of them are told when there is room, and half have to ask.
                    if number % 2 == 0 {
                        socket.connect(&path).unwrap();
                        (0..10).for_each(|_| assert_eq!(socket.send(&[1; 10]).unwrap(), 10));
                    } else {
                        (0..10).for_each(|_| assert_eq!(socket.send_to(&[1; 10], &path).unwrap(), 10));
                    }
                })
            })
            .collect();
        for _ in 0..10 * COROUTINES {
            assert_eq!(receiver.recv(&mut [0; 64]).unwrap(), 10);
        }
        senders.into_iter().for_each(|sender| sender.join().unwrap());
    });
}

/// A listener whose queue is full, and who stands in it.
fn overfull(place: &Place) -> (UnixListener, Vec<UnixStream>) {
    let listener = UnixListener::bind(&place.0).unwrap();
    // SAFETY: the descriptor is open; listen(2) again only sets how long the queue may become.
    let set = unsafe { libc::listen(std::os::fd::AsRawFd::as_raw_fd(&listener), 1) };
    assert_eq!(set, 0);
    let queued = (0..2).map(|_| UnixStream::connect(&place.0).unwrap()).collect();
    (listener, queued)
}

#[test]
fn a_connect_waits_for_room_in_the_queue() {
    in_coroutines(|| {
        let place = Place::new();
        let (listener, _queued) = overfull(&place);
        let path = place.0.clone();
        let connect = go(move || UnixStream::connect(path));
        let_them_wait();
        assert!(!connect.is_finished());
        listener.accept().unwrap();
        connect.join().unwrap().unwrap().write_all(b"x").unwrap();
    });
}

type Call = Box<dyn FnOnce() -> io::Error + Send>;

/// Calls that wait until they are ended from elsewhere.
fn endless(place: &Place) -> Vec<Call> {
    let path = place.0.clone();
    let (full, queued) = overfull(place);
    let quiet = UnixListener::bind("").unwrap();
    let (stream, far_stream) = UnixStream::pair().unwrap();
    let (narrow, far_narrow) = UnixStream::pair().unwrap();
    let (datagram, far_datagram) = UnixDatagram::pair().unwrap();
    let (crowded, far_crowded) = UnixDatagram::pair().unwrap();
    vec![
        Box::new(move || {
            let _there = (full, queued);
            UnixStream::connect(path).unwrap_err()
        }),
        Box::new(move || quiet.accept().unwrap_err()),
        Box::new(move || {
            let _there = far_stream;
            (&stream).read(&mut [0; 8]).unwrap_err()
        }),
        Box::new(move || {
            let _there = far_narrow;
            until_refused(|| (&narrow).write(&[0; 1 << 12]))
        }),
        Box::new(move || {
            let _there = far_datagram;
            datagram.recv(&mut [0; 8]).unwrap_err()
        }),
        Box::new(move || {
            let _there = far_crowded;
            until_refused(|| crowded.send(&[0; 1 << 10]))
        }),
    ]
}

/// Calls until the first error, which is the result.
fn until_refused(mut call: impl FnMut() -> io::Result<usize>) -> io::Error {
    loop {
        if let Err(refused) = call() {
            return refused;
        }
    }
}

#[test]
fn cancel_ends_them() {
    in_coroutines(|| {
        let place = Place::new();
        let calls: Vec<_> = endless(&place).into_iter().map(go).collect();
        let_them_wait();
        for call in calls {
            assert!(!call.is_finished());
            call.cancel();
            let ended = call.join().unwrap();
            assert!(ended.get_ref().is_some_and(|why| why.is::<gopark::Cancelled>()), "{ended:?}");
        }
    });
}

#[test]
fn with_timeout_ends_them() {
    const SHORT: Duration = Duration::from_millis(30);
    in_coroutines(|| {
        let place = Place::new();
        let begun = Instant::now();
        let calls: Vec<_> =
            endless(&place).into_iter().map(|call| go(move || gopark::with_timeout(SHORT, call))).collect();
        for call in calls {
            let ended = call.join().unwrap();
            assert_eq!(ended.kind(), ErrorKind::TimedOut, "{ended:?}");
            assert!(begun.elapsed() >= SHORT);
        }
    });
}

#[test]
fn shutdown_wakes_reader_and_writer() {
    in_coroutines(|| {
        let (here, _there) = UnixStream::pair().unwrap();
        let (mut reads, mut writes) = (here.try_clone().unwrap(), here.try_clone().unwrap());
        let reader = go(move || reads.read(&mut [0; 8]).unwrap());
        let writer = go(move || until_refused(|| writes.write(&[0; 1 << 12])).kind());
        let_them_wait();
        here.shutdown(Shutdown::Write).unwrap();
        assert_eq!(writer.join().unwrap(), ErrorKind::BrokenPipe);
        assert!(!reader.is_finished(), "the reader was not meant");
        here.shutdown(Shutdown::Read).unwrap();
        assert_eq!(reader.join().unwrap(), 0);
    });
}

#[test]
fn select_over_a_stream_and_a_channel() {
    in_coroutines(|| {
        let (here, there) = UnixStream::pair().unwrap();
        let (tell, told) = gopark::chan::bounded::<u8>(0);
        let other = go(move || {
            tell.send(7).unwrap();
            let_them_wait();
            (&there).write_all(b"x").unwrap();
            (there, tell)
        });
        let mut seen = Vec::new();
        for _ in 0..2 {
            gopark::select! {
                readable(&here) -> ready => {
                    ready.unwrap();
                    let mut byte = [0];
                    (&here).read_exact(&mut byte).unwrap();
                    seen.push(byte[0]);
                }
                recv(told) -> value => seen.push(value.unwrap()),
            }
        }
        assert_eq!(seen, [7, b'x']);
        drop(other.join().unwrap());
    });
}
