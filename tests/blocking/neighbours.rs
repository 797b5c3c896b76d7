//! What the others do meanwhile: they go on.

use crate::eventually::eventually;
use crate::gate::Gate;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{current, park};
use gopark::time::sleep;
use gopark::{blocking, go, yield_now};
use std::sync::mpsc::channel;
use std::sync::{Barrier, Mutex};
use std::time::Duration;

/// The call ends only when a coroutine of the same, only worker has had its turn often enough, in every way.
#[test]
fn a_worker_goes_on_while_a_call_blocks() {
    bounded(|| {
        let runtime = runtime(1);
        let (tick, ticked) = channel();
        runtime.run(move || {
            let neighbour = go(move || {
                for _ in 0..100 {
                    yield_now();
                    tick.send(()).expect("the call listens");
                }
                for _ in 0..10 {
                    sleep(Duration::from_micros(100));
                    go(|| ()).join().expect("no panic");
                    tick.send(()).expect("the call listens");
                }
            });
            assert_eq!(blocking(move || ticked.into_iter().count()), 110);
            neighbour.join().expect("no panic");
        });
    });
}

/// Nobody comes through the barrier before all are at it: so all two hundred calls run at once, and the last comes
/// when the workers have had time for other things.
#[test]
fn two_hundred_calls_block_at_once() {
    const CALLS: usize = 200;
    static BARRIER: Barrier = Barrier::new(CALLS + 1);
    bounded(|| {
        runtime(2).run(|| {
            let calls: Vec<_> = (0..CALLS).map(|_| go(|| blocking(|| BARRIER.wait().is_leader()))).collect();
            for _ in 0..1000 {
                yield_now();
            }
            (0..10).for_each(|_| go(|| sleep(Duration::from_micros(100))).join().expect("no panic"));
            let leaders = calls.iter().filter(|call| call.is_finished()).count();
            assert_eq!(leaders, 0, "calls have ended without the last");
            let own = blocking(|| BARRIER.wait().is_leader());
            let leads = calls.into_iter().map(|call| call.join().expect("no panic"));
            assert_eq!(leads.chain([own]).filter(|&leads| leads).count(), 1);
        });
    });
}

/// Each call writes to its own caller's stack, and wakes nobody but its caller.
#[test]
fn many_callers_on_two_workers_get_their_own_results() {
    const CALLERS: u64 = 64;
    const CALLS: u64 = 200;
    bounded(|| {
        runtime(2).run(|| {
            let callers: Vec<_> = (0..CALLERS)
                .map(|caller| {
                    go(move || {
                        let mut sum = 0;
                        for call in 0..CALLS {
                            let mut written = [0; 8];
                            let result = blocking(|| {
                                written.fill(caller * CALLS + call);
                                sum += call;
                                written.iter().sum::<u64>()
                            });
                            assert_eq!(written, [caller * CALLS + call; 8]);
                            assert_eq!(result, 8 * (caller * CALLS + call));
                            if call % 16 == 0 {
                                yield_now();
                            }
                        }
                        sum
                    })
                })
                .collect();
            for caller in callers {
                assert_eq!(caller.join().expect("no panic"), CALLS * (CALLS - 1) / 2);
            }
        });
    });
}

/// A call's end wakes a worker that sleeps, with nothing else to do for it.
#[test]
fn a_sleeping_worker_is_woken_by_the_end_of_a_call() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let gate = Gate::default();
            let held = gate.clone();
            let caller = runtime.spawn(move || blocking(|| held.pass()));
            eventually("the call blocks", || gate.inside() == 1);
            let sleeps = || runtime.metrics().machines.iter().filter(|machine| machine.sleeps > 0).count();
            eventually("all workers have gone to sleep", || sleeps() == workers);
            gate.open();
            caller.join().expect("no panic");
        }
    });
}

/// Calls may be handed over by a coroutine that is woken by the end of another's.
#[test]
fn calls_that_hand_on_to_each_other() {
    bounded(|| {
        runtime(2).run(|| {
            let main = current().expect("in a coroutine");
            let (send, receive) = channel();
            let receive = Mutex::new(receive);
            let waker = go(move || {
                for round in 0..500 {
                    blocking(|| send.send(round).expect("the other call listens"));
                    main.unpark();
                    park();
                }
            });
            for round in 0..500 {
                assert_eq!(blocking(|| receive.lock().expect("no panic").recv()), Ok(round));
                park();
                waker.coroutine().unpark();
            }
            waker.join().expect("no panic");
        });
    });
}
