//! Ids, names, and what `current` and the `Debug` texts say.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{Builder, Coroutine, current};
use gopark::{go, yield_now};
use std::collections::HashSet;
use std::thread;

#[test]
fn ids_are_never_used_again() {
    bounded(|| {
        let mut seen = HashSet::new();
        for _ in 0..3 {
            let (one, other) = (runtime(2), runtime(1));
            let spawned_inside = one.run(|| {
                let mut ids = Vec::new();
                for _ in 0..100 {
                    let batch: Vec<_> = (0..50).map(|_| go(|| current().expect("inside").id())).collect();
                    ids.extend(batch.into_iter().map(|handle| handle.join().expect("no panic")));
                }
                ids
            });
            let spawned_outside =
                (0..500).map(|i| if i % 2 == 0 { one.spawn(|| ()) } else { other.spawn(|| ()) });
            let outside: Vec<u64> = spawned_outside.map(|handle| handle.coroutine().id()).collect();
            for id in spawned_inside.into_iter().chain(outside) {
                assert!(seen.insert(id), "{id} was used twice");
            }
        }
        assert_eq!(seen.len(), 3 * 5500);
    });
}

#[test]
fn the_handle_and_the_coroutine_agree_on_who_it_is() {
    bounded(|| {
        runtime(2).run(|| {
            let handle = go(|| {
                let before = current().expect("inside");
                yield_now();
                let after = current().expect("inside");
                assert_eq!(before, after);
                assert_ne!(before, go(|| current().expect("inside")).join().expect("no panic"));
                after
            });
            let known: Coroutine = handle.coroutine().clone();
            assert_eq!(handle.join().expect("no panic"), known);
        });
    });
}

#[test]
fn names_are_kept_as_given() {
    bounded(|| {
        runtime(2).run(|| {
            for name in ["reader", "", "größer als ein Wort\n🦀", &"long ".repeat(2000)] {
                let spawned = Builder::new().name(name).spawn(|| current().expect("inside"));
                let handle = spawned.expect("a coroutine");
                assert_eq!(handle.coroutine().name(), Some(name));
                let outlives = handle.join().expect("no panic");
                assert_eq!(outlives.name(), Some(name));
            }
            assert_eq!(go(|| ()).coroutine().name(), None);
            let nameless = go(|| current().expect("inside").name().is_none());
            assert!(nameless.join().expect("no panic"));
        });
    });
}

#[test]
fn plain_threads_are_no_coroutines() {
    bounded(|| {
        assert_eq!(current(), None);
        let runtime = runtime(1);
        let _entered = runtime.enter();
        assert_eq!(current(), None);
        assert_eq!(thread::spawn(current).join().expect("no panic"), None);
        let inside = runtime.run(|| thread::scope(|scope| scope.spawn(current).join().expect("no panic")));
        assert_eq!(inside, None, "a thread that a coroutine starts");
    });
}

#[test]
fn debug_texts_say_who() {
    bounded(|| {
        let runtime = runtime(2);
        let text = runtime.run(|| {
            let handle = Builder::new().name("painter").spawn(|| ()).expect("a coroutine");
            let (coroutine, id) = (format!("{:?}", handle.coroutine()), handle.coroutine().id().to_string());
            assert!(coroutine.contains("painter") && coroutine.contains(&id), "{coroutine}");
            format!("{handle:?}")
        });
        assert!(text.contains("JoinHandle") && text.contains("painter"), "{text}");
        let text = format!("{runtime:?} {:?} {:?}", runtime.enter(), runtime.metrics());
        assert!(
            text.contains("Runtime") && text.contains("EnterGuard") && text.contains("Metrics"),
            "{text}"
        );
    });
}
