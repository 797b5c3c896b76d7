//! A hundred thousand coroutines: all are told of, in a bounded text, and workers go on meanwhile.
//!
//! The figures are printed (`cargo test --release --test dump many -- --show-output`); what is asserted leaves them a
//! wide margin.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::child::in_child;
use crate::eventually::eventually;
use crate::policy;
use gopark::coroutine::{Builder, park};
use gopark::dump::{State, WaitsFor};
use gopark::time::sleep;

const MANY: usize = 100_000;

/// Bytes that are resident, or were at most.
fn kilobytes(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).expect(field);
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// A coroutine that sleeps a millisecond again and again, and the longest that it has once been away, in nanoseconds.
fn tick(longest: Arc<AtomicU64>, is_over: Arc<AtomicBool>) {
    let mut last = Instant::now();
    while !is_over.load(Ordering::Relaxed) {
        sleep(Duration::from_millis(1));
        longest.fetch_max(last.elapsed().as_nanos() as u64, Ordering::Relaxed);
        last = Instant::now();
    }
}

fn waits_here() {
    park();
    std::hint::black_box(());
}

#[test]
fn a_hundred_thousand() {
    let ended = in_child(a_hundred_thousand, &[], || {
        let runtime = policy::builder().workers(2).build().expect("a runtime");
        let spawner = runtime.spawn(|| {
            let one = |_| Builder::new().stack_size(16 << 10).spawn(waits_here).expect("a coroutine");
            (0..MANY).map(one).collect::<Vec<_>>()
        });
        let many = spawner.join().unwrap();
        let parks = || runtime.metrics().machines.iter().map(|machine| machine.parks).sum::<u64>();
        eventually("all wait", || parks() >= MANY as u64);
        let (longest, is_over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (gap, stop) = (longest.clone(), is_over.clone());
        let ticker = runtime.spawn(move || tick(gap, stop));
        thread::sleep(Duration::from_millis(200));
        let quiet = Duration::from_nanos(longest.swap(0, Ordering::Relaxed));

        let before = kilobytes("VmRSS:");
        let begun = Instant::now();
        let dump = gopark::dump();
        let took = begun.elapsed();
        let gap = Duration::from_nanos(longest.load(Ordering::Relaxed));
        let (after, most) = (kilobytes("VmRSS:"), kilobytes("VmHWM:"));
        is_over.store(true, Ordering::Relaxed);
        let begun = Instant::now();
        let text = dump.to_string();
        let printed = begun.elapsed();
        let json = dump.to_json();
        println!(
            "{MANY} coroutines: dump {took:?}, {} kB (at most {} kB); text {} bytes, {printed:?}; JSON {} MB; \
             longest pause of the ticker {gap:?}, before {quiet:?}",
            after - before,
            most - before,
            text.len(),
            json.len() >> 20
        );

        let ids: HashSet<u64> = many.iter().map(|one| one.coroutine().id()).collect();
        let told: HashSet<u64> = dump
            .coroutines
            .iter()
            .filter(|look| look.state == State::Waiting && look.waits_for == Some(WaitsFor::Unpark))
            .map(|look| look.id)
            .collect();
        assert!(told == ids, "{} told, {} spawned", told.len(), ids.len());
        assert_eq!(dump.coroutines.len(), MANY + 1, "and the ticker");
        let shared = &dump.coroutine(many[0].coroutine().id()).unwrap().stack;
        let here = |frame: &gopark::dump::Frame| {
            frame.function.as_ref().is_some_and(|name| name.contains("waits_here"))
        };
        assert!(shared.iter().any(here), "{shared:#?}");
        assert!(text.len() < 10_000, "{} bytes", text.len());
        assert!(text.contains(&format!("{MANY} coroutines: ")), "{text}");
        // Some seconds in a program that was not optimised, half a second in one that was.
        assert!(took < Duration::from_secs(60), "{took:?}");
        assert!(after.saturating_sub(before) < 20 * 30_000, "{before} to {after} kB");
        assert!(gap < Duration::from_secs(2), "the workers were kept for {gap:?}");
        is_over.store(true, Ordering::Relaxed);
        ticker.join().unwrap();
        many.iter().for_each(|one| one.coroutine().unpark());
        many.into_iter().for_each(|one| one.join().unwrap());
    });
    ended.succeeded();
}
