//! A process that has no descriptor left for ten seconds: accept loops of all kinds neither spin nor die, clients that
//! give up meanwhile do no harm, and the others are served when there are descriptors again.

use std::io::{self, Read, Write};
use std::net;
use std::os::fd::{AsFd, AsRawFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net as unix;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use gopark::net::UnixListener;
use gopark::time::try_sleep;
use gopark::{Runtime, is_cancelled};

use crate::child::in_child;
use crate::cpu_time::cpu_time;
use crate::descriptor_limit::{limit, set_limit};
use crate::loopback::{listener, reset_on_close};
use crate::survives::leaves_nothing;
use crate::workers::runtime;

/// How long there is none.
const SHORTAGE: Duration = Duration::from_secs(10);

/// How often another coroutine looks around meanwhile.
const TURN: Duration = Duration::from_millis(50);

const CLIENTS: usize = 40;

/// A loop of everyday: says nothing, tries again. Returns how many connections it has accepted.
fn accept_on<S: Write>(mut accept: impl FnMut() -> io::Result<S>, errors: &AtomicU64) -> usize {
    let mut accepted = 0;
    loop {
        match accept() {
            Ok(mut conn) => {
                accepted += 1;
                // Some have given up.
                let _ = conn.write_all(b"served");
            }
            Err(error) if is_cancelled(&error) => return accepted,
            Err(error) => {
                assert_eq!(error.raw_os_error(), Some(libc::EMFILE), "{error}");
                errors.fetch_add(1, SeqCst);
            }
        }
    }
}

fn is_served(mut client: impl Read) {
    let mut word = [0; 6];
    client.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"served");
}

/// Two loops share a TCP listener, a third has a Unix one.
fn through_a_shortage(runtime: &Runtime) {
    let (of_tcp, address) = listener();
    let of_unix = UnixListener::bind("").unwrap();
    let name = of_unix.local_addr().unwrap();
    let name = unix::SocketAddr::from_abstract_name(name.as_abstract_name().unwrap()).unwrap();

    // The kernel gives out the lowest free number: those of the clients are this one and higher ones, and what they
    // give back is of no use to anybody as long as it is the limit.
    let free = io::stderr().as_fd().try_clone_to_owned().unwrap().as_raw_fd();
    let mut tcp: Vec<_> = (0..CLIENTS).map(|_| net::TcpStream::connect(address).unwrap()).collect();
    let mut unix: Vec<_> = (0..CLIENTS).map(|_| unix::UnixStream::connect_addr(&name).unwrap()).collect();
    let before = limit();
    set_limit(libc::rlimit { rlim_cur: free as u64, ..before });

    let (errors, turns) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let acceptors = {
        let (clone, of_tcp, of_unix) = (of_tcp.try_clone().unwrap(), of_tcp, of_unix);
        let (first, second, third) = (errors.clone(), errors.clone(), errors.clone());
        [
            runtime.spawn(move || accept_on(|| clone.accept().map(|(conn, _)| conn), &first)),
            runtime.spawn(move || accept_on(|| of_tcp.accept().map(|(conn, _)| conn), &second)),
            runtime.spawn(move || accept_on(|| of_unix.accept().map(|(conn, _)| conn), &third)),
        ]
    };
    let other = {
        let turns = turns.clone();
        runtime.spawn(move || {
            while try_sleep(TURN).is_ok() {
                turns.fetch_add(1, SeqCst);
            }
        })
    };
    let cpu_before = cpu_time();
    thread::sleep(SHORTAGE / 2);
    // Half of them have waited long enough, and leave in two ways.
    tcp.drain(..CLIENTS / 4).for_each(|client| reset_on_close(&client));
    drop(tcp.drain(..CLIENTS / 4));
    drop(unix.drain(..CLIENTS / 2));
    thread::sleep(SHORTAGE / 2);
    let burnt = cpu_time() - cpu_before;
    let (errors, turns) = (errors.load(SeqCst), turns.load(SeqCst));
    set_limit(before);

    println!("in {SHORTAGE:?}: {errors} errors, {burnt:?} of CPU time, {turns} turns of another coroutine");
    assert!(errors >= 3, "the shortage was none");
    assert!(errors <= 300, "{errors} errors in {SHORTAGE:?}");
    // A loop that spins takes ten times as much, and one that pauses a fiftieth.
    assert!(burnt < SHORTAGE / 10, "{burnt:?} of CPU time in {SHORTAGE:?}");
    assert!(turns >= 10, "only {turns} turns of {TURN:?} in {SHORTAGE:?}");

    tcp.iter().for_each(is_served);
    unix.iter().for_each(is_served);
    // And who comes now.
    is_served(net::TcpStream::connect(address).unwrap());
    is_served(unix::UnixStream::connect_addr(&name).unwrap());
    acceptors.iter().for_each(|acceptor| acceptor.cancel());
    let accepted: usize = acceptors.into_iter().map(|acceptor| acceptor.join().unwrap()).sum();
    // Those that had left, too: the kernel keeps them in the queue.
    assert_eq!(accepted, 2 * CLIENTS + 2);
    other.cancel();
    other.join().unwrap();
}

#[test]
fn accept_loops_live_through_it() {
    in_child(accept_loops_live_through_it, &[], || {
        // One worker: if a loop held it, nobody else would run.
        let runtime = runtime(1);
        leaves_nothing(&runtime, || through_a_shortage(&runtime));
    })
    .succeeded();
}
