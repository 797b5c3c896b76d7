//! What recording costs: `cargo bench --bench trace`. Figures stand in `benches/README.md`.

#![expect(missing_docs, reason = "criterion_group makes a public function")]

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use gopark::{Runtime, go, trace, yield_now};

/// While nothing is recorded, or into the window of the flight recorder, which is the same for the workers as a file.
fn set(on: bool) {
    let window = if on { Duration::from_millis(100) } else { Duration::ZERO };
    trace::flight_recorder(window).expect("a thread");
}

/// Two coroutines on one worker: a switch is two events, the end of a run and the begin of another.
fn switch(c: &mut Criterion) {
    let runtime = Runtime::builder().workers(1).build().expect("a runtime");
    for (name, on) in [("off", false), ("on", true)] {
        set(on);
        c.bench_function(&format!("a switch, two events/{name}"), |b| {
            b.iter_custom(|iterations| {
                runtime.run(|| {
                    let other = go(move || (0..iterations).for_each(|_| yield_now()));
                    yield_now();
                    let start = Instant::now();
                    (0..iterations).for_each(|_| yield_now());
                    let elapsed = start.elapsed();
                    other.join().expect("it yields");
                    elapsed / 2
                })
            });
        });
    }
    set(false);
}

/// A span in a coroutine: two events.
fn span(c: &mut Criterion) {
    let runtime = Runtime::builder().workers(1).build().expect("a runtime");
    for (name, on) in [("off", false), ("on", true)] {
        set(on);
        c.bench_function(&format!("a span, two events/{name}"), |b| {
            b.iter_custom(|iterations| {
                runtime.run(|| {
                    let start = Instant::now();
                    (0..iterations).for_each(|_| drop(trace::span("a span")));
                    start.elapsed()
                })
            });
        });
    }
    set(false);
}

criterion_group!(benches, switch, span);
criterion_main!(benches);
