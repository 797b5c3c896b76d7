//! The work of those who wait, for all libraries of `blocking`: many at a gate, many who sleep, some beside hogs.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::figure::{Figures, Metric};
use crate::library::{Library, Spawner};
use crate::usage::{Usage, cpu_time};
use crate::workload::Workload;

fn many<L: Library>() -> u32 {
    Workload::Parked.events().min(L::AT_MOST)
}

/// Little beside the time for all.
pub const LOOKS_APART: Duration = Duration::from_micros(500);

pub fn parked<L: Library>() -> Figures {
    let many = many::<L>();
    let (gate, there) = (Arc::new(L::gate()), Arc::new(AtomicU32::new(0)));
    let before = Usage::now();
    let start = Instant::now();
    let tasks: Vec<_> = (0..many)
        .map(|_| {
            let (gate, there) = (gate.clone(), there.clone());
            L::spawn(move || {
                there.fetch_add(1, Ordering::Relaxed);
                L::wait(&gate);
            })
        })
        .collect();
    // Not by yielding, which starves those that have yet to begin in some libraries.
    while there.load(Ordering::Relaxed) < many {
        L::sleep(LOOKS_APART);
    }
    let spawned = start.elapsed();
    let during = Usage::now();
    let start = Instant::now();
    L::open(&gate, many);
    tasks.into_iter().for_each(L::join);
    parked_figures(many, &before, &during, spawned, start.elapsed())
}

/// Of so many that wait.
pub fn parked_figures(
    many: u32,
    before: &Usage,
    during: &Usage,
    spawned: Duration,
    woken: Duration,
) -> Figures {
    let each = f64::from(many);
    vec![
        (Metric::Many, each),
        (Metric::Memory, (during.bytes - before.bytes) / each),
        (Metric::Mappings, (during.mappings - before.mappings) / each),
        (Metric::Spawn, spawned.as_nanos() as f64 / each),
        (Metric::Wake, woken.as_nanos() as f64 / each),
    ]
}

pub fn timers<L: Library>() -> Figures {
    let many = many::<L>();
    let before = cpu_time();
    let sleepers: Vec<_> = (0..many)
        .map(|i| {
            L::spawn(move || {
                let (time, start) = (pause(i), Instant::now());
                L::sleep(time);
                late_by(start, time)
            })
        })
        .collect();
    let late: Vec<f64> = sleepers.into_iter().map(L::join).collect();
    timers_figures(many, cpu_time() - before, late)
}

/// Of so many that have slept.
pub fn timers_figures(many: u32, cpu: Duration, late: Vec<f64>) -> Figures {
    let each = f64::from(many);
    vec![(Metric::Many, each), (Metric::Cpu, cpu.as_nanos() as f64 / each), (Metric::Late, hundredth(late))]
}

/// Up to two seconds, in a different order than they are spawned in.
pub fn pause(number: u32) -> Duration {
    Duration::from_micros(u64::from(number) * 7_919 % 2_000_000)
}

/// Microseconds.
pub fn late_by(start: Instant, time: Duration) -> f64 {
    start.elapsed().saturating_sub(time).as_nanos() as f64 / 1000.0
}

/// How long each keeps its worker.
pub const HOGS_FOR: Duration = Duration::from_secs(2);

/// A hundred sleepers of a millisecond, and some that are spawned, beside four that keep their worker.
pub fn hogs<L: Library>(keep: fn(Duration)) -> Figures {
    const TIME: Duration = Duration::from_millis(1);
    let is_over = Arc::new(AtomicBool::new(false));
    let sleepers: Vec<_> = (0..100)
        .map(|_| {
            let is_over = is_over.clone();
            L::spawn(move || {
                let mut late = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    let start = Instant::now();
                    L::sleep(TIME);
                    late.push(late_by(start, TIME));
                }
                late
            })
        })
        .collect();
    L::sleep(50 * TIME);
    let starts = starts(L::spawner());
    let hogs: Vec<_> = (0..4).map(|_| L::spawn(move || keep(HOGS_FOR))).collect();
    hogs.into_iter().for_each(L::join);
    is_over.store(true, Ordering::Relaxed);
    let late = sleepers.into_iter().flat_map(L::join).collect();
    vec![
        (Metric::Late, hundredth(late)),
        (Metric::Start, hundredth(starts.join().expect("it does not panic"))),
    ]
}

/// Spawns one every millisecond, from a thread that is nobody's victim: the times until they have begun.
pub fn starts(spawner: Spawner) -> JoinHandle<Vec<f64>> {
    thread::spawn(move || {
        let (begins, begun) = mpsc::channel();
        let begin = Instant::now();
        while begin.elapsed() < HOGS_FOR {
            let (asked, begins) = (Instant::now(), begins.clone());
            spawner(Box::new(move || _ = begins.send(late_by(asked, Duration::ZERO))));
            thread::sleep(Duration::from_millis(1));
        }
        drop(begins);
        begun.iter().collect()
    })
}

/// Computes so long.
pub fn spin(time: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// What one in a hundred reaches.
pub fn hundredth(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() * 99 / 100).copied().unwrap_or(f64::NAN)
}
