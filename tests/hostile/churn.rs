//! Fifty thousand connections that come and go, several at a time, and end in every way: nothing of them stays behind,
//! neither a descriptor nor memory.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use gopark::chan::{RecvError, bounded as channel, never};
use gopark::net::{TcpListener, TcpStream};
use gopark::{Runtime, go, is_cancelled, select, yield_now};

use crate::child::in_child;
use crate::eventually::eventually;
use crate::loopback::{listener, pair, reset_on_close};
use crate::memory::resident;
use crate::survives::leaves_nothing;
use crate::workers::runtime;

const CONNECTIONS: usize = 50_000;

/// After so many everything has its size: stacks, tables, the allocator's pools.
const WARM: usize = 10_000;

/// Coroutines that connect, one connection at a time.
const CLIENTS: usize = 32;

/// What the process may grow by during the rest: less than 14 bytes a connection, and an idle watch has 32.
const MOST_BYTES: u64 = 512 << 10;

/// Never comes, but has its place among the timers.
const HOUR: Duration = Duration::from_secs(3600);

/// One connection. The ends take turns in closing first; a reset leaves no port behind, and of the others there are few.
fn visit(address: SocketAddr, number: usize) {
    let mut conn = TcpStream::connect(address).unwrap();
    if number.is_multiple_of(3) {
        conn.set_read_timeout(Some(HOUR)).unwrap();
    }
    conn.write_all(&number.to_le_bytes()).unwrap();
    let mut heard = [0; 8];
    match number % 5 {
        // The server resets it when it has heard everything.
        0 => {
            let told = conn.read(&mut heard).map_err(|error| error.kind());
            assert_eq!(told, Err(ErrorKind::ConnectionReset));
        }
        // Without waiting for anything.
        1 => reset_on_close(&conn),
        2 => {
            select! {
                readable(conn) -> ready => ready.unwrap(),
                recv(never::<()>()) -> _ => unreachable!(),
            }
            conn.read_exact(&mut heard).unwrap();
            assert_eq!(usize::from_le_bytes(heard), number);
            reset_on_close(&conn);
        }
        _ => {
            conn.read_exact(&mut heard).unwrap();
            assert_eq!(usize::from_le_bytes(heard), number);
            if number.is_multiple_of(40) {
                conn.shutdown(Shutdown::Write).unwrap();
                assert_eq!(conn.read(&mut heard).unwrap(), 0);
            } else {
                reset_on_close(&conn);
            }
        }
    }
}

/// The other end of it.
fn receive(mut conn: TcpStream) {
    let mut word = [0; 8];
    conn.set_read_timeout(Some(HOUR)).unwrap();
    if conn.read_exact(&mut word).is_err() {
        return;
    }
    if usize::from_le_bytes(word).is_multiple_of(5) {
        return reset_on_close(&conn);
    }
    // Some do not wait for the answer.
    if conn.write_all(&word).is_ok() {
        let _ = conn.read(&mut word);
    }
}

fn accept_on(listener: &TcpListener) {
    loop {
        match listener.accept() {
            Ok((conn, _)) => drop(go(move || receive(conn))),
            Err(error) if is_cancelled(&error) => return,
            Err(error) => panic!("an accept loop that fails: {error}"),
        }
    }
}

/// So many visits, by several at a time. Only the server is left afterwards.
fn visits(runtime: &Runtime, address: SocketAddr, count: usize) {
    let next = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let next = next.clone();
            runtime.spawn(move || {
                loop {
                    match next.fetch_add(1, Relaxed) {
                        number if number < count => visit(address, number),
                        _ => return,
                    }
                }
            })
        })
        .collect();
    clients.into_iter().for_each(|client| client.join().unwrap());
    eventually("only the server is left", || runtime.metrics().live == 1);
}

#[test]
fn leaves_nothing_behind() {
    in_child(leaves_nothing_behind, &[], || {
        let runtime = runtime(2);
        leaves_nothing(&runtime, || {
            let (listener, address) = listener();
            let server = runtime.spawn(move || accept_on(&listener));
            visits(&runtime, address, WARM);
            let before = resident();
            let begun = Instant::now();
            visits(&runtime, address, CONNECTIONS - WARM);
            let grown = || resident().saturating_sub(before);
            println!("{} connections by {CLIENTS} clients: {:?}", CONNECTIONS - WARM, begun.elapsed());
            println!("bytes more at once: {}", grown());
            // What is only in use for now is given back by a machine that has nothing else to do.
            eventually("none of them takes memory any more", || grown() <= MOST_BYTES);
            println!("and in the end: {}", grown());
            let timers = runtime.metrics().timers_armed;
            assert!(timers <= 10 * CLIENTS, "{timers} timers of connections that are gone");
            server.cancel();
            server.join().unwrap();
        });
    })
    .succeeded();
}

/// Starts a thousand coroutines that wait for the same thing, and ends them.
fn wait_and_end() {
    const EACH: usize = 1000;
    let (tell, told) = channel::<()>(0);
    let waiting = Arc::new(AtomicUsize::new(0));
    let waiter = |_| {
        let (told, waiting) = (told.clone(), waiting.clone());
        go(move || {
            waiting.fetch_add(1, Relaxed);
            told.recv().unwrap_err()
        })
    };
    let waiters: Vec<_> = (0..EACH).map(waiter).collect();
    // On one worker, who has counted itself is not interrupted before it waits.
    while waiting.load(Relaxed) < EACH {
        yield_now();
    }
    drop(tell);
    waiters.into_iter().for_each(|waiter| assert_eq!(waiter.join().unwrap(), RecvError));
}

/// A server without a pause: a coroutine that has waited and is gone takes no memory any more, and when there is a pause
/// at last, the server does not spend it on those.
#[test]
fn those_that_have_waited_are_forgotten() {
    const THOUSANDS: usize = 250;
    in_child(those_that_have_waited_are_forgotten, &[], || {
        let runtime = runtime(1);
        leaves_nothing(&runtime, || {
            let (mut near, far) = pair();
            let echo = runtime.spawn(move || io::copy(&mut &far, &mut &far).unwrap());
            runtime.run(|| (0..THOUSANDS / 10).for_each(|_| wait_and_end()));
            let before = resident();
            runtime.run(|| (0..THOUSANDS).for_each(|_| wait_and_end()));
            let grown = resident().saturating_sub(before);
            let ping = |_| {
                // Long enough for a pause, at which it tidies up.
                thread::sleep(Duration::from_millis(100));
                let begun = Instant::now();
                near.write_all(b"x").unwrap();
                near.read_exact(&mut [0]).unwrap();
                begun.elapsed()
            };
            let longest = (0..5).map(ping).max().unwrap();
            println!("{THOUSANDS} thousand: {grown} bytes more; {longest:?} for an answer afterwards");
            drop(near);
            assert_eq!(echo.join().unwrap(), 5);
            assert!(grown <= MOST_BYTES, "{grown} bytes more after {THOUSANDS} thousand");
            // A thousand times what it takes.
            assert!(longest < Duration::from_millis(500), "{longest:?} for an answer");
        });
    })
    .succeeded();
}
