//! Whoever waits on a stream is woken when that side of it ends: by `shutdown` from elsewhere, by the peer's close,
//! by a reset.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::thread;

use gopark::net::TcpStream;
use gopark::{JoinHandle, go};

use crate::loopback::{let_them_wait, narrow_pair, reset_on_close};
use crate::watchdog::bounded;
use crate::workers::runtime;

/// Who ends what others wait for.
#[derive(Clone, Copy, Debug)]
enum From {
    /// A coroutine of the same worker, or of another one, as it happens.
    Coroutine,
    /// A thread that is no worker.
    Thread,
}

impl From {
    fn act(self, action: impl FnOnce() + Send + 'static) {
        match self {
            From::Coroutine => go(action).join().unwrap(),
            From::Thread => thread::spawn(action).join().unwrap(),
        }
    }
}

/// Runs `body` on one worker and on two, the end coming from here and from there.
fn everywhere(body: fn(From)) {
    bounded(move || {
        for workers in [1, 2] {
            for from in [From::Coroutine, From::Thread] {
                runtime(workers).run(|| body(from));
            }
        }
    });
}

/// A coroutine that reads until something else than data comes.
fn reader(conn: &Arc<TcpStream>) -> JoinHandle<Result<usize, ErrorKind>> {
    let conn = conn.clone();
    go(move || {
        let mut buf = [0; 1 << 12];
        loop {
            match (&*conn).read(&mut buf) {
                Ok(1..) => {}
                end => return end.map_err(|error| error.kind()),
            }
        }
    })
}

/// A coroutine that writes until that fails.
fn writer(conn: &Arc<TcpStream>) -> JoinHandle<ErrorKind> {
    let conn = conn.clone();
    go(move || {
        loop {
            if let Err(error) = (&*conn).write(&[0; 1 << 12]) {
                return error.kind();
            }
        }
    })
}

fn shared_pair() -> (Arc<TcpStream>, Arc<TcpStream>) {
    let (a, b) = narrow_pair();
    (Arc::new(a), Arc::new(b))
}

#[test]
fn a_reader() {
    everywhere(|from| {
        for how in [Shutdown::Read, Shutdown::Both] {
            let (a, _b) = shared_pair();
            let waits = reader(&a);
            let_them_wait();
            from.act(move || a.shutdown(how).unwrap());
            assert_eq!(waits.join().unwrap(), Ok(0), "{how:?} by a {from:?}");
        }
    });
}

#[test]
fn a_writer() {
    everywhere(|from| {
        for how in [Shutdown::Write, Shutdown::Both] {
            let (a, _b) = shared_pair();
            let waits = writer(&a);
            let_them_wait();
            from.act(move || a.shutdown(how).unwrap());
            assert_eq!(waits.join().unwrap(), ErrorKind::BrokenPipe, "{how:?} by a {from:?}");
        }
    });
}

/// Both directions at once, several in each.
#[test]
fn everybody() {
    everywhere(|from| {
        let (a, _b) = shared_pair();
        let readers = [reader(&a), reader(&a), reader(&a)];
        let writers = [writer(&a), writer(&a), writer(&a)];
        let_them_wait();
        from.act(move || a.shutdown(Shutdown::Both).unwrap());
        readers.into_iter().for_each(|reader| assert_eq!(reader.join().unwrap(), Ok(0)));
        writers.into_iter().for_each(|writer| assert_eq!(writer.join().unwrap(), ErrorKind::BrokenPipe));
    });
}

/// Only the side that was shut down: the other one goes on waiting, and working.
#[test]
fn nobody_of_the_other_side() {
    everywhere(|from| {
        let (a, b) = shared_pair();
        let reads = reader(&a);
        let writes = writer(&a);
        let_them_wait();
        let same = a.clone();
        from.act(move || same.shutdown(Shutdown::Write).unwrap());
        assert_eq!(writes.join().unwrap(), ErrorKind::BrokenPipe);
        let_them_wait();
        assert!(!reads.is_finished(), "the reader was not meant");
        (&*b).write_all(b"still there").unwrap();
        b.shutdown(Shutdown::Write).unwrap();
        assert_eq!(reads.join().unwrap(), Ok(0));
    });
}

#[test]
fn all_readers_by_the_close_of_the_peer() {
    everywhere(|from| {
        let (a, b) = shared_pair();
        let readers = [reader(&a), reader(&a), reader(&a), reader(&a)];
        let_them_wait();
        from.act(move || drop(b));
        readers.into_iter().for_each(|reader| assert_eq!(reader.join().unwrap(), Ok(0)));
    });
}

#[test]
fn everybody_by_a_reset() {
    everywhere(|from| {
        let (a, b) = shared_pair();
        let readers = [reader(&a), reader(&a)];
        let writers = [writer(&a), writer(&a)];
        let_them_wait();
        from.act(move || {
            reset_on_close(&*b);
            drop(b);
        });
        // The first to ask takes the error with it; the others find the connection ended.
        let errors = [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
        for reader in readers {
            let end = reader.join().unwrap();
            assert!(end == Ok(0) || end == Err(ErrorKind::ConnectionReset), "{end:?}");
        }
        for writer in writers {
            let end = writer.join().unwrap();
            assert!(errors.contains(&end), "{end:?}");
        }
    });
}
