//! Where Unix sockets are found, and what can be wrong there: a file that is no socket, or that of a listener that is
//! gone, or gone although the listener is not; names that cannot be; queues that are full.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;
use std::{env, fs, process};

use gopark::net::{UnixDatagram, UnixListener, UnixStream};
use gopark::{is_cancelled, is_timeout, with_timeout};

use crate::survives::{survives, until_they_wait};

/// A folder of its own, and nothing of it is left when this is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("gopark-hostile-{}-{}", process::id(), NEXT.fetch_add(1, Relaxed));
        let folder = env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        Folder(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What fails gives its descriptor back, as often as it is tried.
#[test]
fn what_cannot_be_is_refused() {
    survives(what_cannot_be_is_refused, |runtime| {
        let folder = Folder::new();
        let (stale, taken, plain) = (folder.path("stale"), folder.path("taken"), folder.path("plain"));
        drop(UnixListener::bind(&stale).unwrap());
        let listener = UnixListener::bind(&taken).unwrap();
        fs::write(&plain, "no socket").unwrap();
        let long = PathBuf::from("x".repeat(108));
        let zero = PathBuf::from("a\0b");
        let (missing, inside) = (folder.path("missing"), folder.path("no/such/folder"));
        let refusals = runtime.spawn(move || {
            use ErrorKind::{AddrInUse, ConnectionRefused, InvalidInput, NotADirectory, NotFound};
            for _ in 0..50 {
                for (path, bind, connect) in [
                    (&stale, AddrInUse, ConnectionRefused),
                    (&plain, AddrInUse, ConnectionRefused),
                    (&long, InvalidInput, InvalidInput),
                    (&zero, InvalidInput, InvalidInput),
                    (&inside, NotFound, NotFound),
                    (&plain.join("inside"), NotADirectory, NotADirectory),
                ] {
                    assert_eq!(UnixListener::bind(path).unwrap_err().kind(), bind, "{path:?}");
                    assert_eq!(UnixDatagram::bind(path).unwrap_err().kind(), bind, "{path:?}");
                    assert_eq!(UnixStream::connect(path).unwrap_err().kind(), connect, "{path:?}");
                    let datagram = UnixDatagram::unbound().unwrap();
                    assert_eq!(datagram.connect(path).unwrap_err().kind(), connect, "{path:?}");
                    assert_eq!(datagram.send_to(b"x", path).unwrap_err().kind(), connect, "{path:?}");
                }
                assert_eq!(UnixStream::connect(&missing).unwrap_err().kind(), NotFound);
                // Somebody is there, but of another kind.
                assert_eq!(UnixListener::bind(&taken).unwrap_err().kind(), AddrInUse);
                let datagram = UnixDatagram::unbound().unwrap();
                let refused = datagram.connect(&taken).unwrap_err();
                assert_eq!(refused.raw_os_error(), Some(libc::EPROTOTYPE), "{refused}");
            }
        });
        refusals.join().unwrap();
        drop(listener);
    });
}

/// Its clients find another listener at the path, or none; those who were there before are served by the old one.
#[test]
fn a_listener_whose_file_is_gone() {
    survives(a_listener_whose_file_is_gone, |runtime| {
        let folder = Folder::new();
        let path = folder.path("socket");
        let old = UnixListener::bind(&path).unwrap();
        let early: Vec<_> = (0..10).map(|_| UnixStream::connect(&path).unwrap()).collect();
        fs::remove_file(&path).unwrap();
        assert_eq!(UnixStream::connect(&path).unwrap_err().kind(), ErrorKind::NotFound);
        let new = UnixListener::bind(&path).unwrap();
        let late: Vec<_> = (0..10).map(|_| UnixStream::connect(&path).unwrap()).collect();

        let serve = |listener: UnixListener, word: &'static [u8]| {
            runtime.spawn(move || (0..10).for_each(|_| listener.accept().unwrap().0.write_all(word).unwrap()))
        };
        let servers = [serve(old, b"old"), serve(new, b"new")];
        for (clients, word) in [(early, "old"), (late, "new")] {
            for mut client in clients {
                let mut heard = String::new();
                client.read_to_string(&mut heard).unwrap();
                assert_eq!(heard, word);
            }
        }
        servers.into_iter().for_each(|server| server.join().unwrap());
    });
}

/// Abstract names have no file: they are free as soon as the last handle is gone, and not before.
#[test]
fn an_abstract_name_is_free_again_at_once() {
    survives(an_abstract_name_is_free_again_at_once, |runtime| {
        let name = |number: usize| {
            // With bytes that no path can have.
            let name = [format!("gopark-hostile-{}-{number}", process::id()).as_bytes(), b"\0\xff"].concat();
            SocketAddr::from_abstract_name(name).unwrap()
        };
        let owners: Vec<_> = (0..4)
            .map(|number| {
                let name = name(number);
                runtime.spawn(move || {
                    for round in 0..200 {
                        let listener = UnixListener::bind_addr(&name).unwrap();
                        let clone = listener.try_clone().unwrap();
                        let mut client = UnixStream::connect_addr(&name).unwrap();
                        drop(listener);
                        assert_eq!(UnixListener::bind_addr(&name).unwrap_err().kind(), ErrorKind::AddrInUse);
                        let server = gopark::go(move || clone.accept().unwrap().0.write_all(b"x"));
                        if round % 2 == 0 {
                            client.read_exact(&mut [0]).unwrap();
                        }
                        server.join().unwrap().unwrap();
                        let gone = UnixStream::connect_addr(&name).unwrap_err();
                        assert_eq!(gone.kind(), ErrorKind::ConnectionRefused);
                    }
                })
            })
            .collect();
        owners.into_iter().for_each(|owner| owner.join().unwrap());
    });
}

/// A listener whose queue is full, with those who stand in it.
fn overfull(path: &PathBuf) -> (UnixListener, Vec<UnixStream>) {
    let listener = UnixListener::bind(path).unwrap();
    // SAFETY: the descriptor is open; listen(2) again only sets how long the queue may become.
    assert_eq!(unsafe { libc::listen(listener.as_raw_fd(), 1) }, 0);
    let queued = (0..2).map(|_| UnixStream::connect(path).unwrap()).collect();
    (listener, queued)
}

/// A crowd stands before the queue. Some have a deadline, some are cancelled; each of the others gets in.
#[test]
fn a_crowd_before_a_full_queue() {
    const CROWD: usize = 60;
    const SHORT: Duration = Duration::from_millis(30);
    survives(a_crowd_before_a_full_queue, |runtime| {
        let folder = Folder::new();
        let path = folder.path("socket");
        let (listener, queued) = overfull(&path);
        let connects: Vec<_> = until_they_wait(runtime, CROWD, || {
            (0..CROWD)
                .map(|number| {
                    let path = path.clone();
                    runtime.spawn(move || {
                        let mut stream = match number % 3 {
                            0 => with_timeout(SHORT, || UnixStream::connect(path))?,
                            _ => UnixStream::connect(path)?,
                        };
                        stream.read_exact(&mut [0; 7])?;
                        io::Result::Ok(())
                    })
                })
                .collect()
        });
        let mut entering = 0;
        for (number, connect) in connects.iter().enumerate() {
            match number % 3 {
                0 => assert!(connect.join_timeout(Duration::from_secs(60)), "its deadline has passed"),
                1 => connect.cancel(),
                _ => entering += 1,
            }
        }
        let cancelled = connects.iter().skip(1).step_by(3);
        cancelled
            .for_each(|connect| assert!(connect.join_timeout(Duration::from_secs(60)), "it was cancelled"));
        let count = queued.len() + entering;
        let server = runtime.spawn(move || {
            (0..count).for_each(|_| listener.accept().unwrap().0.write_all(b"welcome").unwrap());
        });
        for (number, connect) in connects.into_iter().enumerate() {
            let told = connect.join().unwrap();
            match number % 3 {
                0 => assert!(is_timeout(&told.unwrap_err())),
                1 => assert!(is_cancelled(&told.unwrap_err())),
                _ => told.unwrap(),
            }
        }
        server.join().unwrap();
        drop(queued);
    });
}

/// The listener ends while a crowd stands before its queue: nobody waits on.
#[test]
fn a_crowd_before_a_listener_that_ends() {
    survives(a_crowd_before_a_listener_that_ends, |runtime| {
        for removes_file in [false, true] {
            let folder = Folder::new();
            let path = folder.path("socket");
            let (listener, queued) = overfull(&path);
            let connect = |path: PathBuf| runtime.spawn(move || UnixStream::connect(path));
            let connects: Vec<_> =
                until_they_wait(runtime, 30, || (0..30).map(|_| connect(path.clone())).collect());
            if removes_file {
                fs::remove_file(&path).unwrap();
            }
            drop(listener);
            for connect in connects {
                let told = connect.join().unwrap().unwrap_err().kind();
                assert!(matches!(told, ErrorKind::ConnectionRefused | ErrorKind::NotFound), "{told}");
            }
            // Those in the queue hear of it, too.
            for mut client in queued {
                let told = client.read(&mut [0; 8]).map_err(|error| error.kind());
                assert!(matches!(told, Ok(0) | Err(ErrorKind::ConnectionReset)), "{told:?}");
            }
        }
    });
}
