//! Slowloris: thousands of clients that say a little now and then and never come to an end, against a server that gives
//! every read its time, and every request.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{self, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use gopark::chan::{Receiver, bounded as channel};
use gopark::net::{TcpListener, TcpStream};
use gopark::{go, is_cancelled, is_timeout, with_timeout};

use crate::child::in_child;
use crate::descriptor_limit::{limit, set_limit};
use crate::eventually::eventually;
use crate::loopback::{listener, reset_on_close};
use crate::survives::leaves_nothing;
use crate::until::Enough;
use crate::workers::runtime;

/// For a single read.
const READ: Duration = Duration::from_millis(1000);

/// For the whole request.
const REQUEST: Duration = Duration::from_millis(2500);

/// How often those that are not silent say one byte more.
const DRIP: Duration = Duration::from_millis(100);

/// 5000, or as many as the process may have: two descriptors each.
fn affordable() -> usize {
    // Anyone may raise the soft limit to the hard one.
    let most = limit().rlim_max;
    set_limit(libc::rlimit { rlim_cur: most, rlim_max: most });
    (most.saturating_sub(200) / 2).min(5000) as usize
}

/// What the server sees.
#[derive(Default)]
struct Seen {
    /// Connections that are being served now.
    held: AtomicUsize,
    answered: AtomicUsize,
    /// Dropped because of a read that took too long.
    silent: AtomicUsize,
    /// Dropped because of a request that took too long.
    dripping: AtomicUsize,
}

impl Seen {
    fn dropped(&self) -> usize {
        self.silent.load(SeqCst) + self.dripping.load(SeqCst)
    }
}

/// A line.
fn request(mut conn: &TcpStream) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    let mut buf = [0; 128];
    while line.last() != Some(&b'\n') {
        match conn.read(&mut buf)? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            count => line.extend_from_slice(&buf[..count]),
        }
    }
    Ok(line)
}

/// Begins when `begins` is closed: on a busy machine the first slow clients were gone before the last one came.
fn serve(conn: TcpStream, seen: &Seen, begins: &Receiver<()>) {
    seen.held.fetch_add(1, SeqCst);
    begins.recv().unwrap_err();
    let begun = Instant::now();
    conn.set_read_timeout(Some(READ)).unwrap();
    match with_timeout(REQUEST, || request(&conn)) {
        Ok(line) => {
            (&conn).write_all(&line).unwrap();
            seen.answered.fetch_add(1, SeqCst);
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            assert!(begun.elapsed() >= READ);
            seen.silent.fetch_add(1, SeqCst);
        }
        Err(error) if is_timeout(&error) => {
            assert!(begun.elapsed() >= REQUEST);
            seen.dripping.fetch_add(1, SeqCst);
        }
        Err(error) => panic!("{error}"),
    }
    // Those that are told nothing leave no ports behind.
    reset_on_close(&conn);
    seen.held.fetch_sub(1, SeqCst);
}

fn serve_all(listener: &TcpListener, seen: &Arc<Seen>, begins: &Receiver<()>) {
    loop {
        match listener.accept() {
            Ok((conn, _)) => {
                let (seen, begins) = (seen.clone(), begins.clone());
                go(move || serve(conn, &seen, &begins));
            }
            Err(error) if is_cancelled(&error) => return,
            Err(error) => panic!("an accept loop that fails: {error}"),
        }
    }
}

/// An honest client, again and again until the end. Returns how often it was served while many slow ones were held, and
/// how long the longest visit took.
fn honest(address: SocketAddr, seen: &Seen, many: usize, enough: &Enough) -> (usize, Duration) {
    let (mut visits, mut longest) = (0, Duration::ZERO);
    while !enough.is_it() {
        let begun = Instant::now();
        let among_many = seen.held.load(SeqCst) > many;
        let mut conn = net::TcpStream::connect(address).unwrap();
        conn.write_all(b"GET / HTTP/1.0\n").unwrap();
        let mut heard = [0; 15];
        conn.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"GET / HTTP/1.0\n");
        if among_many && seen.held.load(SeqCst) > many {
            visits += 1;
            longest = longest.max(begun.elapsed());
        }
        reset_on_close(&conn);
        thread::sleep(Duration::from_millis(1));
    }
    (visits, longest)
}

/// Half of the clients have fallen silent, the others go on byte by byte, until the server has dropped all.
fn drip(clients: &mut [net::TcpStream], seen: &Seen) {
    let (silent, dripping) = clients.split_at_mut(clients.len() / 2);
    while seen.dropped() < silent.len() + dripping.len() {
        for client in &mut *dripping {
            // Fails when it has been dropped.
            let _ = client.write(b"x");
        }
        thread::sleep(DRIP);
    }
}

#[test]
fn are_dropped_and_the_others_are_served() {
    in_child(are_dropped_and_the_others_are_served, &[], || {
        let slow = affordable();
        let runtime = runtime(2);
        leaves_nothing(&runtime, || {
            let (listener, address) = listener();
            let seen = Arc::new(Seen::default());
            let (begin, begins) = channel(0);
            let server = {
                let seen = seen.clone();
                runtime.spawn(move || serve_all(&listener, &seen, &begins))
            };
            let mut clients: Vec<_> = (0..slow)
                .map(|_| {
                    let mut client = net::TcpStream::connect(address).unwrap();
                    client.write_all(b"x").unwrap();
                    client
                })
                .collect();
            eventually("all of them are held", || seen.held.load(SeqCst) == slow);
            drop(begin);
            let enough = Enough::default();
            let (visits, longest) = thread::scope(|scope| {
                let going = enough.not_yet();
                let honest = scope.spawn(|| honest(address, &seen, slow / 5, &enough));
                drip(&mut clients, &seen);
                drop(going);
                honest.join().unwrap()
            });
            // Each of the slow ones is told.
            for client in &mut clients {
                let end = client.read(&mut [0; 8]).map_err(|error| error.kind());
                assert!(matches!(end, Ok(0) | Err(ErrorKind::ConnectionReset)), "{end:?}");
            }
            server.cancel();
            server.join().unwrap();
            println!(
                "{slow} slow clients at once: {} dropped for a read, {} for the request; {visits} visits \
                 of another one meanwhile, the longest took {longest:?}",
                seen.silent.load(SeqCst),
                seen.dripping.load(SeqCst),
            );
            assert_eq!(seen.dropped(), slow);
            assert!(seen.silent.load(SeqCst) > 0 && seen.dripping.load(SeqCst) > 0);
            assert!(visits >= 20, "only {visits} visits in {READ:?} and more");
        });
    })
    .succeeded();
}
