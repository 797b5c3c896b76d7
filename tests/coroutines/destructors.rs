//! What a closure captures, what it returns and what it throws is dropped exactly once, whatever happens.

use crate::counted::{Counted, Drops};
use crate::eventually::eventually;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::runtime::Runtime;
use gopark::time::sleep;
use gopark::{go, yield_now};
use std::panic::panic_any;
use std::rc::Rc;
use std::time::Duration;

/// Waits until every coroutine of `runtime` has ended.
fn settle(runtime: &Runtime) {
    eventually("every coroutine has ended", || runtime.metrics().live == 0);
}

#[test]
fn captured_values_of_finished_coroutines() {
    bounded(|| {
        let drops = Drops::default();
        let runtime = runtime(2);
        runtime.run(|| {
            let handles: Vec<_> = (0..100)
                .map(|_| {
                    let value = drops.value();
                    go(move || drop(value))
                })
                .collect();
            for handle in handles {
                handle.join().expect("no panic");
            }
            assert_eq!(drops.count(), 100);
        });
        drop(runtime);
        assert_eq!(drops.count(), 100);
    });
}

#[test]
fn captured_values_of_panicked_coroutines() {
    bounded(|| {
        let drops = Drops::default();
        let runtime = runtime(2);
        for _ in 0..5 {
            let value = drops.value();
            let panics = runtime.spawn(move || {
                let _value = value;
                yield_now();
                panic!("on purpose");
            });
            assert!(panics.join().is_err());
        }
        assert_eq!(drops.count(), 5, "dropped before the joiner knows");
        drop(runtime);
        assert_eq!(drops.count(), 5);
    });
}

#[test]
fn captured_values_of_detached_coroutines() {
    bounded(|| {
        let drops = Drops::default();
        let runtime = runtime(2);
        for panics in [false, true] {
            let value = drops.value();
            drop(runtime.spawn(move || {
                let _value = value;
                yield_now();
                assert!(!panics, "on purpose");
            }));
        }
        settle(&runtime);
        assert_eq!(drops.count(), 2);
        drop(runtime);
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn results_taken_and_results_left() {
    bounded(|| {
        let drops = Drops::default();
        let runtime = runtime(2);
        let returns = |drops: &Drops| {
            let value = drops.value();
            move || {
                yield_now();
                value
            }
        };
        let taken: Counted = runtime.spawn(returns(&drops)).join().expect("no panic");
        assert_eq!(drops.count(), 0);
        drop(taken);
        assert_eq!(drops.count(), 1);

        drop(runtime.spawn(returns(&drops)));
        settle(&runtime);
        assert_eq!(drops.count(), 2, "the handle went first");

        let handle = runtime.spawn(returns(&drops));
        assert!(handle.join_timeout(Duration::MAX));
        assert_eq!(drops.count(), 2, "a result waits for its handle");
        drop(handle);
        assert_eq!(drops.count(), 3, "the coroutine went first");
    });
}

#[test]
fn payloads_taken_and_payloads_left() {
    bounded(|| {
        let drops = Drops::default();
        let runtime = runtime(2);
        let throws = |drops: &Drops| {
            let value = drops.value();
            move || panic_any(value)
        };
        let payload = runtime.spawn(throws(&drops)).join().expect_err("a panic");
        assert_eq!(drops.count(), 0);
        assert!(payload.is::<Counted>());
        drop(payload);
        assert_eq!(drops.count(), 1);

        drop(runtime.spawn(throws(&drops)));
        settle(&runtime);
        assert_eq!(drops.count(), 2);
    });
}

/// Only what crosses the spawn or the join must be `Send`.
#[test]
fn values_that_are_not_send_live_across_waits() {
    bounded(|| {
        let runtime = runtime(2);
        let handles: Vec<_> = (0..50_usize)
            .map(|i| {
                runtime.spawn(move || {
                    let mine = Rc::new(i);
                    let clones: Vec<_> = (0..10)
                        .map(|_| {
                            yield_now();
                            mine.clone()
                        })
                        .collect();
                    clones.iter().map(|clone| **clone).sum::<usize>() + Rc::strong_count(&mine)
                })
            })
            .collect();
        for (i, handle) in handles.into_iter().enumerate() {
            assert_eq!(handle.join().expect("no panic"), 10 * i + 11);
        }
    });
}

/// Of captured values, results and payloads, be the handle there or not.
#[test]
fn destructors_may_wait() {
    struct Waits {
        _counted: Counted,
    }
    impl Drop for Waits {
        fn drop(&mut self) {
            yield_now();
            sleep(Duration::from_micros(50));
            go(yield_now).join().expect("no panic");
        }
    }
    bounded(|| {
        let drops = Drops::default();
        let runtime = runtime(1);
        let value = || Waits { _counted: drops.value() };
        let (captured, result, payload) = (value(), value(), value());
        runtime.spawn(move || drop(captured)).join().expect("no panic");
        drop(runtime.spawn(move || result));
        drop(runtime.spawn(move || panic_any(payload)));
        let (captured, kept) = (
            value(),
            runtime.spawn({
                let result = value();
                move || result
            }),
        );
        drop(runtime.spawn(move || {
            let _captured = captured;
            yield_now();
        }));
        settle(&runtime);
        assert_eq!(drops.count(), 4);
        runtime.run(move || drop(kept));
        assert_eq!(drops.count(), 5);
    });
}
