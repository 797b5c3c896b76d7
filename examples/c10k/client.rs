//! The client: its main coroutine, which starts a coroutine for each connection and tells the server's process how
//! things are.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use gopark::{JoinHandle, go, time};
use instruments::Countdown;

use crate::connection::{Failure, Shared, live};
use crate::options::Options;
use crate::reports::{EXCHANGE, OPEN, Report, Summary};

/// How many connections are opened at a time. A listener's queue has room for 4096; beyond it the kernel drops
/// attempts, and their next comes a second later.
const WAVE: u32 = 500;

/// How often it tells how many messages there were.
const REPORT_EVERY: Duration = Duration::from_millis(200);

/// How long the last messages may take to come back.
pub(crate) const LAST_REPLIES: Duration = Duration::from_secs(20);

/// How many failures are told in full.
const TOLD: u64 = 5;

type Connections = Vec<JoinHandle<Result<(), Failure>>>;

/// Does as it is ordered, then returns.
pub(crate) fn run(options: &Options, port: u16) -> io::Result<()> {
    let runtime = options.runtime()?;
    runtime.run(|| {
        let (open, exchange) = (Arc::new(Countdown::new(1)), Arc::new(Countdown::new(1)));
        take_orders(open.clone(), exchange.clone())?;
        let messages_max_bytes = options.messages_max_bytes as usize;
        let shared = Arc::new(Shared { port, messages_max_bytes, ..Shared::default() });

        open.wait(|_| ());
        let connections = open_all(options.connections, &shared);
        Report::Opened(shared.open.load(Ordering::Relaxed)).send();

        exchange.wait(|_| ());
        let summary = exchange_on_all(connections, &shared, options.exchange_time());
        Report::Finished(summary).send();
        Ok(())
    })
}

/// Reads orders, on a thread of its own since stdin blocks. Both orders come once.
fn take_orders(open: Arc<Countdown>, exchange: Arc<Countdown>) -> io::Result<()> {
    let obey = move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            match line.as_str() {
                OPEN => open.arrive(),
                EXCHANGE => exchange.arrive(),
                _ => break,
            }
        }
        // The server's process is gone, or talks nonsense.
        std::process::exit(1);
    };
    std::thread::Builder::new().name("orders".into()).spawn(obey).map(drop)
}

fn open_all(count: u32, shared: &Arc<Shared>) -> Connections {
    let mut connections = Connections::with_capacity(count as usize);
    for first in (0..count).step_by(WAVE as usize) {
        let wave = first..count.min(first.saturating_add(WAVE));
        let opened = Arc::new(Countdown::new(wave.len()));
        for number in wave {
            let (shared, opened) = (shared.clone(), opened.clone());
            connections.push(go(move || live(number, &shared, &opened)));
        }
        opened.wait(|_| ());
        Report::Opening(shared.open.load(Ordering::Relaxed)).send();
    }
    connections
}

fn exchange_on_all(connections: Connections, shared: &Shared, duration: Duration) -> Summary {
    let began = Instant::now();
    shared.begun.store(true, Ordering::Release);
    for connection in &connections {
        connection.coroutine().unpark();
    }
    while let Some(left) = duration.checked_sub(began.elapsed()).filter(|left| !left.is_zero()) {
        time::sleep(left.min(REPORT_EVERY));
        let (messages, bytes) = counts(shared);
        Report::Exchanged { messages, bytes }.send();
    }
    shared.over.store(true, Ordering::Relaxed);
    let (failed, wrong) = end_all(connections, Instant::now() + LAST_REPLIES);

    let took = began.elapsed();
    let (messages, bytes) = counts(shared);
    let latencies = shared.latencies.merged();
    Summary {
        messages,
        bytes,
        microseconds: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        failed,
        wrong,
        p50: latencies.value_at_quantile(0.5),
        p99: latencies.value_at_quantile(0.99),
        p999: latencies.value_at_quantile(0.999),
        max: latencies.max(),
    }
}

fn counts(shared: &Shared) -> (u64, u64) {
    (shared.messages.load(Ordering::Relaxed), shared.bytes.load(Ordering::Relaxed))
}

/// Joins all, those that get no reply until `deadline` excepted. Returns how many failed, and on how many something
/// wrong came back.
fn end_all(connections: Connections, deadline: Instant) -> (u64, u64) {
    let (mut failed, mut wrong) = (0, 0);
    for (number, connection) in connections.into_iter().enumerate() {
        let ended = connection.join_timeout(deadline.saturating_duration_since(Instant::now()));
        let why = match ended.then(|| connection.join()) {
            Some(Ok(Ok(()))) => continue,
            Some(Ok(Err(failure))) => {
                wrong += u64::from(matches!(failure, Failure::Wrong));
                failure.to_string()
            }
            Some(Err(_)) => "panicked".to_owned(),
            None => format!("no reply for {} s", LAST_REPLIES.as_secs()),
        };
        failed += 1;
        if failed <= TOLD {
            Report::Failed(format!("connection {number} {why}")).send();
        }
    }
    (failed - wrong, wrong)
}
