//! A call ends when its closure has ended, whatever else happens to its caller, and takes nothing of it.

use crate::eventually::eventually;
use crate::gate::Gate;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{cancelled, current, park, park_timeout};
use gopark::{blocking, go, yield_now};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than any test may take: a `park_timeout` of it that returns has found a token.
const FOR_EVER: Duration = Duration::from_secs(1 << 20);
/// A wait that runs to its end shows that there was no token.
const SHORT: Duration = Duration::from_millis(5);

#[test]
fn a_token_neither_ends_it_nor_is_lost() {
    bounded(|| {
        runtime(1).run(|| {
            let gate = Gate::default();
            let held = gate.clone();
            let caller = go(move || {
                let mut ended = false;
                blocking(|| {
                    held.pass();
                    ended = true;
                });
                assert!(ended, "the call has returned before its closure");
                park_timeout(FOR_EVER);
                let start = Instant::now();
                park_timeout(SHORT);
                assert!(start.elapsed() >= SHORT, "all those calls make one token");
            });
            eventually("the call blocks", || gate.inside() == 1);
            for _ in 0..1000 {
                caller.coroutine().unpark();
                yield_now();
            }
            assert!(!caller.join_timeout(Duration::ZERO));
            gate.open();
            caller.join().expect("no panic");
        });
    });
}

#[test]
fn a_token_from_before_or_from_inside_is_kept() {
    bounded(|| {
        runtime(1).run(|| {
            let me = current().expect("in a coroutine");
            for _ in 0..100 {
                me.unpark();
                blocking(|| ());
                park_timeout(FOR_EVER);
                blocking(|| me.unpark());
                park_timeout(FOR_EVER);
            }
        });
    });
}

#[test]
fn a_cancellation_does_not_end_it() {
    bounded(|| {
        runtime(1).run(|| {
            let gate = Gate::default();
            let held = gate.clone();
            let caller = go(move || {
                let mut ended = false;
                blocking(|| {
                    held.pass();
                    ended = true;
                });
                assert!(ended, "the call has returned before its closure");
                assert!(cancelled().is_some(), "it is told elsewhere");
                // Nor does it keep the next from beginning.
                blocking(|| 7)
            });
            eventually("the call blocks", || gate.inside() == 1);
            caller.cancel();
            assert!(!caller.join_timeout(SHORT));
            gate.open();
            assert_eq!(caller.join().expect("no panic"), 7);
        });
    });
}

/// Wake-ups from a plain thread come at every moment of many short calls, and of the parks between them.
#[test]
fn a_storm_of_wake_ups_from_another_thread() {
    bounded(|| {
        runtime(2).run(|| {
            let me = current().expect("in a coroutine");
            let over = Arc::new(AtomicBool::new(false));
            let (storm, end) = (me.clone(), over.clone());
            let thread = thread::spawn(move || {
                while !end.load(Ordering::SeqCst) {
                    storm.unpark();
                }
            });
            for round in 0..3000 {
                let mut seen = 0;
                blocking(|| seen = round);
                assert_eq!(seen, round);
                if round % 8 == 0 {
                    park();
                }
            }
            over.store(true, Ordering::SeqCst);
            blocking(|| thread.join()).expect("no panic");
        });
    });
}
