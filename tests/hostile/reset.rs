//! Connections that the peer breaks off, by RST instead of FIN, whatever the server is doing with them: it hears of it
//! at once, and once.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{self, Shutdown};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use gopark::chan::never;
use gopark::net::TcpStream;
use gopark::{is_cancelled, select};

use crate::eventually::eventually;
use crate::loopback::{listener, narrow_pair, pair, reset_on_close};
use crate::survives::{survives, until_they_wait};

/// What the server is in the middle of.
struct State {
    name: &'static str,
    /// What has happened before: to the server's end, which comes first, and to the peer's.
    before: fn(&TcpStream, &TcpStream),
    /// The call that waits.
    call: fn(&TcpStream) -> io::Result<usize>,
    /// What that is told.
    told: &'static [ErrorKind],
}

const READ: &[ErrorKind] = &[ErrorKind::ConnectionReset];
const WRITE: &[ErrorKind] = &[ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];

const STATES: [State; 10] = [
    State { name: "read", before: nothing, call: read, told: READ },
    State {
        name: "read with a timeout",
        before: |near, _| near.set_read_timeout(Some(Duration::from_secs(3600))).unwrap(),
        call: read,
        told: READ,
    },
    State { name: "peek", before: nothing, call: |near| near.peek(&mut [0; 8]), told: READ },
    State { name: "read of what comes behind something", before: a_word, call: read_twice, told: READ },
    State {
        name: "read after the end of the own half",
        before: |near, _| near.shutdown(Shutdown::Write).unwrap(),
        call: read,
        told: READ,
    },
    State { name: "write", before: nothing, call: write_on, told: WRITE },
    State {
        name: "write after the end of the peer's half",
        before: |near, far| {
            far.shutdown(Shutdown::Write).unwrap();
            assert_eq!(read(near).unwrap(), 0);
        },
        call: write_on,
        told: WRITE,
    },
    State { name: "select! readable", before: nothing, call: read_when_readable, told: READ },
    State { name: "select! writable", before: fill, call: write_when_writable, told: WRITE },
    State {
        name: "select! of both",
        before: fill,
        call: |near| loop {
            select! {
                readable(near) -> ready => ready.and_then(|()| read(near))?,
                writable(near) -> ready => ready.and_then(|()| write(near))?,
            };
        },
        told: WRITE,
    },
];

fn nothing(_: &TcpStream, _: &TcpStream) {}

fn a_word(_: &TcpStream, mut far: &TcpStream) {
    far.write_all(b"word").unwrap();
}

fn fill(near: &TcpStream, _: &TcpStream) {
    near.set_nonblocking(true).unwrap();
    while write(near).is_ok() {}
    near.set_nonblocking(false).unwrap();
}

fn read(mut near: &TcpStream) -> io::Result<usize> {
    near.read(&mut [0; 64])
}

/// The first count is short, so the second call need not ask before it waits.
fn read_twice(near: &TcpStream) -> io::Result<usize> {
    assert_eq!(read(near).unwrap(), 4);
    read(near)
}

fn write(mut near: &TcpStream) -> io::Result<usize> {
    near.write(&[7; 1 << 12])
}

fn write_on(near: &TcpStream) -> io::Result<usize> {
    loop {
        write(near)?;
    }
}

fn read_when_readable(near: &TcpStream) -> io::Result<usize> {
    select! {
        readable(near) -> ready => ready.and_then(|()| read(near)),
        recv(never::<()>()) -> _ => unreachable!(),
    }
}

fn write_when_writable(near: &TcpStream) -> io::Result<usize> {
    // The kernel may find room for a little more than it said at first.
    loop {
        select! {
            writable(near) -> ready => ready.and_then(|()| write(near))?,
            recv(never::<()>()) -> _ => unreachable!(),
        };
    }
}

/// The error has been told; what is left is an end that does not wait.
fn is_over(near: &TcpStream) {
    for _ in 0..2 {
        let rest = read(near).map_err(|error| error.kind());
        assert!(matches!(rest, Ok(0) | Err(ErrorKind::ConnectionReset)), "{rest:?}");
        let refused = write(near).unwrap_err().kind();
        assert!(WRITE.contains(&refused), "{refused:?}");
    }
}

#[test]
fn in_the_middle_of_a_call() {
    const CONNECTIONS: usize = 30;
    survives(in_the_middle_of_a_call, |runtime| {
        for State { name, before, call, told } in STATES {
            let pairs: Vec<_> = (0..CONNECTIONS).map(|_| narrow_pair()).collect();
            pairs.iter().for_each(|(near, far)| before(near, far));
            let (servers, peers): (Vec<_>, Vec<_>) = until_they_wait(runtime, CONNECTIONS, || {
                let serve = |near: TcpStream| runtime.spawn(move || (call(&near), is_over(&near)).0);
                pairs.into_iter().map(|(near, far)| (serve(near), far)).unzip()
            });
            assert!(servers.iter().all(|server| !server.is_finished()), "{name}: nothing has happened yet");
            peers.iter().for_each(reset_on_close);
            drop(peers);
            for server in servers {
                let error = server.join().unwrap().unwrap_err();
                assert!(told.contains(&error.kind()), "{name}: {error}");
            }
        }
    });
}

/// Between two calls: the next one says so, be it a read or a write.
#[test]
fn between_two_calls() {
    survives(between_two_calls, |runtime| {
        for next in [read, write] {
            for has_waited in [false, true] {
                let (near, mut far) = pair();
                if has_waited {
                    far.write_all(b"word").unwrap();
                }
                let near =
                    runtime.spawn(move || (has_waited.then(|| read(&near).unwrap()), near).1).join().unwrap();
                reset_on_close(&far);
                drop(far);
                runtime
                    .spawn(move || {
                        let told = next(&near).unwrap_err().kind();
                        assert!(WRITE.contains(&told), "{told:?}");
                        is_over(&near);
                    })
                    .join()
                    .unwrap();
            }
        }
    });
}

/// In the queue of the listener: accept still gives them out, and what they have to say can be read before the error.
#[test]
fn before_they_are_accepted() {
    const CONNECTIONS: usize = 100;
    survives(before_they_are_accepted, |runtime| {
        let (listener, address) = listener();
        for words in [&b""[..], b"last words"] {
            for _ in 0..CONNECTIONS {
                let mut client = net::TcpStream::connect(address).unwrap();
                client.write_all(words).unwrap();
                reset_on_close(&client);
            }
            let listener = listener.try_clone().unwrap();
            let server = runtime.spawn(move || {
                for _ in 0..CONNECTIONS {
                    match listener.accept() {
                        Ok((conn, _)) => ends_with_a_reset(&conn, words),
                        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionAborted, "{error}"),
                    }
                }
            });
            server.join().unwrap();
        }
    });
}

/// What is read is the beginning of `words`, and then comes the error, and not the end.
fn ends_with_a_reset(mut conn: &TcpStream, words: &[u8]) {
    let (mut heard, mut buf) = (Vec::new(), [0; 64]);
    let end = loop {
        match conn.read(&mut buf) {
            Ok(count @ 1..) => heard.extend_from_slice(&buf[..count]),
            end => break end.map_err(|error| error.kind()),
        }
    };
    assert_eq!(end, Err(ErrorKind::ConnectionReset), "after {heard:?}");
    assert!(words.starts_with(&heard), "{heard:?}");
}

/// While others are being accepted: none is counted twice or not at all, and the honest are served.
#[test]
fn while_they_are_accepted() {
    const THREADS: usize = 4;
    const EACH: usize = 250;
    survives(while_they_are_accepted, |runtime| {
        let (listener, address) = listener();
        let came = Arc::new(AtomicUsize::new(0));
        let count = came.clone();
        let server = runtime.spawn(move || {
            loop {
                let (mut conn, _) = match listener.accept() {
                    Ok(accepted) => accepted,
                    Err(error) if is_cancelled(&error) => return,
                    Err(error) => panic!("an accept loop that fails: {error}"),
                };
                count.fetch_add(1, SeqCst);
                gopark::go(move || {
                    let mut word = [0; 5];
                    // Else it was broken off.
                    if conn.read_exact(&mut word).is_ok() {
                        let _ = conn.write_all(&word);
                    }
                });
            }
        });
        let honest = || {
            let mut client = net::TcpStream::connect(address).unwrap();
            client.write_all(b"hello").unwrap();
            client.read_exact(&mut [0; 5]).unwrap();
            reset_on_close(&client);
        };
        thread::scope(|scope| {
            for thread in 0..THREADS {
                scope.spawn(move || {
                    for number in 0..EACH {
                        let mut client = net::TcpStream::connect(address).unwrap();
                        reset_on_close(&client);
                        client.write_all(&b"hello"[..(number + thread) % 6]).unwrap();
                    }
                });
            }
            (0..EACH).for_each(|_| honest());
        });
        let all = (THREADS + 1) * EACH;
        eventually("everybody was accepted", || came.load(SeqCst) >= all);
        honest();
        server.cancel();
        server.join().unwrap();
        assert_eq!(came.load(SeqCst), all + 1);
    });
}

/// Data and reset follow so closely that both come in one edge, after which there is no other. The reader gets a
/// part of the data or all, then the error; it never waits for more.
#[test]
fn right_behind_the_data() {
    const ROUNDS: usize = 600;
    survives(right_behind_the_data, |runtime| {
        let readers: Vec<_> = (0..ROUNDS)
            .map(|round| {
                let (mut near, mut far) = pair();
                // What the peer has not read when it closes makes a reset of the close.
                let by_unread = round % 2 == 0;
                if by_unread {
                    near.write_all(b"unread").unwrap();
                } else {
                    reset_on_close(&far);
                }
                let reader = runtime.spawn(move || ends_with_a_reset(&near, b"last words"));
                // It is not there yet, or waits, or is about to.
                match round % 3 {
                    0 => {}
                    1 => thread::yield_now(),
                    _ => thread::sleep(Duration::from_micros(200)),
                }
                far.write_all(b"last words").unwrap();
                reader
            })
            .collect();
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
}
