//! What a task of a pool costs: `cargo bench --bench pool`. Figures stand in `benches/README.md`.

#![expect(missing_docs, reason = "criterion_group makes a public function")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use gopark::pool::Pool;
use gopark::{Runtime, go};

/// Tasks that are submitted before the first of them is joined.
const BATCH: u64 = 1000;

/// One task after the other, each joined before the next, beside a bare coroutine.
fn one_by_one(c: &mut Criterion) {
    let mut group = c.benchmark_group("a task and its join");
    for workers in [1, 2] {
        let runtime = Runtime::builder().workers(workers).build().expect("a runtime");
        let pool = Pool::builder().workers(4).build();
        group.bench_function(format!("go, {workers} workers"), |b| {
            b.iter_custom(|iterations| {
                runtime.run(|| timed(iterations, || go(|| black_box(1)).join().expect("no panic")))
            });
        });
        group.bench_function(format!("submit, {workers} workers"), |b| {
            b.iter_custom(|iterations| {
                runtime.run(|| timed(iterations, || pool.submit(|| black_box(1)).join().expect("no panic")))
            });
        });
    }
    group.finish();
}

/// Many tasks, then their joins; and one call for each of many items.
fn batches(c: &mut Criterion) {
    let mut group = c.benchmark_group(format!("{BATCH} tasks, each"));
    for workers in [1, 2] {
        let runtime = Runtime::builder().workers(workers).build().expect("a runtime");
        let pool = Pool::builder().workers(4).build();
        let each = |iterations: u64, batch: &(dyn Fn() + Sync)| {
            let batches = iterations.div_ceil(BATCH);
            let took = runtime.run(|| timed(batches, batch));
            took.mul_f64(iterations as f64 / (batches * BATCH) as f64)
        };
        group.bench_function(format!("go, {workers} workers"), |b| {
            b.iter_custom(|iterations| {
                each(iterations, &|| {
                    let tasks: Vec<_> = (0..BATCH).map(|i| go(move || black_box(i))).collect();
                    tasks.into_iter().for_each(|task| drop(task.join()));
                })
            });
        });
        group.bench_function(format!("submit, {workers} workers"), |b| {
            b.iter_custom(|iterations| {
                each(iterations, &|| {
                    let tasks: Vec<_> = (0..BATCH).map(|i| pool.submit(move || black_box(i))).collect();
                    tasks.into_iter().for_each(|task| drop(task.join()));
                })
            });
        });
        group.bench_function(format!("for_each, {workers} workers"), |b| {
            b.iter_custom(|iterations| each(iterations, &|| pool.for_each(0..BATCH, |i| _ = black_box(i))));
        });
        group.bench_function(format!("map, {workers} workers"), |b| {
            b.iter_custom(|iterations| each(iterations, &|| drop(black_box(pool.map(0..BATCH, black_box)))));
        });
    }
    group.finish();
}

fn timed<R>(iterations: u64, call: impl Fn() -> R) -> Duration {
    let start = Instant::now();
    (0..iterations).for_each(|_| drop(call()));
    start.elapsed()
}

criterion_group!(benches, one_by_one, batches);
criterion_main!(benches);
