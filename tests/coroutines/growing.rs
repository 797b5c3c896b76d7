//! `stack::grow`: a larger stack for a while, on which everything else stays as it is.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{current, no_park, park, park_timeout};
use gopark::stack::grow;
use gopark::time::sleep;
use gopark::{coroutine_local, go, yield_now};
use std::cell::Cell;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

const MIB: usize = 1 << 20;

coroutine_local! {
    static NUMBER: Cell<u32> = Cell::new(0)
}

/// Recurses `depth` times with at least a kilobyte each.
fn recurse(depth: usize) -> usize {
    let frame = black_box([depth; 128]);
    if depth == 0 { 0 } else { recurse(depth - 1) + frame[depth % 128] - depth + 1 }
}

#[test]
fn deep_recursion_fits() {
    bounded(|| {
        runtime(2).run(|| {
            assert_eq!(grow(128 * MIB, || recurse(30_000)), 30_000);
            let several: Vec<_> = (0..8).map(|_| go(|| grow(64 * MIB, || recurse(10_000)))).collect();
            for one in several {
                assert_eq!(one.join().expect("no panic"), 10_000);
            }
        });
    });
}

#[test]
fn it_borrows_and_returns_what_it_borrows() {
    bounded(|| {
        runtime(1).run(|| {
            let mut text = String::from("a");
            grow(MIB, || text.push('b'));
            let borrowed: &str = grow(MIB, || &text[1..]);
            assert_eq!(borrowed, "b");
        });
    });
}

#[test]
fn waits_inside_park_the_coroutine() {
    bounded(|| {
        runtime(1).run(|| {
            let main = current().expect("inside");
            let grown: Vec<_> = (0..10_usize)
                .map(|i| {
                    let main = main.clone();
                    go(move || {
                        grow(4 * MIB, || {
                            yield_now();
                            sleep(Duration::from_micros(100));
                            let below = go(move || i * 2).join().expect("no panic");
                            main.unpark();
                            park();
                            recurse(1000) + below
                        })
                    })
                })
                .collect();
            // The only worker gets here because those inside `grow` wait.
            for (i, one) in grown.into_iter().enumerate() {
                while !one.is_finished() {
                    one.coroutine().unpark();
                    park_timeout(Duration::from_millis(1));
                }
                assert_eq!(one.join().expect("no panic"), 1000 + 2 * i);
            }
        });
    });
}

#[test]
fn coroutine_locals_and_tokens_are_the_same_inside() {
    bounded(|| {
        runtime(1).run(|| {
            let outside = current().expect("inside a coroutine");
            NUMBER.set(1);
            outside.unpark();
            grow(MIB, || {
                assert_eq!(current(), Some(outside.clone()));
                assert_eq!(NUMBER.replace(2), 1);
                park();
                current().expect("inside a coroutine").unpark();
            });
            assert_eq!(NUMBER.get(), 2);
            park();
            assert_eq!(current(), Some(outside));
        });
    });
}

#[test]
fn sections_without_waits_hold_inside() {
    bounded(|| {
        runtime(1).run(|| {
            assert!(catch_unwind(|| no_park(|| grow(MIB, yield_now))).is_err());
            assert!(catch_unwind(|| grow(MIB, || no_park(yield_now))).is_err());
            grow(MIB, yield_now);
        });
    });
}

#[test]
fn a_panic_passes_through_with_its_payload() {
    bounded(|| {
        runtime(1).run(|| {
            for _ in 0..100 {
                let caught = catch_unwind(|| {
                    grow(MIB, || {
                        yield_now();
                        std::panic::panic_any(6_u8)
                    })
                });
                assert_eq!(caught.expect_err("a panic").downcast_ref::<u8>(), Some(&6));
            }
            let joined = go(|| grow(MIB, || -> () { panic!("grown") })).join();
            assert_eq!(joined.expect_err("a panic").downcast_ref::<&str>(), Some(&"grown"));
            assert_eq!(grow(MIB, || 1), 1);
        });
    });
}

#[test]
fn it_nests() {
    fn nest(levels: usize) -> usize {
        yield_now();
        if levels == 0 { recurse(100) } else { 1 + grow(MIB, || nest(levels - 1)) }
    }
    bounded(|| {
        runtime(2).run(|| {
            let several: Vec<_> = (0..4).map(|_| go(|| nest(20))).collect();
            for one in several {
                assert_eq!(one.join().expect("no panic"), 120);
            }
        });
    });
}

#[test]
fn plain_threads_may_grow() {
    bounded(|| {
        assert_eq!(grow(64 * MIB, || recurse(10_000)), 10_000);
        NUMBER.set(3);
        grow(MIB, || {
            assert_eq!(current(), None);
            assert_eq!(NUMBER.get(), 3);
            sleep(Duration::from_micros(10));
            yield_now();
            assert_eq!(crate::run::run(|| 5), 5);
            assert_eq!(grow(MIB, || recurse(100)), 100);
        });
        assert!(catch_unwind(|| grow(MIB, || panic!("on purpose"))).is_err());
    });
}

#[test]
fn sizes_that_cannot_be_are_refused_by_a_panic() {
    bounded(|| {
        let runtime = runtime(1);
        for size in [0, (1 << 30) + 1, usize::MAX] {
            let refused = || catch_unwind(|| grow(size, || ())).is_err();
            assert!(refused(), "{size} on a thread");
            assert!(runtime.run(refused), "{size} in a coroutine");
        }
        let ran = runtime.run(|| catch_unwind(AssertUnwindSafe(|| grow(1, || recurse(1)))));
        assert_eq!(ran.expect("a small size is rounded up"), 1);
    });
}
