//! A pool that is asked for more than it can do: `cargo bench --bench overload`, a minute. Figures stand in
//! `benches/README.md`.
//!
//! * Memory, while one coroutine submits ten million tasks as fast as it can: the queue bounds it.
//! * Goodput: what is done for clients who wait for 20 ms at most, at loads from half of what the pool can do to ten times
//!   as much, with and without a limit to the age of the queue.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gopark::pool::Pool;
use gopark::{Runtime, time};

const TASKS: u64 = 10_000_000;
/// As many at a time as a server might allow itself for a database.
const WORKERS: usize = 8;
/// How long a request takes: it waits, mostly.
const SERVICE: Duration = Duration::from_millis(2);
/// How long a client waits.
const PATIENCE: Duration = Duration::from_millis(20);
const RUN: Duration = Duration::from_secs(2);

/// Kilobytes of this process in memory, from proc_pid_status(5).
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}

fn memory(runtime: &Runtime) {
    let pool = Pool::builder().workers(1).build();
    let done = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let (before, mut most) = (resident(), 0);
    runtime.run(|| {
        for task in 0..TASKS {
            let done = done.clone();
            drop(pool.submit(move || done.fetch_add(1, Ordering::Relaxed)));
            if task % (TASKS / 100) == 0 {
                most = most.max(resident());
            }
        }
        pool.close(Duration::from_secs(60));
    });
    let each = begun.elapsed().as_nanos() as u64 / TASKS;
    assert_eq!(done.load(Ordering::Relaxed), TASKS);
    println!("{TASKS} tasks by one producer: {each} ns each; memory {before} kB before, {most} kB at most");
}

/// Requests a second that were answered in time, at `load` requests a second.
fn goodput(runtime: &Runtime, load: f64, limit: Option<Duration>) -> f64 {
    let builder = Pool::builder().workers(WORKERS);
    let pool = match limit {
        Some(limit) => builder.max_queue_age(limit).build(),
        None => builder.build(),
    };
    let in_time = Arc::new(AtomicU64::new(0));
    runtime.run(|| {
        let begun = Instant::now();
        let mut offered = 0;
        while begun.elapsed() < RUN {
            let due = (begun.elapsed().as_secs_f64() * load) as u64;
            for _ in offered..due {
                let (in_time, asked) = (in_time.clone(), Instant::now());
                drop(pool.try_submit(move || {
                    time::sleep(SERVICE);
                    if asked.elapsed() <= PATIENCE {
                        in_time.fetch_add(1, Ordering::Relaxed);
                    }
                }));
            }
            offered = due;
            time::sleep(Duration::from_millis(1));
        }
        pool.close(Duration::ZERO);
    });
    in_time.load(Ordering::Relaxed) as f64 / RUN.as_secs_f64()
}

fn main() -> std::io::Result<()> {
    let runtime = Runtime::builder().workers(2).build()?;
    memory(&runtime);
    let capacity = WORKERS as f64 / SERVICE.as_secs_f64();
    println!(
        "\ngoodput of {WORKERS} workers, {capacity:.0} requests a second at most, for clients who wait for {PATIENCE:?}"
    );
    println!("| load | without a limit | queue at most {:?} old |\n|---|---|---|", PATIENCE / 4);
    for times in [0.5, 1.0, 2.0, 5.0, 10.0] {
        let [without, with] =
            [None, Some(PATIENCE / 4)].map(|limit| goodput(&runtime, times * capacity, limit));
        println!("| {times} | {without:.0} | {with:.0} |");
    }
    Ok(())
}
