//! What a loop of yields leaves to those who wait for a socket, or for a time.
//!
//! One worker. A coroutine echoes one connection, another one sleeps for a millisecond again and again, and the main one does
//! nothing but `yield_now`, for a second. The client is a thread with a blocking socket, which sends a message when it has
//! the last one back. Told are its messages, the longest of its waits and the longest of the sleeps, also those without an
//! end; and for comparison the messages in a second without the loop.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use gopark_peers::served::blocking::echo;

use crate::library::Probed;

const MEASURED: Duration = Duration::from_secs(1);
const SLEEP: Duration = Duration::from_millis(1);

/// The sleeps so far. A sleep that does not end is found by when it began.
struct Sleeps {
    since: Instant,
    /// Microseconds after `since`.
    began: AtomicU64,
    longest: AtomicU64,
}

impl Sleeps {
    fn go_on<L: Probed>(&self) -> ! {
        loop {
            let began = self.since.elapsed().as_micros() as u64;
            self.began.store(began, Ordering::SeqCst);
            L::sleep(SLEEP);
            self.longest.fetch_max(self.since.elapsed().as_micros() as u64 - began, Ordering::SeqCst);
        }
    }

    fn longest(&self) -> Duration {
        let last = self.since.elapsed().as_micros() as u64 - self.began.load(Ordering::SeqCst);
        Duration::from_micros(last.max(self.longest.load(Ordering::SeqCst)))
    }
}

pub fn seen<L: Probed>(workers: usize) -> String {
    let (tell, told) = mpsc::channel();
    let sleeps = Sleeps { since: Instant::now(), began: AtomicU64::new(0), longest: AtomicU64::new(0) };
    let (sleeps, begins) = (Arc::new(sleeps), Arc::new(AtomicBool::new(false)));
    let (sleeper, begin) = (sleeps.clone(), begins.clone());
    // Not joined: whoever starves does not come back.
    thread::spawn(move || {
        L::run(workers, move || {
            L::detach(|| _ = L::accept(tell, |stream| L::detach(|| echo(stream, |_| {}))));
            L::detach(move || sleeper.go_on::<L>());
            while !begin.load(Ordering::SeqCst) {
                L::sleep(SLEEP);
            }
            loop {
                L::yield_now();
            }
        })
    });
    let address = told.recv().expect("the server listens");
    let mut client = Client::connect(address).expect("the server accepts");
    let (without, _) = client.send_and_wait().expect("the server echoes");
    begins.store(true, Ordering::SeqCst);
    thread::sleep(Duration::from_millis(20));
    sleeps.longest.store(0, Ordering::SeqCst);
    let (messages, longest) = client.send_and_wait().expect("the server echoes");
    format!(
        "{messages} messages in a second ({without} without the loop), longest wait {:.1} ms; longest sleep of 1 ms {:.1} ms",
        longest.as_secs_f64() * 1e3,
        sleeps.longest().as_secs_f64() * 1e3
    )
}

struct Client(TcpStream);

impl Client {
    fn connect(address: SocketAddr) -> io::Result<Client> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Client(stream))
    }

    /// How many messages there and back, and the longest of these.
    fn send_and_wait(&mut self) -> io::Result<(u64, Duration)> {
        let begin = Instant::now();
        let (mut messages, mut longest) = (0, Duration::ZERO);
        while let Some(left) = MEASURED.checked_sub(begin.elapsed()).filter(|left| !left.is_zero()) {
            self.0.set_read_timeout(Some(left))?;
            let sent = Instant::now();
            self.0.write_all(&[7])?;
            match self.0.read(&mut [0]) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(_) => messages += 1,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => return Err(error),
            }
            longest = longest.max(sent.elapsed());
        }
        Ok((messages, longest))
    }
}
