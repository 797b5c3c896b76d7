//! A runtime that stops while a call runs: the call goes on to its end, on the stack of a coroutine that is abandoned.

use crate::counted::Drops;
use crate::eventually::eventually;
use crate::gate::Gate;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::{Cancelled, blocking, go};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

#[test]
fn the_call_uses_its_callers_stack_to_the_end() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let (gate, drops) = (Gate::default(), Drops::default());
            let (held, result) = (gate.clone(), drops.value());
            let (send, receive) = channel();
            let returned = Arc::new(AtomicBool::new(false));
            let returns = returned.clone();
            let caller = runtime.spawn(move || {
                let numbers: [u64; 1000] = std::array::from_fn(|i| i as u64);
                let mut doubled = [0; 1000];
                let result = blocking(|| {
                    held.pass();
                    for (double, number) in doubled.iter_mut().zip(&numbers) {
                        *double = 2 * number;
                    }
                    send.send(doubled.iter().sum::<u64>()).expect("the test waits");
                    result
                });
                returns.store(true, Ordering::SeqCst);
                drop(result);
            });
            eventually("the call blocks", || gate.inside() == 1);
            drop(runtime);
            assert_eq!(gate.inside(), 1, "the drop does not wait for the call");
            gate.open();
            assert_eq!(receive.recv(), Ok(999_000));
            assert!(caller.join().expect_err("it never returns").is::<Cancelled>());
            assert!(!returned.load(Ordering::SeqCst), "an abandoned coroutine runs");
            assert_eq!(drops.count(), 0, "the result was dropped under its feet");
        }
        still_serving();
    });
}

/// Calls that end just as their runtime stops: their callers run on to their ends, or are abandoned in the call.
#[test]
fn calls_that_end_while_the_runtime_stops() {
    bounded(|| {
        let mut ran_on = 0;
        for round in 0..100 {
            let (drops, returned) = (Drops::default(), Arc::new(AtomicUsize::new(0)));
            let runtime = runtime(1 + round % 2);
            let gate = Gate::default();
            for _ in 0..4 {
                let (gate, value, returned) = (gate.clone(), drops.value(), returned.clone());
                runtime.spawn(move || {
                    let value = value;
                    blocking(|| {
                        gate.pass();
                        let _value = &value;
                    });
                    returned.fetch_add(1, Ordering::SeqCst);
                });
            }
            eventually("the calls block", || gate.inside() == 4);
            gate.open();
            let abandoned = runtime.shutdown(Duration::ZERO).abandoned.len();
            eventually("the calls have ended", || gate.inside() == 0);
            let returned = returned.load(Ordering::SeqCst);
            assert_eq!(returned + abandoned, 4);
            assert_eq!(drops.count(), returned, "whoever has ended, and nobody else, has dropped its value");
            ran_on += returned;
        }
        println!("{ran_on} of 400 callers ran on");
        still_serving();
    });
}

#[test]
fn the_stopped_runtime_is_still_current_inside() {
    bounded(|| {
        let runtime = runtime(1);
        let gate = Gate::default();
        let held = gate.clone();
        let (send, receive) = channel();
        runtime.spawn(move || {
            blocking(|| {
                held.pass();
                let error = go(|| ()).join().expect_err("nothing starts any more");
                send.send((error.is::<Cancelled>(), gopark::metrics().machines.len()))
                    .expect("the test waits");
            });
        });
        eventually("the call blocks", || gate.inside() == 1);
        drop(runtime);
        gate.open();
        assert_eq!(receive.recv(), Ok((true, 1)));
        still_serving();
    });
}

/// Other runtimes use the same helper threads, and the homes of the workers that have left.
fn still_serving() {
    runtime(2).run(|| {
        let calls: Vec<_> = (0..50).map(|i| go(move || blocking(move || i))).collect();
        let results: Vec<_> = calls.into_iter().map(|call| call.join().expect("no panic")).collect();
        assert_eq!(results, (0..50).collect::<Vec<_>>());
    });
}
