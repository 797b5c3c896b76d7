//! The limit of the claim that `go` is sound: raw scoped thread-locals that rely on LIFO nesting.
//!
//! `scoped_tls` keeps in a thread-local a raw pointer to a value on the stack of whoever is inside `set`, and
//! puts the former pointer back at the end. Coroutines of one thread that wait inside `set` need not leave it in
//! the order in which they came: then the pointer that is put back may be that of a scope that has ended. The
//! imitation below keeps a number in place of the pointer, so that what would dangle can be seen without
//! following it.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{JoinHandle, no_park, park};
use gopark::{go, yield_now};
use std::cell::Cell;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

thread_local! {
    /// The scope that this thread is in.
    static INNERMOST: Cell<Option<u32>> = const { Cell::new(None) };
}

/// What `scoped_tls::ScopedKey::set` does.
fn set<R>(scope: u32, f: impl FnOnce() -> R) -> R {
    struct PutBack(Option<u32>);
    impl Drop for PutBack {
        fn drop(&mut self) {
            INNERMOST.set(self.0);
        }
    }
    let _former = PutBack(INNERMOST.replace(Some(scope)));
    f()
}

/// A coroutine that waits inside `scope` until it is told to leave. It is inside when this returns.
fn inside(scope: u32) -> JoinHandle<()> {
    let entered = Arc::new(AtomicBool::new(false));
    let enters = entered.clone();
    let handle = go(move || {
        set(scope, || {
            enters.store(true, Ordering::SeqCst);
            park();
        });
    });
    while !entered.load(Ordering::SeqCst) {
        yield_now();
    }
    handle
}

fn leave(handle: JoinHandle<()>) {
    handle.coroutine().unpark();
    handle.join().expect("no panic");
}

#[test]
fn leaving_in_another_order_leaves_the_wrong_scope_behind() {
    bounded(|| {
        runtime(1).run(|| {
            let (first, second) = (inside(1), inside(2));
            assert_eq!(INNERMOST.get(), Some(2), "a bystander sees a scope that is not its own");
            leave(first);
            leave(second);
            assert_eq!(INNERMOST.get(), Some(1), "scope 1 has ended and is what every later reader gets");
        });
    });
}

/// LIFO order does no harm, which is why the limit shows so rarely.
#[test]
fn leaving_in_order_is_harmless() {
    bounded(|| {
        runtime(1).run(|| {
            let (first, second) = (inside(1), inside(2));
            leave(second);
            leave(first);
            assert_eq!(INNERMOST.get(), None);
        });
    });
}

/// The remedy: the wait that would let others in panics, and the scope is left in order.
#[test]
fn no_park_turns_the_wait_into_a_panic() {
    bounded(|| {
        runtime(1).run(|| {
            let guarded = |scope| go(move || set(scope, || no_park(|| catch_unwind(park).is_err())));
            let (first, second) = (guarded(1), guarded(2));
            assert!(first.join().expect("caught"), "the wait was refused");
            assert!(second.join().expect("caught"), "the wait was refused");
            assert_eq!(INNERMOST.get(), None);
        });
    });
}
