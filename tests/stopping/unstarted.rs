//! What has not started when a runtime stops is dropped, and says so.

use crate::counted::{Counted, Drops};
use crate::watchdog::bounded;
use gopark::coroutine::JoinHandle;
use gopark::runtime::Runtime;
use gopark::time::sleep;
use gopark::{Cancelled, go};
use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// One worker, in whose place no other thread comes however long it is busy.
pub(crate) fn one_thread() -> Runtime {
    crate::policy::builder().workers(1).max_machines(1).build().expect("a runtime")
}

/// Keeps the only thread of a runtime busy until the runtime stops; sends the coroutines it has spawned
/// meanwhile, none of which can have started, and at last one that was spawned on the stopped runtime.
pub(crate) fn busy_until_stop(
    drops: &Drops,
    started: &Arc<AtomicBool>,
) -> (impl FnOnce() + Send + 'static, Receiver<Vec<JoinHandle<Counted>>>) {
    let (send, receive) = channel();
    let (drops, started) = (drops.clone(), started.clone());
    let spawn = move || {
        let (value, started) = (drops.value(), started.clone());
        go(move || {
            started.store(true, Ordering::SeqCst);
            value
        })
    };
    let body = move || {
        let mut spawned: Vec<_> = (0..20).map(|_| spawn()).collect();
        send.send(Vec::new()).expect("the test waits for the first word");
        // On the one thread a fresh coroutine cannot run before this one waits; so one that is finished at once
        // was refused.
        while !spawned.last().expect("twenty at least").is_finished() {
            let pause = Instant::now();
            while pause.elapsed() < Duration::from_millis(1) {
                spin_loop();
            }
            spawned.push(spawn());
        }
        send.send(spawned).expect("the test waits for the handles");
    };
    (body, receive)
}

#[test]
fn what_has_not_started_is_dropped_and_join_answers_cancelled() {
    bounded(|| {
        let (drops, started) = (Drops::default(), Arc::new(AtomicBool::new(false)));
        let runtime = one_thread();
        let (body, spawned) = busy_until_stop(&drops, &started);
        let busy = runtime.spawn(body);
        spawned.recv().expect("the coroutine has begun");
        drop(runtime);
        let handles = spawned.recv().expect("the coroutine has ended");
        busy.join().expect("it ran to its end");
        let count = handles.len();
        assert!(count > 20, "one of them was spawned on the stopped runtime");
        for handle in handles {
            assert!(handle.join_timeout(Duration::MAX));
            let error = handle.join().map(drop).expect_err("it never ran");
            assert_eq!(error.downcast_ref::<Cancelled>(), Some(&Cancelled));
        }
        assert!(!started.load(Ordering::SeqCst));
        assert_eq!(drops.count(), count, "each closure was dropped once");
    });
}

#[test]
fn a_thread_that_joins_what_never_starts_is_woken() {
    bounded(|| {
        let (drops, started) = (Drops::default(), Arc::new(AtomicBool::new(false)));
        let runtime = one_thread();
        let (body, spawned) = busy_until_stop(&drops, &started);
        runtime.spawn(body);
        spawned.recv().expect("the coroutine has begun");
        let value = drops.value();
        let (begin, begun) = channel();
        let behind = runtime.spawn(move || value);
        let joiner = thread::spawn(move || {
            begin.send(()).expect("the test waits");
            behind.join().map(drop)
        });
        begun.recv().expect("the joiner has started");
        drop(runtime);
        let error = joiner.join().expect("no panic").expect_err("it never ran");
        assert!(error.is::<Cancelled>());
    });
}

/// What a closure has captured may do what it likes when it is dropped unstarted.
#[test]
fn destructors_of_what_never_started_may_spawn_unpark_and_panic() {
    struct Busy {
        _counted: Counted,
    }
    impl Drop for Busy {
        fn drop(&mut self) {
            let late = go(|| ());
            late.coroutine().unpark();
            assert!(late.join().is_err(), "the runtime has stopped");
            sleep(Duration::from_micros(10));
            panic!("dropped, on purpose");
        }
    }
    bounded(|| {
        let (drops, started) = (Drops::default(), Arc::new(AtomicBool::new(false)));
        let runtime = one_thread();
        let (body, spawned) = busy_until_stop(&Drops::default(), &started);
        runtime.spawn(body);
        spawned.recv().expect("the coroutine has begun");
        let handles: Vec<_> = (0..5)
            .map(|_| {
                let captured = Busy { _counted: drops.value() };
                runtime.spawn(move || drop(captured))
            })
            .collect();
        drop(runtime);
        for handle in handles {
            assert!(handle.join().expect_err("it never ran").is::<Cancelled>());
        }
        assert_eq!(drops.count(), 5);
    });
}

/// The ones that were there are counted, the ones that come too late are not.
#[test]
fn they_are_counted() {
    bounded(|| {
        for _ in 0..20 {
            let (drops, started) = (Drops::default(), Arc::new(AtomicBool::new(false)));
            let runtime = one_thread();
            let (body, spawned) = busy_until_stop(&drops, &started);
            let busy = runtime.spawn(body);
            spawned.recv().expect("the coroutine has begun");
            // Some in the global queue too.
            let outside: Vec<_> = (0..30).map(|_| runtime.spawn(|| ())).collect();
            let report = runtime.shutdown(Duration::from_secs(30));
            busy.join().expect("it ran to its end");
            let inside = spawned.recv().expect("the coroutine has ended");
            let were_there = inside.len() - 1;
            assert_eq!((report.cancelled, report.finished), (outside.len() + were_there, 1));
            assert!(report.abandoned.is_empty());
            let metrics = runtime.metrics();
            assert_eq!((metrics.discarded, metrics.live), (report.cancelled as u64, 0));
            outside.into_iter().for_each(|handle| drop(handle.join().expect_err("it never ran")));
        }
    });
}

/// Idle workers drop what is fresh while the runtime stops, too; none is forgotten in the count.
#[test]
fn none_is_counted_twice_or_not_at_all() {
    bounded(|| {
        for round in 0..400 {
            let runtime = crate::policy::builder().workers(2).build().expect("a runtime");
            let handles: Vec<_> = (0..64).map(|i| runtime.spawn(move || i)).collect();
            let before = runtime.metrics().finished as usize;
            let report = runtime.shutdown(Duration::from_secs(30));
            let ran = handles.into_iter().filter_map(|handle| handle.join().ok()).count();
            let metrics = runtime.metrics();
            assert_eq!((metrics.finished as usize, metrics.discarded as usize), (ran, 64 - ran));
            assert_eq!(report.cancelled, 64 - ran, "round {round}: {ran} ran, and the report is {report:?}");
            // Some have finished before the runtime began to stop.
            assert!(report.finished <= ran - before.min(ran), "round {round}: {ran} ran, {report:?}");
            assert!(report.abandoned.is_empty(), "round {round}: {report:?}");
        }
    });
}
