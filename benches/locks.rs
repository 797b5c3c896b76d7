//! What locks cost: `cargo bench --bench locks`. Figures stand in `benches/README.md`.

#![expect(missing_docs, reason = "criterion_group makes a public function")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use gopark::{Runtime, go};

const CROWD: u64 = 64;

fn runtime(workers: usize) -> Runtime {
    Runtime::builder().workers(workers).build().expect("a runtime")
}

/// A lock that nobody else wants, in a coroutine.
fn uncontended(c: &mut Criterion) {
    let mut group = c.benchmark_group("lock and unlock, uncontended");
    let runtime = runtime(1);
    let ours = gopark::sync::Mutex::new(0u64);
    group.bench_function("gopark", |b| {
        b.iter_custom(|iterations| runtime.run(|| timed(iterations, || *black_box(&ours).lock() += 1)));
    });
    let reference = parking_lot::Mutex::new(0u64);
    group.bench_function("parking_lot", |b| {
        b.iter_custom(|iterations| runtime.run(|| timed(iterations, || *black_box(&reference).lock() += 1)));
    });
    let rwlock = gopark::sync::RwLock::new(0u64);
    group.bench_function("gopark, read", |b| {
        b.iter_custom(|iterations| {
            runtime.run(|| timed(iterations, || _ = black_box(*black_box(&rwlock).read())))
        });
    });
    let semaphore = gopark::sync::Semaphore::new(1);
    group.bench_function("gopark, semaphore", |b| {
        b.iter_custom(|iterations| {
            runtime.run(|| timed(iterations, || drop(black_box(&semaphore).acquire())))
        });
    });
    group.finish();
}

fn timed(iterations: u64, mut call: impl FnMut()) -> Duration {
    let start = Instant::now();
    (0..iterations).for_each(|_| call());
    start.elapsed()
}

/// Many coroutines that do nothing but lock, add and unlock.
fn contended(c: &mut Criterion) {
    let mut group = c.benchmark_group(format!("lock and unlock, {CROWD} coroutines"));
    for workers in [1, 2] {
        let runtime = runtime(workers);
        group.bench_function(format!("gopark, {workers} workers"), |b| {
            let lock = Arc::new(gopark::sync::Mutex::new(0u64));
            b.iter_custom(|iterations| runtime.run(|| crowd(iterations, &lock, |lock| *lock.lock() += 1)));
        });
        group.bench_function(format!("parking_lot, {workers} workers"), |b| {
            let lock = Arc::new(parking_lot::Mutex::new(0u64));
            b.iter_custom(|iterations| runtime.run(|| crowd(iterations, &lock, |lock| *lock.lock() += 1)));
        });
    }
    group.finish();
}

fn crowd<L: Send + Sync + 'static>(iterations: u64, lock: &Arc<L>, call: fn(&L)) -> Duration {
    let each = iterations.div_ceil(CROWD);
    let start = Instant::now();
    let members: Vec<_> = (0..CROWD)
        .map(|_| {
            let lock = lock.clone();
            go(move || (0..each).for_each(|_| call(&lock)))
        })
        .collect();
    members.into_iter().for_each(|member| member.join().expect("it locks"));
    start.elapsed().mul_f64(iterations as f64 / (each * CROWD) as f64)
}

criterion_group! {
    name = locks;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20);
    targets = uncontended, contended
}
criterion_main!(locks);
