//! `coroutine_local!`: a value for each coroutine, and on plain threads one for each thread.

use crate::counted::{Counted, Drops};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{AccessError, park};
use gopark::{coroutine_local, go, yield_now};
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

coroutine_local! {
    static NUMBER: Cell<usize> = Cell::new(5);
    static WORDS: RefCell<Vec<String>> = RefCell::new(vec![String::from("first")])
}

#[test]
fn every_coroutine_has_its_own() {
    bounded(|| {
        runtime(1).run(|| {
            let children: Vec<_> = (0..20)
                .map(|i| {
                    go(move || {
                        assert_eq!(NUMBER.get(), 5);
                        for round in 0..50 {
                            NUMBER.set(i + round);
                            yield_now();
                            assert_eq!(NUMBER.replace(0), i + round);
                        }
                        assert_eq!(NUMBER.take(), 0);
                        WORDS.with_borrow_mut(|words| words.push(i.to_string()));
                        yield_now();
                        WORDS.with_borrow(Clone::clone)
                    })
                })
                .collect();
            for (i, child) in children.into_iter().enumerate() {
                assert_eq!(child.join().expect("no panic"), ["first".to_owned(), i.to_string()]);
            }
            assert_eq!(NUMBER.get(), 5, "the parent's was touched by nobody");
        });
    });
}

#[test]
fn the_initialiser_runs_once_for_each_coroutine_that_asks() {
    static INITIALISED: AtomicUsize = AtomicUsize::new(0);
    coroutine_local! {
        static COUNTS: usize = INITIALISED.fetch_add(1, Ordering::SeqCst)
    }
    bounded(|| {
        runtime(2).run(|| {
            let children: Vec<_> = (0..100)
                .map(|i| {
                    go(move || {
                        if i % 2 == 0 {
                            let first = COUNTS.with(|value| *value);
                            yield_now();
                            assert_eq!(COUNTS.with(|value| *value), first);
                        }
                    })
                })
                .collect();
            for child in children {
                child.join().expect("no panic");
            }
        });
        assert_eq!(INITIALISED.load(Ordering::SeqCst), 50);
    });
}

/// As `thread_local!`: what is set first needs no initialiser.
#[test]
fn set_as_the_first_access_is_the_initialiser() {
    coroutine_local! {
        static UNSET: Cell<u32> = panic!("nobody has set it")
    }
    bounded(|| {
        runtime(1).run(|| {
            UNSET.set(1);
            UNSET.set(2);
            assert_eq!(UNSET.get(), 2);
            assert!(go(|| UNSET.get()).join().is_err());
        });
    });
}

#[test]
fn initialisers_may_wait_and_use_other_locals() {
    coroutine_local! {
        static SLOW: usize = {
            yield_now();
            gopark::time::sleep(std::time::Duration::from_micros(50));
            NUMBER.get() + 1
        }
    }
    bounded(|| {
        runtime(1).run(|| {
            let children: Vec<_> = (0..10)
                .map(|i| {
                    go(move || {
                        NUMBER.set(i);
                        SLOW.with(|value| *value)
                    })
                })
                .collect();
            for (i, child) in children.into_iter().enumerate() {
                assert_eq!(child.join().expect("no panic"), i + 1);
            }
        });
    });
}

/// Where the values of [`a_joiner_finds_the_values_dropped`] count.
static DROPS: OnceLock<Drops> = OnceLock::new();

#[test]
fn a_joiner_finds_the_values_dropped() {
    coroutine_local! {
        static VALUE: Counted = DROPS.get_or_init(Drops::default).value()
    }
    bounded(|| {
        let drops = DROPS.get_or_init(Drops::default);
        let runtime = runtime(2);
        for round in 0..200 {
            let child = runtime.spawn(move || {
                VALUE.with(|_| yield_now());
                assert!(round % 2 == 0, "on purpose");
            });
            assert_eq!(child.join().is_ok(), round % 2 == 0);
            assert_eq!(drops.count(), round + 1);
        }
    });
}

/// A destructor may use the values that are still there, and learns which are not. In which order they go is not
/// said.
#[test]
fn destructors_reach_the_other_values() {
    /// Whether the first, the second, and one that nobody has used before are there.
    type Answer = [Result<(), AccessError>; 3];
    struct Asks(Arc<Mutex<Vec<Answer>>>);
    impl Drop for Asks {
        fn drop(&mut self) {
            let answer = [FIRST.try_with(|_| ()), SECOND.try_with(|_| ()), LATE.try_with(|_| ())];
            yield_now();
            self.0.lock().expect("no panic").push(answer);
        }
    }
    coroutine_local! {
        static FIRST: RefCell<Option<Asks>> = RefCell::new(None);
        static SECOND: RefCell<Option<Asks>> = RefCell::new(None);
        static LATE: Cell<u8> = Cell::new(1)
    }
    bounded(|| {
        let answers = Arc::new(Mutex::new(Vec::new()));
        let (first, second) = (Asks(answers.clone()), Asks(answers.clone()));
        let runtime = runtime(1);
        let child = runtime.spawn(move || {
            FIRST.with_borrow_mut(|place| *place = Some(first));
            SECOND.with_borrow_mut(|place| *place = Some(second));
        });
        child.join().expect("no panic");
        let answers = answers.lock().expect("no panic");
        let [one, other] = answers[..] else { panic!("two answers: {answers:?}") };
        let gone = Err(AccessError);
        assert!(one[..2] == [gone, Ok(())] || one[..2] == [Ok(()), gone], "itself is gone: {one:?}");
        assert_eq!(one[2], Ok(()), "a new value may be made");
        assert_eq!(other[..2], [gone, gone], "by then the first was dropped, too");
        assert!(AccessError.to_string().contains("destroyed"));
    });
}

#[test]
fn a_destructor_that_panics_leaves_the_others_to_be_dropped() {
    static DROPPED: OnceLock<Drops> = OnceLock::new();
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped, on purpose");
        }
    }
    coroutine_local! {
        static BOMB: Bomb = Bomb;
        static VALUE: Counted = DROPPED.get_or_init(Drops::default).value()
    }
    bounded(|| {
        let runtime = runtime(1);
        let child = runtime.spawn(|| {
            BOMB.with(|_| ());
            VALUE.with(|_| ());
            "result"
        });
        // Whether the result survives is not promised; that the others are dropped and the worker lives is.
        let _ = child.join();
        assert_eq!(DROPPED.get_or_init(Drops::default).count(), 1);
        assert_eq!(runtime.run(|| 1), 1);
    });
}

#[test]
fn plain_threads_have_one_each() {
    static DROPPED: OnceLock<Drops> = OnceLock::new();
    coroutine_local! {
        static VALUE: (Cell<usize>, Counted) =
            (Cell::new(0), DROPPED.get_or_init(Drops::default).value())
    }
    bounded(|| {
        NUMBER.set(70);
        for number in 1..4 {
            thread::spawn(move || {
                assert_eq!(NUMBER.get(), 5);
                VALUE.with(|value| value.0.set(number));
                assert_eq!(VALUE.with(|value| value.0.get()), number);
            })
            .join()
            .expect("no panic");
            assert_eq!(DROPPED.get_or_init(Drops::default).count(), number);
        }
        assert_eq!(NUMBER.get(), 70);
        assert_eq!(runtime(1).run(|| NUMBER.get()), 5, "a coroutine does not see a thread's value");
    });
}

/// Those on one worker thread take turns inside `with`, and each finds its own value again.
#[test]
fn values_stay_apart_across_waits_inside_with() {
    bounded(|| {
        runtime(1).run(|| {
            let first = go(|| {
                NUMBER.with(|number| {
                    number.set(1);
                    while number.get() != 2 {
                        park();
                        number.set(number.get() + 1);
                    }
                    number.get()
                })
            });
            let second = go(|| {
                NUMBER.set(100);
                yield_now();
                NUMBER.get()
            });
            yield_now();
            first.coroutine().unpark();
            assert_eq!(first.join().expect("no panic"), 2);
            assert_eq!(second.join().expect("no panic"), 100);
        });
    });
}
