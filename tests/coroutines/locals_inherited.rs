//! The `inherit` form of `coroutine_local!`: a child begins with a copy of its parent's value.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::{coroutine_local, go, yield_now};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

coroutine_local! {
    /// Handed down.
    inherit static REQUEST: Cell<u32> = Cell::new(0);
    /// Kept.
    static OWN: Cell<u32> = Cell::new(0);
}

#[test]
fn a_child_begins_with_its_parents_value() {
    bounded(|| {
        runtime(2).run(|| {
            REQUEST.set(7);
            OWN.set(7);
            let child = go(|| {
                let seen = (REQUEST.get(), OWN.get());
                REQUEST.set(8);
                yield_now();
                seen
            });
            assert_eq!(child.join().expect("no panic"), (7, 0));
            assert_eq!(REQUEST.get(), 7, "the child changed its copy");
        });
    });
}

#[test]
fn the_copy_is_of_the_moment_of_the_spawn() {
    bounded(|| {
        runtime(1).run(|| {
            REQUEST.set(1);
            let child = go(|| REQUEST.get());
            REQUEST.set(2);
            let later = go(|| REQUEST.get());
            assert_eq!((child.join().expect("no panic"), later.join().expect("no panic")), (1, 2));
        });
    });
}

#[test]
fn it_reaches_grandchildren_past_a_child_that_never_looks() {
    bounded(|| {
        runtime(2).run(|| {
            REQUEST.set(3);
            let child = go(|| go(|| go(|| REQUEST.get())));
            let grandchild = child.join().expect("no panic").join().expect("no panic");
            assert_eq!(grandchild.join().expect("no panic"), 3);
        });
    });
}

#[test]
fn a_parent_without_a_value_hands_none_down() {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    coroutine_local! {
        inherit static COUNTED: usize = MADE.fetch_add(1, Ordering::SeqCst)
    }
    bounded(|| {
        runtime(1).run(|| {
            for expected in 0..3 {
                let child = go(|| COUNTED.with(|value| *value));
                assert_eq!(child.join().expect("no panic"), expected, "its own initialiser ran");
            }
        });
    });
}

/// The nested forms of spawning hand down as `go` does.
#[test]
fn builder_spawn_and_run_hand_down() {
    bounded(|| {
        let (one, other) = (runtime(1), runtime(1));
        one.run(|| {
            REQUEST.set(4);
            let built = gopark::coroutine::Builder::new().spawn(|| REQUEST.get()).expect("a coroutine");
            assert_eq!(built.join().expect("no panic"), 4);
            assert_eq!(other.run(|| REQUEST.get()), 4);
            assert_eq!(other.spawn(|| REQUEST.get()).join().expect("no panic"), 4);
        });
    });
}

/// A plain thread's value is its parent's value too.
#[test]
fn a_plain_thread_hands_down() {
    bounded(|| {
        REQUEST.set(11);
        let runtime = runtime(1);
        assert_eq!(runtime.spawn(|| REQUEST.get()).join().expect("no panic"), 11, "spawn");
        assert_eq!(runtime.run(|| REQUEST.get()), 11, "run");
        let _entered = runtime.enter();
        assert_eq!(go(|| REQUEST.get()).join().expect("no panic"), 11, "go");
    });
}

#[test]
fn copies_are_dropped_once() {
    coroutine_local! {
        inherit static SHARED: Arc<()> = Arc::new(())
    }
    bounded(|| {
        runtime(2).run(|| {
            let mine = SHARED.with(Clone::clone);
            assert_eq!(Arc::strong_count(&mine), 2);
            let children: Vec<_> = (0..10).map(|_| go(|| SHARED.with(Arc::strong_count))).collect();
            for child in children {
                assert!(child.join().expect("no panic") >= 3);
            }
            assert_eq!(Arc::strong_count(&mine), 2);
        });
    });
}
