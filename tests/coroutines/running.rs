//! `run`: the closure is a coroutine, the caller only waits.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{current, park};
use gopark::go;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;

#[test]
fn run_lends_to_its_closure_and_returns_borrowed_results() {
    bounded(|| {
        let words = [String::from("one"), String::from("three")];
        let longest: &str = crate::run::run(|| words.iter().max_by_key(|word| word.len()).expect("words"));
        assert_eq!(longest, "three");
        let mut total = 0;
        crate::run::run(|| total += words.len());
        assert_eq!(total, 2);
    });
}

#[test]
fn a_runtime_runs_one_program_after_another() {
    bounded(|| {
        let runtime = runtime(2);
        let text = String::from("abc");
        for round in 0..100 {
            assert_eq!(runtime.run(|| text.len() + round), 3 + round);
        }
    });
}

#[test]
fn the_closure_runs_in_a_coroutine_on_another_thread() {
    bounded(|| {
        let caller = thread::current().id();
        assert!(current().is_none());
        let (coroutine, worker) = runtime(2).run(|| (current(), thread::current().id()));
        assert!(coroutine.is_some());
        assert_ne!(worker, caller);
    });
}

#[test]
fn a_nested_run_parks_only_its_coroutine() {
    bounded(|| {
        let outer = runtime(1);
        let (send, receive) = channel();
        let lent = String::from("forty-");
        let text = outer.run(|| {
            // The neighbour has the same worker as its only one: it can send only while this coroutine is parked.
            let neighbour = go(move || send.send("two").expect("the receiver waits"));
            let lent = &lent;
            let text = crate::run::run(move || lent.clone() + receive.recv().expect("the neighbour sends"));
            neighbour.join().expect("it has sent");
            text
        });
        assert_eq!(text, "forty-two");
    });
}

#[test]
fn a_coroutine_may_run_on_its_own_runtime_and_on_others() {
    bounded(|| {
        let (one, other) = (runtime(1), runtime(2));
        let depth = one.run(|| one.run(|| other.run(|| one.run(|| current().expect("inside").id()))));
        assert!(depth > 0);
    });
}

#[test]
fn several_threads_run_at_once() {
    bounded(|| {
        let shared = runtime(2);
        thread::scope(|scope| {
            for number in 0..4_u64 {
                let shared = &shared;
                scope.spawn(move || {
                    for round in 0..10 {
                        assert_eq!(crate::run::run(|| number * round), number * round);
                        assert_eq!(shared.run(|| number + round), number + round);
                    }
                });
            }
        });
    });
}

#[test]
fn a_panic_of_the_closure_reaches_the_caller_with_its_payload() {
    bounded(|| {
        let payload = catch_unwind(|| crate::run::run(|| -> u8 { panic_any(77_u64) })).expect_err("a panic");
        assert_eq!(payload.downcast_ref::<u64>(), Some(&77));

        let runtime = runtime(2);
        let number = runtime.metrics().machines.len();
        let run = || runtime.run(|| -> u8 { panic!("{number} workers") });
        let payload = catch_unwind(AssertUnwindSafe(run)).expect_err("a panic");
        assert_eq!(payload.downcast_ref::<String>().map(String::as_str), Some("2 workers"));
        assert_eq!(runtime.run(|| 1), 1, "the runtime goes on");
    });
}

#[test]
fn a_panic_of_a_nested_run_can_be_caught_in_the_coroutine() {
    bounded(|| {
        let caught = runtime(1).run(|| {
            let inner = catch_unwind(|| crate::run::run(|| panic!("inside")));
            inner.expect_err("a panic").downcast_ref::<&str>().copied()
        });
        assert_eq!(caught, Some("inside"));
    });
}

#[test]
fn run_does_not_wait_for_coroutines_that_wait_for_ever() {
    bounded(|| {
        let ran = Arc::new(AtomicBool::new(false));
        let seen = ran.clone();
        let answer = crate::run::run(move || {
            let parked = go(move || {
                seen.store(true, Ordering::SeqCst);
                loop {
                    park();
                }
            });
            while !ran.load(Ordering::SeqCst) {
                gopark::yield_now();
            }
            drop(parked);
            "done"
        });
        assert_eq!(answer, "done");
    });
}
