//! What a call on a helper thread costs: `cargo bench --bench blocking`. Figures stand in `benches/README.md`.

#![expect(missing_docs, reason = "criterion_group makes a public function")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use gopark::{Runtime, blocking, go};

/// One call after the other: two hand-overs between threads. The helper thread is often still awake from the last.
fn in_turn(c: &mut Criterion) {
    let runtime = Runtime::builder().workers(1).build().expect("a runtime");
    c.bench_function("blocking/in turn", |b| {
        b.iter_custom(|iterations| runtime.run(|| calls(iterations)));
    });
}

/// One call now and then: the helper thread has to be woken, and then the worker.
fn now_and_then(c: &mut Criterion) {
    let runtime = Runtime::builder().workers(1).build().expect("a runtime");
    c.bench_function("blocking/now and then", |b| {
        b.iter_custom(|iterations| {
            let once = || {
                gopark::time::sleep(Duration::from_micros(200));
                calls(1)
            };
            runtime.run(|| (0..iterations).map(|_| once()).sum())
        });
    });
}

/// A hundred coroutines of one worker at once: while one waits, others hand over.
fn hundred(c: &mut Criterion) {
    const COROUTINES: u64 = 100;
    let runtime = Runtime::builder().workers(1).build().expect("a runtime");
    c.bench_function("blocking/100 at once", |b| {
        b.iter_custom(|iterations| {
            let each = iterations.div_ceil(COROUTINES);
            let elapsed = runtime.run(|| {
                let start = Instant::now();
                let callers: Vec<_> = (0..COROUTINES).map(|_| go(move || calls(each))).collect();
                callers.into_iter().for_each(|caller| {
                    caller.join().expect("it calls");
                });
                start.elapsed()
            });
            elapsed.mul_f64(iterations as f64 / (each * COROUTINES) as f64)
        });
    });
}

/// On a plain thread: nothing but the closure.
fn in_place(c: &mut Criterion) {
    c.bench_function("blocking/plain thread", |b| b.iter(|| blocking(|| black_box(7))));
}

fn calls(count: u64) -> Duration {
    let start = Instant::now();
    (0..count).for_each(|i| assert_eq!(blocking(|| black_box(i)), i));
    start.elapsed()
}

criterion_group!(benches, in_turn, now_and_then, hundred, in_place);
criterion_main!(benches);
