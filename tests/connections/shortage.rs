//! An accept loop when the process has no descriptor left: it backs off, others run, no CPU burns, and everybody is
//! served when there are descriptors again.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use gopark::go;
use gopark::net::TcpStream;

use crate::child::in_child;
use crate::descriptor_limit::{limit, set_limit};
use crate::loopback::listener;
use crate::workers::runtime;

/// How long there is none.
const SHORTAGE: Duration = Duration::from_millis(600);

/// CPU time of the whole process so far.
fn cpu_time() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the argument is a valid place for a timespec.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now) }, 0);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// No more descriptors from here on.
fn use_up_descriptors() {
    // The kernel gives out the lowest free number, so all below this one are taken.
    let free = io::stderr().as_fd().try_clone_to_owned().unwrap().as_raw_fd();
    set_limit(libc::rlimit { rlim_cur: free as u64, ..limit() });
}

#[test]
fn an_accept_loop_waits_for_descriptors() {
    in_child(an_accept_loop_waits_for_descriptors, &[], || {
        const CLIENTS: usize = 4;
        // One worker: if the loop held it, nobody else would run.
        let runtime = runtime(1);
        runtime.run(|| {
            let (listener, address) = listener();
            let errors = Arc::new(AtomicU64::new(0));
            let failed = errors.clone();
            let before = limit();
            let mut clients = Vec::new();
            for _ in 0..CLIENTS {
                clients.push(TcpStream::connect(address).unwrap());
            }
            use_up_descriptors();
            let server = go(move || {
                let mut served = 0;
                while served < CLIENTS {
                    // Like every accept loop: says nothing, tries again.
                    let mut conn = match listener.accept() {
                        Ok((conn, _)) => conn,
                        Err(error) => {
                            assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
                            failed.fetch_add(1, SeqCst);
                            continue;
                        }
                    };
                    served += 1;
                    conn.write_all(b"served").unwrap();
                }
            });

            let ends = Arc::new(AtomicBool::new(false));
            let ended = ends.clone();
            let other = go(move || {
                let mut turns = 0;
                while !ended.load(SeqCst) {
                    gopark::time::sleep(Duration::from_millis(1));
                    turns += 1;
                }
                turns
            });
            let cpu_before = cpu_time();
            gopark::time::sleep(SHORTAGE);
            let burnt = cpu_time() - cpu_before;
            let errors = errors.load(SeqCst);
            ends.store(true, SeqCst);
            let turns: u32 = other.join().unwrap();
            set_limit(before);

            println!(
                "errors in {SHORTAGE:?}: {errors}; CPU time: {burnt:?}; turns of another coroutine: {turns}"
            );
            assert!(errors >= 1, "the shortage was none");
            assert!(errors <= 100, "{errors} errors in {SHORTAGE:?}");
            assert!(turns >= 20, "only {turns} turns in {SHORTAGE:?}");
            assert!(burnt < SHORTAGE / 2, "{burnt:?} of CPU in {SHORTAGE:?}");

            for client in &mut clients {
                let mut word = [0; 6];
                client.read_exact(&mut word).unwrap();
                assert_eq!(&word, b"served");
            }
            server.join().unwrap();
        });
    })
    .succeeded();
}

/// Those who wait on sockets that they have are served as ever.
#[test]
fn open_connections_work_during_a_shortage() {
    in_child(open_connections_work_during_a_shortage, &[], || {
        let runtime = runtime(2);
        runtime.run(|| {
            let (listener, address) = listener();
            let mut client = TcpStream::connect(address).unwrap();
            let (mut server, _) = listener.accept().unwrap();
            // In the queue, and nobody can take it out.
            let _refused = TcpStream::connect(address).unwrap();
            let before = limit();
            use_up_descriptors();
            let accepts = go(move || {
                loop {
                    if listener.accept().is_ok() {
                        return;
                    }
                }
            });
            let echoes = go(move || {
                let mut buf = [0; 64];
                while let Ok(n @ 1..) = server.read(&mut buf) {
                    server.write_all(&buf[..n]).unwrap();
                }
            });
            for round in 0..500_u32 {
                client.write_all(&round.to_le_bytes()).unwrap();
                let mut heard = [0; 4];
                client.read_exact(&mut heard).unwrap();
                assert_eq!(heard, round.to_le_bytes());
            }
            assert!(TcpStream::connect(address).is_err(), "there is no descriptor for it");
            drop(client);
            echoes.join().unwrap();
            set_limit(before);
            accepts.join().unwrap();
        });
    })
    .succeeded();
}
