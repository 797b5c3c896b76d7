//! Idle workers give back the memory of stacks that is not in use, and nothing else: whoever waits or yields at
//! whatever depth finds its frames again.
//!
//! In child processes, since a stack that was lost ends the process.

use crate::child::in_child;
use crate::eventually::eventually;
use crate::workers::runtime;
use gopark::coroutine::park;
use gopark::runtime::Runtime;
use gopark::time::sleep;
use gopark::{go, yield_now};
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Calls `wait` below `depth` frames of at least 64 bytes; whether all of them were whole afterwards.
fn wait_below(depth: usize, wait: &dyn Fn()) -> bool {
    let frame = black_box([depth as u64; 8]);
    let deeper_are_whole = if depth == 0 {
        wait();
        true
    } else {
        wait_below(depth - 1, wait)
    };
    deeper_are_whole && black_box(frame) == [depth as u64; 8]
}

/// Leaves pages behind that its caller does not need.
#[inline(never)]
fn use_more() {
    black_box([1_u8; 16 << 10]);
}

fn trims(runtime: &Runtime) -> u64 {
    runtime.metrics().machines.iter().map(|machine| machine.trims).sum()
}

#[test]
fn of_those_who_wait_at_any_depth() {
    const WAITERS: usize = 600;
    let child = in_child(of_those_who_wait_at_any_depth, &[], || {
        let runtime = runtime(2);
        let over = Arc::new(AtomicBool::new(false));
        let waiters: Vec<_> = (0..WAITERS)
            .map(|depth| {
                let over = over.clone();
                runtime.spawn(move || {
                    wait_below(depth % 200, &|| {
                        use_more();
                        while !over.load(Ordering::SeqCst) {
                            park();
                        }
                    })
                })
            })
            .collect();
        eventually("every stack was trimmed", || trims(&runtime) >= WAITERS as u64);
        over.store(true, Ordering::SeqCst);
        for waiter in waiters {
            waiter.coroutine().unpark();
            assert!(waiter.join().expect("no panic"), "a frame has lost its content");
        }
    });
    child.succeeded();
}

/// They have waited once, further up, and are ready ever since.
#[test]
fn of_those_who_yield_deeper_than_they_have_waited() {
    in_child(of_those_who_yield_deeper_than_they_have_waited, &[], || {
        runtime(1).run(|| {
            let yielders: Vec<_> = (0..20)
                .map(|_| {
                    go(|| {
                        // A busy worker gives memory back every 100 ms: once before the wait, which it then
                        // knows of, and again while this coroutine stands below.
                        yield_for(Duration::from_millis(20));
                        sleep(Duration::from_millis(1));
                        wait_below(300, &|| yield_for(Duration::from_millis(300)))
                    })
                })
                .collect();
            for yielder in yielders {
                assert!(yielder.join().expect("no panic"), "a frame has lost its content");
            }
        });
    })
    .succeeded();
}

fn yield_for(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        yield_now();
    }
}
