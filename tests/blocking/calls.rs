//! One call: where it runs, what it may use, what it returns.

use crate::counted::Drops;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{current, no_park};
use gopark::time::sleep;
use gopark::{blocking, go, yield_now};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{self, ThreadId};
use std::time::Duration;

fn here() -> ThreadId {
    thread::current().id()
}

#[test]
fn it_runs_on_a_helper_thread_and_borrows_from_its_caller() {
    bounded(|| {
        let texts = ["some".to_owned(), "more".to_owned()];
        runtime(1).run(|| {
            let mut seen = Vec::new();
            let worker = here();
            let longest: &str = blocking(|| {
                seen.push((here(), thread::current().name().map(str::to_owned)));
                texts.iter().max_by_key(|text| text.len()).expect("two")
            });
            assert_eq!(longest, "more");
            let [(thread, name)] = &seen[..] else { panic!("it ran {} times", seen.len()) };
            assert_ne!(*thread, worker);
            assert_eq!(name.as_deref(), Some("gopark-blocking"));
            assert_eq!(here(), worker, "the coroutine has stayed where it was");
        });
    });
}

#[test]
fn results_of_all_sizes_come_back() {
    bounded(|| {
        runtime(1).run(|| {
            blocking(|| ());
            assert_eq!(blocking(|| 7_u8), 7);
            let large = blocking(|| std::array::from_fn::<u64, 1000, _>(|i| i as u64));
            assert!(large.iter().enumerate().all(|(i, &value)| value == i as u64));
            assert_eq!(blocking(|| Err::<(), _>(String::from("refused"))), Err(String::from("refused")));
        });
    });
}

#[test]
fn what_goes_in_and_comes_out_is_dropped_once() {
    bounded(|| {
        runtime(1).run(|| {
            let (captured, returned) = (Drops::default(), Drops::default());
            let (value, result) = (captured.value(), returned.value());
            let result = blocking(|| {
                drop(value);
                result
            });
            assert_eq!((captured.count(), returned.count()), (1, 0));
            drop(result);
            assert_eq!(returned.count(), 1);
            let unused = captured.value();
            blocking(move || {
                let _dropped_with_the_closure = &unused;
            });
            assert_eq!(captured.count(), 2);
        });
    });
}

#[test]
fn on_a_plain_thread_it_runs_in_place() {
    bounded(|| {
        let mut ran_on = None;
        assert_eq!(blocking(|| ran_on.insert(here()).to_owned()), here());
        let runtime = runtime(1);
        let _current = runtime.enter();
        assert_eq!(blocking(here), here(), "also where a runtime is current");
        // A plain thread never switches, so nothing is refused there.
        assert_eq!(no_park(|| blocking(here)), here());
    });
}

#[test]
fn a_call_within_a_call_runs_in_place() {
    bounded(|| {
        runtime(1).run(|| {
            let (outer, inner) = blocking(|| (here(), blocking(|| blocking(here))));
            assert_eq!(outer, inner);
            assert_ne!(outer, here());
        });
    });
}

#[test]
fn the_callers_runtime_is_current_inside() {
    bounded(|| {
        let named =
            |name: &str| crate::policy::builder().workers(1).thread_name(name).build().expect("a runtime");
        let worker = || thread::current().name().map(str::to_owned);
        let runtimes = [named("red"), named("blue")];
        for turn in 0..20 {
            let (runtime, name) = (&runtimes[turn % 2], ["red-0", "blue-0"][turn % 2]);
            runtime.run(|| {
                let spawned = gopark::metrics().spawned;
                let started_on = blocking(|| {
                    assert!(current().is_none(), "it is no coroutine");
                    let child = go(worker).join().expect("no panic");
                    assert_eq!(gopark::metrics().spawned, spawned + 1);
                    child
                });
                assert_eq!(started_on.as_deref(), Some(name));
            });
        }
    });
}

/// It can enter another runtime, and even forget to leave it, without harm to those who come after.
#[test]
fn a_runtime_entered_inside_does_not_stay_behind() {
    bounded(|| {
        let (own, other) = (runtime(1), runtime(3));
        let machines = || gopark::metrics().machines.len();
        for _ in 0..20 {
            own.run(|| {
                let inside = blocking(|| {
                    let before = machines();
                    std::mem::forget(other.enter());
                    (before, machines())
                });
                assert_eq!(inside, (1, 3));
            });
        }
    });
}

/// Only what has a coroutine of its own would find the worker blocked.
#[test]
fn waits_inside_block_the_helper_thread_alone() {
    bounded(|| {
        runtime(1).run(|| {
            let sum = blocking(|| {
                let children: Vec<_> = (1..=10).map(|i| go(move || (yield_now(), i).1)).collect();
                sleep(Duration::from_millis(1));
                children.into_iter().map(|child| child.join().expect("no panic")).sum::<i32>()
            });
            assert_eq!(sum, 55);
        });
    });
}

#[test]
fn no_park_refuses_it_before_anything_has_run() {
    bounded(|| {
        runtime(1).run(|| {
            let (ran, drops) = (Cell::new(false), Drops::default());
            let value = drops.value();
            let mut runs = false;
            let refused = catch_unwind(AssertUnwindSafe(|| {
                no_park(|| {
                    blocking(|| {
                        runs = true;
                        drop(value);
                    });
                    ran.set(true);
                });
            }));
            let payload = refused.expect_err("it would have to wait");
            let text = payload.downcast_ref::<String>().expect("a text");
            assert!(text.contains("no_park"), "{text}");
            assert_eq!(drops.count(), 1, "the closure is gone");
            assert!(!runs && !ran.get());
            assert_eq!(blocking(|| 3), 3, "afterwards all is as before");
        });
    });
}

/// The destructor waits on its own stack, since what ran meanwhile would see a panicking thread.
#[test]
fn a_destructor_may_call_it_while_its_coroutine_unwinds() {
    struct Last<'a>(&'a mut Option<bool>);
    impl Drop for Last<'_> {
        fn drop(&mut self) {
            *self.0 = Some(blocking(thread::panicking));
        }
    }
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                let mut panicking_inside = None;
                let panicked = catch_unwind(AssertUnwindSafe(|| {
                    let _last = Last(&mut panicking_inside);
                    panic!("on purpose");
                }));
                assert!(panicked.is_err());
                assert_eq!(panicking_inside, Some(false));
            });
        }
    });
}

#[test]
fn it_works_on_a_borrowed_stack_too() {
    bounded(|| {
        runtime(1).run(|| {
            let mut numbers = [1, 2, 3];
            let sum = gopark::stack::grow(1 << 20, || {
                let more = [10, 20, 30];
                blocking(|| {
                    numbers.iter_mut().for_each(|number| *number *= 2);
                    numbers.iter().chain(&more).sum::<i32>()
                })
            });
            assert_eq!((sum, numbers), (72, [2, 4, 6]));
        });
    });
}
