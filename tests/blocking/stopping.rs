//! A runtime that stops while a call runs: the call goes on to its end, on the stack of a coroutine that is abandoned.

use crate::counted::Drops;
use crate::eventually::eventually;
use crate::gate::Gate;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::{Cancelled, blocking, go};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

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
            assert!(caller.join().expect_err("it never returns").is::<gopark::Cancelled>());
            assert!(!returned.load(Ordering::SeqCst), "an abandoned coroutine runs");
            assert_eq!(drops.count(), 0, "the result was dropped under its feet");
        }
        still_serving();
    });
}

/// Calls that end just as their runtime stops: either their callers run on, or they are abandoned.
#[test]
fn calls_that_end_while_the_runtime_stops() {
    bounded(|| {
        let drops = Drops::default();
        let mut calls = 0;
        for round in 0..100 {
            let runtime = runtime(1 + round % 2);
            let begun = Gate::default();
            let callers: Vec<_> = (0..4)
                .map(|_| {
                    let (begun, value) = (begun.clone(), drops.value());
                    runtime.spawn(move || {
                        let value = value;
                        blocking(|| {
                            begun.pass();
                            let _value = &value;
                        });
                    })
                })
                .collect();
            eventually("the calls block", || begun.inside() == 4);
            begun.open();
            drop(runtime);
            eventually("the calls have ended", || begun.inside() == 0);
            calls += callers.iter().filter(|caller| caller.is_finished()).count();
            assert!(drops.count() >= calls, "whoever has ended has dropped its value");
        }
        println!("{calls} of 400 callers ran on");
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
