//! Four troubles beside a healthy little echo: the program that `docs/study.md` looks at.
//!
//! `cargo run --release --example troubles` takes three seconds. Two coroutines lock two mutexes in opposite orders and
//! wait for each other for ever; one waits for a value that nobody will send; one sleeps in `std::thread::sleep`, and with
//! it its worker thread; and one keeps a lock for long, for which five others wait. Meanwhile an echo server answers a
//! client on the same host a thousand times a second. After a second comes a dump of all of them and what the metrics
//! say, in the end the metrics again, and what became of the coroutines.
//!
//! The thread that looks at all this is no worker, so a stuck worker does not hinder it.
#![forbid(unsafe_code)]

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gopark::chan::{Receiver, Sender, bounded};
use gopark::net::{TcpListener, TcpStream};
use gopark::sync::{Barrier, Mutex};
use gopark::{JoinHandle, Metrics, Runtime, coroutine, time, trace};
use instruments::numbers::duration;

const MOMENT: Duration = Duration::from_millis(300);
const SECOND: Duration = Duration::from_secs(1);

/// A coroutine with a name.
#[track_caller]
fn go<T: Send + 'static>(name: &str, body: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
    coroutine::Builder::new().name(name).spawn(body)
}

// Deadlock: each holds what the other wants.
fn cross(own: &Mutex<u32>, others: &Mutex<u32>, both: &Barrier) {
    let mut own = own.lock();
    both.wait();
    let others = others.lock();
    *own += *others;
}

// Leak: there is a sender, but nobody who uses it.
fn expect(values: &Receiver<u32>) -> u32 {
    values.iter().sum()
}

// Stuck worker: the thread sleeps, and whoever lives on it waits.
fn doze() {
    std::thread::sleep(2 * SECOND);
}

// Slow lock: held across a wait.
fn dawdle(total: &Mutex<u32>) {
    let mut total = total.lock();
    time::sleep(2 * SECOND);
    *total += 1;
}

fn want(total: &Mutex<u32>) {
    *total.lock() += 1;
}

/// A thousand questions a second, each answered.
fn ask(server: SocketAddr, asked: &Sender<Duration>) -> io::Result<()> {
    let mut server = TcpStream::connect(server)?;
    let mut answer = [0; 4];
    loop {
        time::sleep(Duration::from_millis(1));
        let begun = Instant::now();
        let round = trace::span("round");
        server.write_all(b"ping")?;
        server.read_exact(&mut answer)?;
        drop(round);
        if asked.send(begun.elapsed()).is_err() {
            return Ok(());
        }
    }
}

fn echo(mut client: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 64];
    loop {
        match client.read(&mut buffer)? {
            0 => return Ok(()),
            count => client.write_all(&buffer[..count])?,
        }
    }
}

fn start_the_healthy() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let (asked, rounds) = bounded(16);
    go("acceptor", move || -> io::Result<()> {
        loop {
            let (client, _) = listener.accept()?;
            go("echo", move || echo(client))?;
        }
    })?;
    go("client", move || ask(address, &asked))?;
    go("scribe", move || rounds.iter().max())?;
    Ok(())
}

/// Starts those who wait, and hands out the sender that nobody uses.
fn start_the_waiting() -> io::Result<Sender<u32>> {
    let (left, right) = (Arc::new(Mutex::new(1)), Arc::new(Mutex::new(2)));
    let both = Arc::new(Barrier::new(2));
    for (name, own, others) in [("left", &left, &right), ("right", &right, &left)] {
        let (own, others, both) = (own.clone(), others.clone(), both.clone());
        go(name, move || cross(&own, &others, &both))?;
    }

    let (unused, values) = bounded(4);
    go("heir", move || expect(&values))?;

    let slow = Arc::new(Mutex::new(0));
    let kept = slow.clone();
    go("dawdler", move || dawdle(&kept))?;
    time::sleep(MOMENT / 3);
    for _ in 0..5 {
        let slow = slow.clone();
        gopark::go(move || want(&slow));
    }
    Ok(unused)
}

/// Part of what is known of the runtime.
fn tell(what: &str, metrics: &Metrics) {
    println!("metrics {what}");
    let Metrics { fresh, ready, running, waiting, .. } = metrics;
    println!("  now: {fresh} fresh, {ready} ready, {running} running, {waiting} waiting");
    let homed: Vec<_> = metrics.machines.iter().map(|machine| machine.homed).collect();
    println!("  homed {homed:?}, imbalance {}", metrics.homed_imbalance);
    println!("  stalls {}, replacements {}", metrics.stalls, metrics.replacements);
    for (what, values) in [
        ("run slices", metrics.merged(|machine| &machine.run_slice_ns)),
        ("scheduling latency", metrics.merged(|machine| &machine.scheduling_latency_ns)),
        ("timer lateness", metrics.merged(|machine| &machine.timer_lateness_ns)),
        ("lengths of stalls", metrics.stall_ns.clone()),
    ] {
        let at =
            |share| values.quantile(share).map_or("-".to_owned(), |ns| duration(Duration::from_nanos(ns)));
        println!(
            "  {what}: {} values, p50 {}, p99 {}, longest {}",
            values.count(),
            at(0.5),
            at(0.99),
            at(1.0)
        );
    }
    println!("  deepest stack {} bytes\n", metrics.stack_deepest_bytes);
}

pub(crate) fn main() -> io::Result<()> {
    let runtime = Runtime::builder().build()?;
    let begun = Instant::now();
    runtime.run(start_the_healthy)?;
    let unused = runtime.run(start_the_waiting)?;
    let _current = runtime.enter();
    std::thread::sleep(MOMENT.saturating_sub(begun.elapsed()));
    go("dozer", doze)?;

    std::thread::sleep(SECOND.saturating_sub(begun.elapsed()));
    println!("{}", gopark::dump());
    tell("after a second", &runtime.metrics());
    std::thread::sleep((3 * SECOND).saturating_sub(begun.elapsed()));
    tell("after three seconds", &runtime.metrics());
    let ended = runtime.shutdown(MOMENT);
    println!("{ended:?}");
    drop(unused);
    Ok(())
}
