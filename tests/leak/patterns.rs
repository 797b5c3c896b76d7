//! The ways to leak a goroutine of which articles on Go warn: each is found, with the line where it was spawned and the
//! reason why it waits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use gopark::chan::{bounded, never, unbounded};
use gopark::dump::{CoroutineState, Holder, WaitsFor};
use gopark::leak::{Leak, Scope};
use gopark::sync::Mutex;
use gopark::{Context, JoinHandle, go};

use crate::eventually::eventually;
use crate::policy;

/// What a program leaves behind: the line where it was spawned, itself, and what ends it after all.
type Leaves = (u32, JoinHandle<()>, Box<dyn FnOnce()>);

/// What a scope tells of the one coroutine that `program` leaves behind.
fn the_leak(program: impl FnOnce() -> Leaves + Send) -> CoroutineState {
    let runtime = policy::builder().workers(1).build().unwrap();
    let outer = Scope::new();
    let leaked = runtime.run(|| {
        let scope = Scope::new();
        let (line, handle, end) = program();
        let mut found = None;
        eventually("it waits", || {
            let coroutines = scope.leaks().into_iter().filter_map(|leak| match leak {
                Leak::Coroutine(coroutine) => Some(coroutine),
                _ => None,
            });
            found = coroutines.last();
            found.as_ref().is_some_and(|found| found.waits_for.is_some())
        });
        let told = catch_unwind(AssertUnwindSafe(|| scope.assert_none(Duration::ZERO)));
        let text = *told.unwrap_err().downcast::<String>().unwrap();
        assert!(text.contains(&format!("patterns.rs:{line}:")), "{text}");
        let leaked = found.unwrap();
        assert_eq!(leaked.spawned_at.unwrap().line, line, "{leaked}");
        assert!(!leaked.stack.is_empty(), "{leaked}");
        end();
        handle.join().unwrap();
        leaked
    });
    drop(runtime);
    outer.assert_none(Duration::from_secs(20));
    leaked
}

#[test]
fn a_receiver_whose_sender_was_forgotten() {
    let leaked = the_leak(|| {
        let (sender, receiver) = bounded::<u32>(0);
        let leaked = go(move || _ = receiver.recv());
        (line!() - 1, leaked, Box::new(move || drop(sender)))
    });
    let Some(WaitsFor::Receive(channel)) = leaked.waits_for else { panic!("{leaked}") };
    assert_eq!((channel.senders, channel.receivers), (1, 1));
    assert_eq!(channel.made_at.line + 1, leaked.spawned_at.unwrap().line);
}

#[test]
fn a_sender_whose_receiver_has_lost_interest() {
    let leaked = the_leak(|| {
        let (sender, receiver) = bounded(0);
        let leaked = go(move || _ = sender.send(7));
        (line!() - 1, leaked, Box::new(move || drop(receiver)))
    });
    assert!(matches!(leaked.waits_for, Some(WaitsFor::Send(_))), "{leaked}");
}

#[test]
fn a_context_that_nobody_cancels() {
    let leaked = the_leak(|| {
        let (context, cancel) = Context::background().with_cancel();
        let leaked = go(move || _ = context.done().recv());
        (line!() - 1, leaked, Box::new(move || cancel.cancel()))
    });
    assert!(matches!(leaked.waits_for, Some(WaitsFor::Receive(_))), "{leaked}");
}

#[test]
fn a_mutex_that_is_not_given_back() {
    let leaked = the_leak(|| {
        let mutex: &'static Mutex<()> = Box::leak(Box::new(Mutex::new(())));
        let held = mutex.lock();
        let leaked = go(|| drop(mutex.lock()));
        (line!() - 1, leaked, Box::new(move || drop(held)))
    });
    let Some(WaitsFor::Mutex(lock)) = &leaked.waits_for else { panic!("{leaked}") };
    let Some(Holder::Coroutine { id, .. }) = lock.holder else { panic!("{leaked}") };
    assert_eq!(Some(id), leaked.spawned_by, "its holder is the main coroutine");
}

#[test]
fn a_ticker_that_is_never_stopped() {
    let leaked = the_leak(|| {
        let (stop, stopped) = bounded::<()>(0);
        let ticks = gopark::time::tick(Duration::from_millis(1));
        let leaked = go(move || {
            while stopped.try_recv().is_err_and(|error| error.is_empty()) {
                let _ = ticks.recv();
            }
        });
        (line!() - 5, leaked, Box::new(move || drop(stop)))
    });
    let Some(WaitsFor::Receive(channel)) = leaked.waits_for else { panic!("{leaked}") };
    assert!(channel.of_clock);
}

#[test]
fn a_worker_on_a_channel_that_nobody_closes() {
    let leaked = the_leak(|| {
        let (jobs, queue) = unbounded::<u32>();
        let leaked = go(move || assert_eq!(queue.iter().sum::<u32>(), 3));
        let line = line!() - 1;
        (1..3).for_each(|job| jobs.send(job).unwrap());
        (line, leaked, Box::new(move || drop(jobs)))
    });
    assert!(matches!(leaked.waits_for, Some(WaitsFor::Receive(_))), "{leaked}");
}

#[test]
fn a_channel_that_never_comes() {
    let leaked = the_leak(|| {
        let (context, cancel) = Context::background().with_cancel();
        let leaked = go(move || context.run(|| _ = never::<u32>().recv()));
        (line!() - 1, leaked, Box::new(move || cancel.cancel()))
    });
    assert!(matches!(leaked.waits_for, Some(WaitsFor::Receive(_))), "{leaked}");
}
