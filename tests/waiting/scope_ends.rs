//! How scopes end: panics, refusals, runtimes that stop; and that each value is dropped once.

use crate::alone;
use crate::counted::Drops;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{cancelled, no_park};
use gopark::{Cancelled, chan, go, metrics, scope, yield_now};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// A payload that nobody else has.
#[derive(Debug, PartialEq)]
struct Told(u32);

fn payload(body: impl FnOnce()) -> Box<dyn Any + Send> {
    catch_unwind(AssertUnwindSafe(body)).expect_err("it panics")
}

#[test]
fn all_are_joined_when_the_body_panics() {
    bounded(|| {
        runtime(2).run(|| {
            let (open, gate) = chan::bounded::<()>(0);
            let ended = AtomicUsize::new(0);
            let opens = go(move || {
                (0..100).for_each(|_| yield_now());
                drop(open);
            });
            let told = payload(|| {
                scope(|s| {
                    for _ in 0..10 {
                        s.go(|| {
                            assert!(gate.recv().is_err());
                            ended.fetch_add(1, Ordering::SeqCst);
                        });
                    }
                    panic_any(Told(1))
                })
            });
            assert_eq!(told.downcast_ref(), Some(&Told(1)));
            assert_eq!(ended.load(Ordering::SeqCst), 10);
            opens.join().expect("no panic");
        });
    });
}

#[test]
fn a_childs_panic_is_passed_on() {
    bounded(|| {
        runtime(2).run(|| {
            let others = AtomicUsize::new(0);
            let told = payload(|| {
                scope(|s| {
                    s.go(|| panic_any(Told(2)));
                    for _ in 0..10 {
                        s.go(|| {
                            (0..50).for_each(|_| yield_now());
                            others.fetch_add(1, Ordering::SeqCst);
                        });
                    }
                })
            });
            assert_eq!(told.downcast_ref(), Some(&Told(2)), "with its payload");
            assert_eq!(others.load(Ordering::SeqCst), 10, "and only when all have ended");
        });
    });
}

#[test]
fn of_several_panics_one_is_passed_on() {
    bounded(|| {
        runtime(2).run(|| {
            let told = payload(|| {
                scope(|s| {
                    for number in 10..20 {
                        s.go(move || panic_any(Told(number)));
                    }
                });
            });
            let Told(number) = told.downcast_ref().expect("one of them");
            assert!((10..20).contains(number));
        });
    });
}

#[test]
fn a_panic_that_was_joined_is_not_passed_on() {
    bounded(|| {
        runtime(2).run(|| {
            let result = scope(|s| {
                let told = s.go(|| panic_any(Told(3))).join().expect_err("it panics");
                assert_eq!(told.downcast_ref(), Some(&Told(3)));
                "unharmed"
            });
            assert_eq!(result, "unharmed");
        });
    });
}

#[test]
fn the_bodys_panic_goes_before_a_childs() {
    bounded(|| {
        runtime(2).run(|| {
            let told = payload(|| {
                scope(|s| {
                    s.go(|| panic_any(Told(4)));
                    panic_any(Told(5))
                });
            });
            assert_eq!(told.downcast_ref(), Some(&Told(5)));
        });
    });
}

/// Where the end could not wait, nothing is begun.
#[test]
fn inside_no_park_it_is_refused_first() {
    bounded(|| {
        runtime(1).run(|| {
            let spawned = metrics().spawned;
            let mut entered = false;
            let told = payload(|| {
                no_park(|| {
                    scope(|s| {
                        entered = true;
                        s.go(|| ());
                    });
                });
            });
            assert!(told.downcast_ref::<String>().is_some_and(|text| text.contains("no_park")));
            assert!(!entered);
            assert_eq!(metrics().spawned, spawned);
            scope(|s| drop(s.go(|| ())));
            assert_eq!(metrics().spawned, spawned + 1, "afterwards it works");
        });
    });
}

#[test]
fn without_a_runtime_there_are_no_children() {
    bounded(|| {
        let told = payload(|| scope(|s| drop(s.go(|| ()))));
        assert!(told.downcast_ref::<String>().is_some_and(|text| text.contains("runtime")), "a sentence");
    });
}

/// Its only worker is busy until the shutdown, so no child ever starts.
#[test]
fn children_that_never_start_are_cancelled() {
    bounded(|| {
        let runtime = alone::runtime(1);
        let begun = std::sync::Arc::new(AtomicBool::new(false));
        let tells = begun.clone();
        let hog = runtime.spawn(move || {
            tells.store(true, Ordering::SeqCst);
            while cancelled().is_none() {
                thread::sleep(Duration::from_millis(1));
            }
        });
        while !begun.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        let started = AtomicUsize::new(0);
        let drops = Drops::default();
        thread::scope(|threads| {
            let _current = runtime.enter();
            scope(|s| {
                let mut children: Vec<_> = (0..10)
                    .map(|_| {
                        let (held, started) = (drops.value(), &started);
                        s.go(move || {
                            started.fetch_add(1, Ordering::SeqCst);
                            drop(held);
                        })
                    })
                    .collect();
                children.truncate(5);
                threads.spawn(|| runtime.shutdown(Duration::from_secs(30)));
                for child in children {
                    let told = child.join().expect_err("it has not run");
                    assert_eq!(told.downcast_ref(), Some(&Cancelled));
                }
            });
            assert_eq!(drops.count(), 10, "the scope has ended after all of them");
        });
        assert_eq!(started.into_inner(), 0);
        hog.join().expect("no panic");
    });
}

/// Those that wait in calls that can fail come to their end, and the scope to its.
#[test]
fn children_that_wait_are_cancelled() {
    bounded(|| {
        let runtime = runtime(2);
        let ended = AtomicUsize::new(0);
        thread::scope(|threads| {
            let _current = runtime.enter();
            scope(|s| {
                for _ in 0..10 {
                    s.go(|| {
                        assert!(chan::never::<()>().recv().is_err());
                        ended.fetch_add(1, Ordering::SeqCst);
                    });
                }
                crate::activity::until_parked(&runtime, 10);
                threads.spawn(|| runtime.shutdown(Duration::from_secs(30)));
            });
        });
        assert_eq!(ended.into_inner(), 10);
    });
}

/// What a closure owns, what it returns and what it panics with.
#[test]
fn each_value_is_dropped_once() {
    bounded(|| {
        for workers in [1, 2] {
            let (owned, returned, thrown) = (Drops::default(), Drops::default(), Drops::default());
            runtime(workers).run(|| {
                let told = payload(|| {
                    scope(|s| {
                        for number in 0..100 {
                            let (own, result, throw) = (owned.value(), returned.value(), thrown.value());
                            let child = s.go(move || {
                                let _own = own;
                                if number % 3 == 0 {
                                    drop(result);
                                    panic_any(throw);
                                }
                                drop(throw);
                                result
                            });
                            if number % 2 == 0 {
                                drop(child.join());
                            }
                        }
                    });
                });
                assert_eq!(thrown.count(), 99, "one of the panics is here");
                drop(told);
            });
            assert_eq!([owned, returned, thrown].map(|drops| drops.count()), [100; 3]);
        }
    });
}
