//! What moving means for thread-locals: why `migrate_started` is unsafe.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::time::sleep;
use gopark::{go, yield_now};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::Duration;

thread_local! {
    static OF_THREAD: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Where the compiler takes it to be. Only the address is looked at.
#[inline(always)]
fn address() -> usize {
    OF_THREAD.with(|value| std::ptr::from_ref(value) as usize)
}

/// Never inlined, and it returns a value: so this is the thread that runs here.
#[inline(never)]
fn present_thread() -> ThreadId {
    thread::current().id()
}

/// In an optimised build all of them are the former thread's; unoptimised none is, since nothing is inlined.
#[test]
fn after_a_move_the_address_of_a_thread_local_may_be_the_former_threads() {
    bounded(|| {
        let runtime = runtime(2);
        let (moves, stale) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let walkers: Vec<_> = (0..8)
            .map(|_| {
                let (moves, stale) = (moves.clone(), stale.clone());
                runtime.spawn(move || {
                    for step in 0..20_000 {
                        let before = (address(), present_thread());
                        if step % 64 == 0 {
                            sleep(Duration::from_micros(50))
                        } else {
                            yield_now()
                        }
                        let after = (address(), present_thread());
                        if before.1 != after.1 {
                            moves.fetch_add(1, Ordering::Relaxed);
                            stale.fetch_add(usize::from(before.0 == after.0), Ordering::Relaxed);
                        }
                    }
                })
            })
            .collect();
        walkers.into_iter().for_each(|walker| walker.join().expect("no panic"));
        let (moves, stale) = (moves.load(Ordering::Relaxed), stale.load(Ordering::Relaxed));
        println!(
            "{moves} moves to another thread, after {stale} of them the address was still the former one"
        );
        let counted: u64 = runtime.metrics().machines.iter().map(|machine| machine.migrations).sum();
        assert!(moves > 0 && counted >= moves as u64, "{moves} moves, {counted} counted");
    });
}

/// A spawner that waits is not bound to where its children are.
#[test]
fn under_load_they_move() {
    bounded(|| {
        let runtime = runtime(2);
        let handles: Vec<_> = (0..200)
            .map(|_| {
                runtime.spawn(|| {
                    for _ in 0..50 {
                        go(yield_now).join().expect("no panic");
                    }
                })
            })
            .collect();
        handles.into_iter().for_each(|handle| handle.join().expect("no panic"));
        let migrations: Vec<_> =
            runtime.metrics().machines.iter().map(|machine| machine.migrations).collect();
        println!("migrations: {migrations:?}");
        assert!(migrations.iter().sum::<u64>() > 0);
    });
}
