//! The load generator: one thread, one epoll instance; each connection has one message on its way. Nothing is allocated once it
//! has begun.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::thread::{CpuSet, sched_setaffinity};

use super::MESSAGE;

const WARM_UP: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(2);

struct Client {
    stream: TcpStream,
    sent: Instant,
    missing: usize,
}

/// Prints a line when it is warm, and another one at the end: messages, and in microseconds what half and 99 in a hundred took
/// at most.
///
/// # Errors
/// There is no such server, or it does not echo.
pub fn run(address: SocketAddr, connections: u32) -> io::Result<()> {
    let mut first = CpuSet::new();
    first.set(0);
    let _ = sched_setaffinity(None, &first);
    let instance = epoll::create(CreateFlags::CLOEXEC)?;
    let mut clients = Vec::with_capacity(connections as usize);
    for number in 0..u64::from(connections) {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        epoll::add(&instance, &stream, EventData::new_u64(number), EventFlags::IN)?;
        clients.push(Client { stream, sent: Instant::now(), missing: 0 });
    }
    clients.iter_mut().try_for_each(Client::send)?;
    let mut times: Histogram<u64> =
        Histogram::new_with_bounds(1, 60_000_000, 3).expect("bounds that are in order");
    let mut events = Vec::with_capacity(1024);
    let mut begin = Instant::now();
    let mut is_warm = false;
    loop {
        events.clear();
        epoll::wait(&instance, spare_capacity(&mut events), None)?;
        let now = Instant::now();
        if !is_warm && now - begin >= WARM_UP {
            (is_warm, begin) = (true, now);
            times.reset();
            println!("warm");
        }
        if is_warm && now - begin >= MEASURED {
            break;
        }
        for Event { data, .. } in events.iter().copied() {
            let client = &mut clients[data.u64() as usize];
            if client.receive()? {
                times.saturating_record(client.sent.elapsed().as_nanos() as u64 / 100);
                client.send()?;
            }
        }
    }
    let at = |quantile| times.value_at_quantile(quantile) as f64 / 10.0;
    println!("{} {} {}", times.len(), at(0.5), at(0.99));
    Ok(())
}

impl Client {
    fn send(&mut self) -> io::Result<()> {
        self.sent = Instant::now();
        self.missing = MESSAGE;
        self.stream.write_all(&[7; MESSAGE])
    }

    /// True: all of the message is back.
    fn receive(&mut self) -> io::Result<bool> {
        match self.stream.read(&mut [0; MESSAGE][..self.missing]) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.missing -= count;
                Ok(self.missing == 0)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }
}
