//! A coroutine that goes on computing after an `unpark`: whoever it has woken, and lives on a sleeping worker,
//! goes on at once.

use crate::one_at_a_time::{alone, compute, median};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{JoinHandle, park};
use gopark::go;
use gopark::time::sleep;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

const ROUNDS: usize = 20;
const BUSY: Duration = Duration::from_millis(50);
/// Twenty times what is promised, a millisecond. Without the promise it is `BUSY`.
const AT_MOST: Duration = Duration::from_millis(20);

/// One that waits, and notes when it goes on.
struct Woken {
    home: Mutex<Option<ThreadId>>,
    calls: AtomicUsize,
    over: AtomicBool,
    called_at: Mutex<Instant>,
    times: Mutex<Vec<Duration>>,
}

impl Woken {
    fn spawn() -> (Arc<Woken>, JoinHandle<()>) {
        let woken = Arc::new(Woken {
            home: Mutex::new(None),
            calls: AtomicUsize::new(0),
            over: AtomicBool::new(false),
            called_at: Mutex::new(Instant::now()),
            times: Mutex::default(),
        });
        let waits = woken.clone();
        let handle = go(move || {
            *waits.home.lock().expect("no panic") = Some(thread::current().id());
            let mut answered = 0;
            while !waits.over.load(Ordering::SeqCst) {
                if waits.calls.load(Ordering::SeqCst) == answered {
                    park();
                } else {
                    answered += 1;
                    let time = waits.called_at.lock().expect("no panic").elapsed();
                    waits.times.lock().expect("no panic").push(time);
                }
            }
        });
        (woken, handle)
    }

    /// Where it lives, once it has started.
    fn home(&self) -> ThreadId {
        loop {
            if let Some(home) = *self.home.lock().expect("no panic") {
                return home;
            }
            gopark::yield_now();
        }
    }
}

#[test]
fn one_that_lives_on_a_sleeping_worker() {
    bounded(|| {
        let _turn = alone();
        let times = runtime(2).run(|| {
            let mut others = Vec::new();
            // Where a coroutine lives is the scheduler's to say; so until one has come to live elsewhere.
            let (woken, handle) = loop {
                let (woken, handle) = Woken::spawn();
                if woken.home() != thread::current().id() {
                    break (woken, handle);
                }
                assert!(others.len() < 1000, "a thousand coroutines have one worker");
                others.push((woken, handle));
            };
            for _ in 0..ROUNDS {
                // Long enough for the other worker to fall asleep.
                sleep(Duration::from_millis(5));
                *woken.called_at.lock().expect("no panic") = Instant::now();
                woken.calls.fetch_add(1, Ordering::SeqCst);
                handle.coroutine().unpark();
                compute(BUSY);
            }
            let times = woken.times.lock().expect("no panic").clone();
            for (woken, handle) in others.into_iter().chain([(woken, handle)]) {
                woken.over.store(true, Ordering::SeqCst);
                handle.coroutine().unpark();
                handle.join().expect("no panic");
            }
            times
        });
        assert_eq!(times.len(), ROUNDS, "each call was answered while the caller computed");
        let middle = median("unpark of one on a sleeping worker", times);
        assert!(middle < AT_MOST, "{middle:?}");
    });
}

/// While every worker is asleep, a plain thread wakes the one that matters.
#[test]
fn one_that_a_plain_thread_wakes() {
    bounded(|| {
        let _turn = alone();
        let runtime = runtime(2);
        let entered = runtime.enter();
        let (woken, handle) = Woken::spawn();
        drop(entered);
        for round in 1..=ROUNDS {
            // Long enough for the workers to fall asleep.
            thread::sleep(Duration::from_millis(5));
            *woken.called_at.lock().expect("no panic") = Instant::now();
            woken.calls.fetch_add(1, Ordering::SeqCst);
            handle.coroutine().unpark();
            while woken.times.lock().expect("no panic").len() < round {
                thread::yield_now();
            }
        }
        woken.over.store(true, Ordering::SeqCst);
        handle.coroutine().unpark();
        handle.join().expect("no panic");
        let times = woken.times.lock().expect("no panic").clone();
        let middle = median("unpark by a plain thread", times);
        assert!(middle < AT_MOST, "{middle:?}");
    });
}
