//! What the scheduler's events cost: `cargo bench --bench scheduler`. Figures stand in `benches/README.md`.

#![expect(missing_docs, reason = "criterion_group makes a public function")]

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gopark::coroutine::{self, Coroutine};
use gopark::{JoinHandle, Runtime, go, yield_now};

fn runtime(workers: usize) -> Runtime {
    Runtime::builder().workers(workers).build().expect("a runtime")
}

/// One switch: `count` coroutines on one worker yield in turn.
fn yields(c: &mut Criterion, count: usize) {
    let runtime = runtime(1);
    c.bench_function(&format!("yield_now/{count} coroutines"), |b| {
        b.iter_custom(|iterations| {
            let each = iterations.div_ceil(count as u64);
            let elapsed = runtime.run(|| {
                let others: Vec<_> =
                    (1..count).map(|_| go(move || (0..each).for_each(|_| yield_now()))).collect();
                yield_now(); // all have started
                let start = Instant::now();
                (0..each).for_each(|_| yield_now());
                let elapsed = start.elapsed();
                others.into_iter().for_each(|other| other.join().expect("it yields"));
                elapsed
            });
            // `each` rounds of `count` switches.
            elapsed.mul_f64(iterations as f64 / (each * count as u64) as f64)
        });
    });
}

fn yield_2(c: &mut Criterion) {
    yields(c, 2);
}

fn yield_1000(c: &mut Criterion) {
    yields(c, 1000);
}

fn spawn_join(c: &mut Criterion) {
    let runtime = runtime(1);
    c.bench_function("spawn and join/1 worker", |b| {
        b.iter_custom(|iterations| {
            runtime.run(|| {
                let start = Instant::now();
                for i in 0..iterations {
                    black_box(go(move || i).join().expect("it returns"));
                }
                start.elapsed()
            })
        });
    });
}

/// A million at once: a burst that is spawned, then run, each on a stack that it gives to the next.
fn spawn_million(c: &mut Criterion) {
    const MILLION: u64 = 1_000_000;
    let mut group = c.benchmark_group("spawn 1M, then run them");
    group.sample_size(10).throughput(Throughput::Elements(MILLION));
    for workers in [1, 2] {
        let runtime = runtime(workers);
        group.bench_function(format!("{workers} workers"), |b| {
            b.iter_custom(|iterations| {
                (0..iterations).map(|_| runtime.run(|| burst(MILLION as usize))).sum::<Duration>()
            });
        });
    }
    group.finish();
}

fn burst(count: usize) -> Duration {
    let left = Arc::new(AtomicUsize::new(count));
    let main = coroutine::current().expect("a coroutine");
    let start = Instant::now();
    for _ in 0..count {
        let (left, main) = (left.clone(), main.clone());
        drop(go(move || {
            if left.fetch_sub(1, Ordering::AcqRel) == 1 {
                main.unpark();
            }
        }));
    }
    while left.load(Ordering::Acquire) != 0 {
        coroutine::park();
    }
    start.elapsed()
}

/// Two coroutines that unpark each other: one round trip is two wake-ups and two switches.
fn round_trip(c: &mut Criterion, workers: usize) {
    let runtime = runtime(workers);
    c.bench_function(&format!("unpark round trip/{workers} workers"), |b| {
        b.iter_custom(|iterations| {
            runtime.run(|| {
                let me = coroutine::current().expect("a coroutine");
                let stop = Arc::new(AtomicBool::new(false));
                let partner = partner(me, stop.clone(), workers);
                let start = Instant::now();
                for _ in 0..iterations {
                    partner.coroutine().unpark();
                    coroutine::park();
                }
                let elapsed = start.elapsed();
                stop.store(true, Ordering::Release);
                partner.coroutine().unpark();
                partner.join().expect("it answers");
                elapsed
            })
        });
    });
}

/// Answers every token with one, from another machine than the caller's if there is one.
fn partner(asker: Coroutine, stop: Arc<AtomicBool>, workers: usize) -> JoinHandle<()> {
    let home = std::thread::current().id();
    loop {
        let (asker, stop) = (asker.clone(), stop.clone());
        let elsewhere = Arc::new(AtomicUsize::new(0));
        let verdict = elsewhere.clone();
        let handle = go(move || {
            let apart = workers == 1 || std::thread::current().id() != home;
            verdict.store(if apart { 1 } else { 2 }, Ordering::Release);
            if !apart {
                return;
            }
            loop {
                coroutine::park();
                if stop.load(Ordering::Acquire) {
                    return;
                }
                asker.unpark();
            }
        });
        // On one worker it has to be let run; on two, spinning leaves it to the thief.
        while elsewhere.load(Ordering::Acquire) == 0 {
            if workers == 1 {
                yield_now();
            }
        }
        if elsewhere.load(Ordering::Acquire) == 1 {
            return handle;
        }
    }
}

fn round_trip_here(c: &mut Criterion) {
    round_trip(c, 1);
}

fn round_trip_across(c: &mut Criterion) {
    round_trip(c, 2);
}

criterion_group!(benches, yield_2, yield_1000, spawn_join, round_trip_here, round_trip_across, spawn_million);
criterion_main!(benches);
