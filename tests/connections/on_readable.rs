//! Coroutines that begin when there is something to read: each begins once, none is forgotten, and until then there is no
//! stack.

use std::io::{ErrorKind, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gopark::net::{Shutdown, TcpListener, TcpStream, UdpSocket, UnixStream, on_readable};
use gopark::{chan, go};

use crate::loopback::{let_them_wait, listener, pair, reset_on_close};
use crate::policy;
use crate::random::Random;
use crate::watchdog::bounded;
use crate::workers::runtime;

const HOUR: Duration = Duration::from_secs(3600);

/// Runs `body` on one worker and on two.
fn on_runtimes(body: fn()) {
    bounded(move || {
        for workers in [1, 2] {
            runtime(workers).run(body);
        }
    });
}

/// What the first read says.
fn first_read(mut stream: TcpStream) -> Result<Vec<u8>, ErrorKind> {
    let mut buf = [0; 64];
    stream.read(&mut buf).map(|count| buf[..count].to_vec()).map_err(|error| error.kind())
}

fn started() -> u64 {
    gopark::metrics().machines.iter().map(|machine| machine.started).sum()
}

#[test]
fn begins_with_the_first_byte() {
    on_runtimes(|| {
        let (mut client, server) = pair();
        let before = started();
        let waits = on_readable(server, first_read);
        let_them_wait();
        assert!(!waits.is_finished());
        assert_eq!(started(), before, "it has no stack yet");
        client.write_all(b"now").unwrap();
        assert_eq!(waits.join().unwrap().unwrap(), b"now");
        assert_eq!(started(), before + 1);
    });
}

#[test]
fn begins_at_once_if_there_is_something() {
    on_runtimes(|| {
        let (mut client, server) = pair();
        client.write_all(b"early").unwrap();
        server.readable().unwrap();
        assert_eq!(on_readable(server, first_read).join().unwrap().unwrap(), b"early");
    });
}

/// More than the first read takes, and less: what a short read has left to be known counts.
#[test]
fn is_asked_for_again_and_again() {
    on_runtimes(|| {
        fn echo(mut stream: TcpStream) {
            let mut buf = [0; 7];
            if let Ok(count @ 1..) = stream.read(&mut buf) {
                stream.write_all(&buf[..count]).unwrap();
                on_readable(stream, echo);
            }
        }
        let (mut client, server) = pair();
        on_readable(server, echo);
        for len in [1, 7, 8, 100, 3, 7, 1] {
            let sent: Vec<u8> = (0..len).map(|i| i as u8).collect();
            let mut heard = vec![0; len];
            client.write_all(&sent).unwrap();
            client.read_exact(&mut heard).unwrap();
            assert_eq!(heard, sent);
        }
    });
}

#[test]
fn begins_with_the_end_and_with_a_reset() {
    on_runtimes(|| {
        let (client, server) = pair();
        let waits = on_readable(server, first_read);
        client.shutdown(Shutdown::Write).unwrap();
        assert_eq!(waits.join().unwrap().unwrap(), b"");

        let (client, server) = pair();
        let waits = on_readable(server, first_read);
        reset_on_close(&client);
        drop(client);
        assert_eq!(waits.join().unwrap(), Err(ErrorKind::ConnectionReset));

        let (_client, server) = pair();
        let waits = on_readable(server.try_clone().unwrap(), first_read);
        server.shutdown(Shutdown::Read).unwrap();
        assert_eq!(waits.join().unwrap().unwrap(), b"");
    });
}

#[test]
fn a_deadline_begins_it() {
    on_runtimes(|| {
        let (_client, server) = pair();
        server.set_read_deadline(Some(Instant::now() + Duration::from_millis(20))).unwrap();
        let begun = Instant::now();
        assert_eq!(on_readable(server, first_read).join().unwrap(), Err(ErrorKind::TimedOut));
        assert!(begun.elapsed() >= Duration::from_millis(15));
        assert_eq!(gopark::metrics().timers_armed, 0);
    });
}

#[test]
fn a_deadline_that_has_passed_begins_it_at_once() {
    on_runtimes(|| {
        let (_client, server) = pair();
        server.set_read_deadline(Some(Instant::now())).unwrap();
        assert_eq!(on_readable(server, first_read).join().unwrap(), Err(ErrorKind::TimedOut));
    });
}

#[test]
fn a_deadline_that_is_moved_back_begins_it() {
    on_runtimes(|| {
        for first in [None, Some(Instant::now() + HOUR)] {
            let (_client, server) = pair();
            server.set_read_deadline(first).unwrap();
            let waits = on_readable(server.try_clone().unwrap(), first_read);
            let_them_wait();
            server.set_read_deadline(Some(Instant::now())).unwrap();
            assert_eq!(waits.join().unwrap(), Err(ErrorKind::TimedOut));
        }
    });
}

/// Each message comes before the deadline, and takes its timer along.
#[test]
fn no_timer_stays_behind() {
    on_runtimes(|| {
        let (mut client, server) = pair();
        let (seen, all) = chan::unbounded();
        fn hear(mut stream: TcpStream, seen: chan::Sender<u8>) {
            let mut byte = [0];
            while stream.read(&mut byte).unwrap() == 0 {}
            seen.send(byte[0]).unwrap();
            if byte[0] < 50 {
                stream.set_read_deadline(Some(Instant::now() + HOUR)).unwrap();
                on_readable(stream, move |stream| hear(stream, seen));
            }
        }
        server.set_read_deadline(Some(Instant::now() + HOUR)).unwrap();
        on_readable(server, move |stream| hear(stream, seen));
        for byte in 0..=50 {
            client.write_all(&[byte]).unwrap();
            assert_eq!(all.recv().unwrap(), byte);
        }
        all.recv().unwrap_err();
        assert_eq!(gopark::metrics().timers_armed, 0);
    });
}

#[test]
fn a_cancellation_begins_it() {
    on_runtimes(|| {
        let (mut client, server) = pair();
        let kept = server.try_clone().unwrap();
        let waits = on_readable(server, |mut stream| stream.read(&mut [0]).unwrap_err());
        let_them_wait();
        waits.cancel();
        assert!(gopark::is_cancelled(&waits.join().unwrap()));
        // And nothing of it is left in the way of others.
        let next = on_readable(kept, first_read);
        client.write_all(b"next").unwrap();
        assert_eq!(next.join().unwrap().unwrap(), b"next");
    });
}

/// The end of a runtime drops them, and their connections.
#[test]
fn the_end_of_the_runtime_drops_it() {
    bounded(|| {
        let (mut client, server) = pair();
        let runtime = runtime(2);
        let waits = runtime.run(move || on_readable(server, first_read));
        drop(runtime);
        assert!(waits.join().unwrap_err().is::<gopark::Cancelled>());
        assert_eq!(client.read(&mut [0]).unwrap(), 0);
    });
}

#[test]
fn a_thousand_are_dropped_by_the_end() {
    bounded(|| {
        for round in 0..10 {
            let runtime = runtime(2);
            let dropped = Arc::new(AtomicUsize::new(0));
            struct Dropped(Arc<AtomicUsize>);
            impl Drop for Dropped {
                fn drop(&mut self) {
                    self.0.fetch_add(1, Ordering::Relaxed);
                }
            }
            let tells = dropped.clone();
            runtime.run(move || {
                let pairs: Vec<_> = (0..100).map(|_| UnixStream::pair().unwrap()).collect();
                for (one, other) in pairs {
                    for stream in [one, other] {
                        let dropped = Dropped(tells.clone());
                        on_readable(stream, move |_| drop(dropped));
                    }
                }
                if round % 2 == 0 {
                    let_them_wait();
                }
            });
            drop(runtime);
            assert_eq!(dropped.load(Ordering::Relaxed), 200);
        }
    });
}

#[test]
fn from_a_plain_thread() {
    bounded(|| {
        let runtime = runtime(2);
        let _entered = runtime.enter();
        let (mut client, server) = pair();
        let waits = on_readable(server, first_read);
        let late = {
            let (_client, server) = pair();
            server.set_read_deadline(Some(Instant::now() + Duration::from_millis(30))).unwrap();
            on_readable(server, move |stream| (first_read(stream), drop(_client)).0)
        };
        thread::sleep(Duration::from_millis(5));
        client.write_all(b"from a thread").unwrap();
        assert_eq!(waits.join().unwrap().unwrap(), b"from a thread");
        assert_eq!(late.join().unwrap(), Err(ErrorKind::TimedOut));
    });
}

#[test]
fn without_a_runtime_it_panics_and_says_so() {
    let (_client, server) = pair();
    let panic = catch_unwind(AssertUnwindSafe(|| on_readable(server, first_read))).map(drop).unwrap_err();
    assert!(
        panic.downcast_ref::<&str>().copied().unwrap_or_default().contains("no gopark runtime")
            || panic.downcast_ref::<String>().is_some_and(|text| text.contains("no gopark runtime"))
    );
}

#[test]
fn any_socket() {
    on_runtimes(|| {
        let (listening, address) = listener();
        let accepts = on_readable(Arc::new(listening), |listener: Arc<TcpListener>| {
            listener.accept().unwrap().0.write_all(b"in").unwrap();
        });
        let mut heard = [0; 2];
        TcpStream::connect(address).unwrap().read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"in");
        accepts.join().unwrap();

        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let receives = on_readable(Box::new(socket), |socket| socket.recv(&mut [0; 16]).unwrap());
        UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"datagram", address).unwrap();
        assert_eq!(receives.join().unwrap(), 8);
    });
}

/// All of them begin, as with one edge all who wait are woken; who finds nothing waits in its read.
#[test]
fn several_on_clones_of_one() {
    on_runtimes(|| {
        let (mut client, server) = pair();
        let one = |mut stream: TcpStream| stream.read_exact(&mut [0; 1]).unwrap();
        let waiting: Vec<_> = (0..5).map(|_| on_readable(server.try_clone().unwrap(), one)).collect();
        let reader = server.try_clone().unwrap();
        let reads = go(move || one(reader));
        let_them_wait();
        client.write_all(&[0; 6]).unwrap();
        reads.join().unwrap();
        waiting.into_iter().for_each(|one| one.join().unwrap());
    });
}

#[test]
fn what_was_given_back_counts() {
    on_runtimes(|| {
        let (mut client, server) = pair();
        client.write_all(b"given back").unwrap();
        server.readable().unwrap();
        let refused = gopark::net::copy(&mut &server, &mut &mut [0_u8; 0][..]);
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::WriteZero);
        let chosen = gopark::select! {
            readable(server) -> ready => ready.is_ok(),
            default => false,
        };
        assert!(chosen);
        assert_eq!(on_readable(server, first_read).join().unwrap().unwrap(), b"given back");
    });
}

#[test]
fn a_panic_is_the_joiners() {
    on_runtimes(|| {
        let (mut client, server) = pair();
        let waits = on_readable(server, |_| panic!("in the handler"));
        client.write_all(b"!").unwrap();
        let panic = waits.join().map(|(): ()| ()).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"in the handler"));
        // The connection was dropped, with a byte that nobody has read.
        assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    });
}

gopark::coroutine_local! {
    inherit static REQUEST: std::cell::Cell<u32> = std::cell::Cell::new(0);
}

#[test]
fn inherits_as_others_do() {
    on_runtimes(|| {
        let (mut client, server) = pair();
        REQUEST.set(7);
        let waits = on_readable(server, |_| REQUEST.get());
        REQUEST.set(8);
        client.write_all(b"!").unwrap();
        assert_eq!(waits.join().unwrap(), 7);
        REQUEST.set(0);
    });
}

/// Many connections, messages in any order, from coroutines and a plain thread: each message has its answer.
#[test]
fn a_storm() {
    const CONNECTIONS: usize = 300;
    const MESSAGES: usize = 6000;

    fn echo(mut stream: UnixStream) {
        let mut buf = [0; 4];
        match stream.read(&mut buf) {
            Ok(count @ 1..) => {
                stream.write_all(&buf[..count]).unwrap();
                on_readable(stream, echo);
            }
            end => assert_eq!(end.unwrap(), 0),
        }
    }

    bounded(|| {
        let runtime = policy::builder().workers(2).build().unwrap();
        runtime.run(|| {
            let (clients, servers): (Vec<_>, Vec<_>) =
                (0..CONNECTIONS).map(|_| UnixStream::pair().unwrap()).unzip();
            servers.into_iter().for_each(|server| drop(on_readable(server, echo)));
            let clients = Arc::new(clients);
            let talk = |clients: &[UnixStream], seed| {
                // Of each half of the connections one has the say.
                let half = &clients[seed * CONNECTIONS / 2..][..CONNECTIONS / 2];
                let mut random = Random::new(seed as u64 + 1);
                for number in 0..MESSAGES / 2 {
                    let mut client = &half[random.below(half.len())];
                    let sent = (number as u32).to_le_bytes();
                    let mut heard = [0; 4];
                    client.write_all(&sent[..2]).unwrap();
                    client.write_all(&sent[2..]).unwrap();
                    client.read_exact(&mut heard).unwrap();
                    assert_eq!(heard, sent);
                }
            };
            let theirs = clients.clone();
            let outside = thread::spawn(move || talk(&theirs, 0));
            talk(&clients, 1);
            gopark::blocking(|| outside.join().unwrap());
            drop(clients);
            while gopark::metrics().live > 1 {
                gopark::yield_now();
            }
        });
    });
}
