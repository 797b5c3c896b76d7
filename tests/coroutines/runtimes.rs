//! `Runtime` and its guard: several in one process, each with its own workers, names and counts.

use crate::eventually::eventually;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::go;
use gopark::runtime::Runtime;
use std::collections::HashSet;
use std::thread;

fn named(name: &str) -> Runtime {
    crate::policy::builder().workers(2).thread_name(name).build().expect("a runtime")
}

fn worker() -> String {
    thread::current().name().expect("workers have names").to_owned()
}

#[test]
fn coroutines_stay_in_the_runtime_that_spawned_them() {
    bounded(|| {
        let runtimes = [named("red"), named("green"), named("blue")];
        let prefixes = ["red-", "green-", "blue-"];
        thread::scope(|scope| {
            for (runtime, prefix) in runtimes.iter().zip(prefixes) {
                scope.spawn(move || {
                    for _ in 0..50 {
                        let workers = runtime.run(|| (worker(), go(worker).join().expect("no panic")));
                        assert!(
                            workers.0.starts_with(prefix) && workers.1.starts_with(prefix),
                            "{workers:?}"
                        );
                    }
                });
            }
        });
        for runtime in &runtimes {
            assert_eq!(runtime.metrics().spawned, 100);
        }
    });
}

#[test]
fn workers_are_numbered() {
    bounded(|| {
        let runtime = named("counted");
        let mut seen = HashSet::new();
        while seen.len() < 2 {
            let batch: Vec<_> = (0..50).map(|_| runtime.spawn(worker)).collect();
            seen.extend(batch.into_iter().map(|handle| handle.join().expect("no panic")));
        }
        assert_eq!(seen, HashSet::from(["counted-0".to_owned(), "counted-1".to_owned()]));
    });
}

#[test]
fn enter_makes_a_runtime_current_as_long_as_its_guard_lives() {
    bounded(|| {
        let (outer, inner) = (named("outer"), named("inner"));
        let entered = outer.enter();
        let spawned = || go(worker).join().expect("no panic");
        assert!(spawned().starts_with("outer-"));
        {
            let _entered = inner.enter();
            assert!(spawned().starts_with("inner-"));
            let elsewhere = thread::spawn(|| go(|| ()).join()).join();
            assert!(elsewhere.is_err(), "it is current on this thread only");
        }
        assert!(spawned().starts_with("outer-"));
        assert_eq!(gopark::metrics().spawned, outer.metrics().spawned);
        drop(entered);
        assert!(std::panic::catch_unwind(|| drop(go(|| ()))).is_err());
    });
}

/// A coroutine is in its own runtime, even where its worker's program has entered another one.
#[test]
fn enter_inside_a_coroutine_ends_with_it_too() {
    bounded(|| {
        let (outer, inner) = (named("outer"), named("inner"));
        outer.run(|| {
            let before = go(worker).join().expect("no panic");
            assert!(before.starts_with("outer-"));
            {
                let _entered = inner.enter();
                // Which of the two `go` takes here is not said; neither may break the other.
                go(|| ()).join().expect("no panic");
            }
            let after = go(worker).join().expect("no panic");
            assert!(after.starts_with("outer-"));
        });
    });
}

#[test]
fn spawning_from_outside_and_from_other_runtimes_arrives() {
    bounded(|| {
        let (one, other) = (runtime(2), runtime(1));
        let from_coroutine = other.run(|| {
            let handles: Vec<_> = (0..500).map(|i| one.spawn(move || i)).collect();
            handles.into_iter().map(|handle| handle.join().expect("no panic")).sum::<i32>()
        });
        assert_eq!(from_coroutine, 499 * 500 / 2);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let handles: Vec<_> = (0..500).map(|i| one.spawn(move || i)).collect();
                    for (i, handle) in handles.into_iter().enumerate() {
                        assert_eq!(handle.join().expect("no panic"), i as i32);
                    }
                });
            }
        });
        // A joiner may go on before its child's end is counted.
        eventually("all have ended", || one.metrics().finished == 2500);
    });
}

#[test]
fn pinned_workers_run_too() {
    bounded(|| {
        let runtime = crate::policy::builder().workers(2).pin(true).build().expect("a runtime");
        let handles: Vec<_> = (0..100).map(|i| runtime.spawn(move || i)).collect();
        let sum: i32 = handles.into_iter().map(|handle| handle.join().expect("no panic")).sum();
        assert_eq!(sum, 99 * 100 / 2);
    });
}
