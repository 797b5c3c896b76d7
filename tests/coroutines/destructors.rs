//! What a closure captures, what it returns and what it throws is dropped exactly once, whatever happens.

use crate::counted::{Counted, Drops};
use crate::eventually::eventually;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::runtime::Runtime;
use gopark::time::sleep;
use gopark::{coroutine_local, go, yield_now};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::rc::Rc;
use std::thread;
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

/// Panics when it is dropped, with what it has; the value beside it is dropped all the same.
struct Bomb<P: std::any::Any + Send> {
    payload: Option<P>,
    _counted: Counted,
}

impl<P: std::any::Any + Send> Bomb<P> {
    fn new(payload: P, drops: &Drops) -> Bomb<P> {
        Bomb { payload: Some(payload), _counted: drops.value() }
    }
}

impl<P: std::any::Any + Send> Drop for Bomb<P> {
    fn drop(&mut self) {
        panic_any(self.payload.take().expect("once"));
    }
}

/// A destructor at the end of the closure is a part of it.
#[test]
fn a_panic_in_a_destructor_of_a_local_or_captured_value_is_the_coroutines() {
    bounded(|| {
        let drops = Drops::default();
        let runtime = runtime(1);
        let captured = Bomb::new(1_u8, &drops);
        let ends = [
            runtime.spawn(move || {
                let _captured = captured;
                yield_now();
            }),
            runtime.spawn({
                let drops = drops.clone();
                move || drop(Bomb::new(1_u8, &drops))
            }),
        ];
        for end in ends {
            assert_eq!(end.join().expect_err("a panic").downcast_ref::<u8>(), Some(&1));
        }
        assert_eq!(drops.count(), 2);
        assert_eq!(runtime.metrics().panicked, 2);
    });
}

/// Whoever takes a result has to drop it.
#[test]
fn a_panic_in_the_destructor_of_a_result_is_the_takers_or_nobodys() {
    bounded(|| {
        let drops = Drops::default();
        let runtime = runtime(1);
        let returns = || {
            let result = Bomb::new("dropped, on purpose", &drops);
            move || result
        };
        let taken = runtime.spawn(returns()).join().expect("the coroutine has not panicked");
        let panicked = catch_unwind(AssertUnwindSafe(|| drop(taken))).expect_err("the taker's");
        assert_eq!(panicked.downcast_ref::<&str>(), Some(&"dropped, on purpose"));

        // The handle goes first, or the coroutine.
        drop(runtime.spawn(returns()));
        settle(&runtime);
        let left = runtime.spawn(returns());
        assert!(left.join_timeout(Duration::MAX));
        drop(left);
        let left = runtime.spawn(returns());
        assert!(left.join_timeout(Duration::MAX));
        runtime.run(move || drop(left));
        assert_eq!(drops.count(), 4);
        assert_eq!(runtime.metrics().panicked, 0);
        assert_eq!(runtime.run(|| go(|| 1).join().expect("no panic")), 1);
    });
}

/// As `std::thread` has it: whoever joins gets the payload, and what comes of it.
#[test]
fn a_payload_whose_destructor_panics_is_the_joiners_or_nobodys() {
    bounded(|| {
        let drops = Drops::default();
        let runtime = runtime(1);
        let throws = || {
            let payload = Bomb::new("dropped, on purpose", &drops);
            move || panic_any(payload)
        };
        let payload: Box<dyn std::any::Any + Send> = runtime.spawn(throws()).join().expect_err("a panic");
        assert!(payload.is::<Bomb<&str>>());
        assert_eq!(drops.count(), 0);
        let panicked = catch_unwind(AssertUnwindSafe(|| drop(payload))).expect_err("the joiner's");
        assert_eq!(panicked.downcast_ref::<&str>(), Some(&"dropped, on purpose"));
        assert_eq!(drops.count(), 1);

        drop(runtime.spawn(throws()));
        settle(&runtime);
        assert_eq!(drops.count(), 2);
        for by_coroutine in [true, false] {
            let left = runtime.spawn(throws());
            assert!(left.join_timeout(Duration::MAX));
            if by_coroutine { runtime.run(move || drop(left)) } else { drop(left) }
        }
        assert_eq!(drops.count(), 4);
        assert_eq!((runtime.metrics().panicked, runtime.metrics().live), (4, 0));
        assert_eq!(runtime.run(|| go(|| 1).join().expect("no panic")), 1);
    });
}

/// A payload that panics with one that panics with one: it ends somewhere, and the worker lives.
#[test]
fn payloads_inside_payloads_do_not_harm_the_worker() {
    bounded(|| {
        let drops = Drops::default();
        let runtime = runtime(1);
        let nested = || {
            let innermost = Bomb::new("dropped, on purpose", &drops);
            Bomb::new(Bomb::new(innermost, &drops), &drops)
        };
        let (result, payload, local) = (nested(), nested(), nested());
        drop(runtime.spawn(move || result));
        drop(runtime.spawn(move || panic_any(payload)));
        drop(runtime.spawn(move || drop(local)));
        settle(&runtime);
        // Those that no destructor can be trusted with are leaked.
        assert!(drops.count() >= 3, "{} of 9", drops.count());
        assert_eq!(runtime.metrics().panicked, 2);
        assert_eq!(runtime.run(|| go(|| 1).join().expect("no panic")), 1);
    });
}

/// They end after the closure, so they change nothing of what it returns or throws.
#[test]
fn a_panic_in_the_destructor_of_a_coroutine_local_harms_nobody() {
    coroutine_local! {
        static BOMB: RefCell<Option<Bomb<&'static str>>> = RefCell::new(None);
        static NESTED: RefCell<Option<Bomb<Bomb<u8>>>> = RefCell::new(None);
        static LAST: RefCell<Option<Counted>> = RefCell::new(None)
    }
    bounded(|| {
        let drops = Drops::default();
        let runtime = runtime(1);
        let set = |drops: &Drops| {
            BOMB.with_borrow_mut(|place| *place = Some(Bomb::new("dropped, on purpose", drops)));
            let nested = Bomb::new(Bomb::new(1, drops), drops);
            NESTED.with_borrow_mut(|place| *place = Some(nested));
            LAST.with_borrow_mut(|place| *place = Some(drops.value()));
        };
        for panics in [false, true] {
            let mine = drops.clone();
            let child = runtime.spawn(move || {
                set(&mine);
                yield_now();
                if panics {
                    panic_any("its own");
                }
                "its result"
            });
            match child.join() {
                Ok(result) => assert!(!panics && result == "its result"),
                Err(payload) => assert!(panics && payload.downcast_ref::<&str>() == Some(&"its own")),
            }
        }
        // Of each: the first bomb, the outer one of the nested ones, and the last; the inner one may be leaked.
        assert!((6..=8).contains(&drops.count()), "{}", drops.count());
        assert!(!thread::panicking());
        assert_eq!((runtime.metrics().panicked, runtime.metrics().finished), (1, 2));
        assert_eq!(runtime.run(|| go(|| 1).join().expect("no panic")), 1);
    });
}

/// They may wait, whether or not their coroutine has panicked.
#[test]
fn destructors_of_coroutine_locals_may_wait() {
    struct Waits {
        _counted: Counted,
    }
    impl Drop for Waits {
        fn drop(&mut self) {
            assert!(!thread::panicking());
            yield_now();
            sleep(Duration::from_micros(50));
            go(yield_now).join().expect("no panic");
        }
    }
    coroutine_local! {
        static WAITS: RefCell<Option<Waits>> = RefCell::new(None)
    }
    bounded(|| {
        let drops = Drops::default();
        let runtime = runtime(1);
        for panics in [false, true] {
            let waits = Waits { _counted: drops.value() };
            let child = runtime.spawn(move || {
                WAITS.with_borrow_mut(|place| *place = Some(waits));
                assert!(!panics, "on purpose");
            });
            assert_eq!(child.join().is_err(), panics);
        }
        assert_eq!(drops.count(), 2);
    });
}
