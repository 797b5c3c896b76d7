//! `try_block_on` with the futures of async-channel, futures-util and tokio: what a cancellation or a deadline ends
//! loses no message and no permit. And calls inside calls.

use crate::activity::parks;
use crate::watchdog::bounded;
use crate::workers::runtime;
use futures_util::future::{join, select};
use gopark::runtime::Runtime;
use gopark::{Cancelled, Context, JoinHandle, block_on, go, try_block_on, with_timeout};
use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::sync::{Mutex, Notify, Semaphore, mpsc, oneshot};

const SOON: Duration = Duration::from_millis(5);
const ROUNDS: u32 = 300;

/// Starts it, and returns when it waits.
fn waiting<T: Send + 'static>(runtime: &Runtime, body: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    let before = parks(runtime);
    let handle = runtime.spawn(body);
    while parks(runtime) == before {
        thread::yield_now();
    }
    handle
}

/// Lets some time pass, of which the rounds have different amounts.
fn dawdle(round: u32) {
    (0..round % 60 * 50).for_each(|_| std::hint::spin_loop());
}

#[test]
fn a_deadline_ends_each_of_them() {
    let program = || {
        let (sender, mut receiver) = mpsc::channel::<u32>(1);
        let (full, fills) = async_channel::bounded::<u32>(1);
        full.try_send(1).expect("there is room");
        let (_keeps, gets) = oneshot::channel::<u32>();
        let (permits, mutex, notify) = (Semaphore::new(0), Mutex::new(7), Notify::new());
        let held = mutex.try_lock().expect("it is free");
        with_timeout(SOON, || {
            assert_eq!(try_block_on(receiver.recv()), Err(Cancelled));
            assert!(try_block_on(full.send(2)).is_err());
            assert!(try_block_on(gets).is_err());
            assert!(try_block_on(permits.acquire()).is_err());
            assert!(try_block_on(mutex.lock()).is_err());
            assert_eq!(try_block_on(notify.notified()), Err(Cancelled));
            assert!(try_block_on(select(pending::<()>(), pin!(notify.notified()))).is_err());
        });
        // All is as before.
        drop(held);
        assert_eq!(*try_block_on(mutex.lock()).expect("in time"), 7);
        permits.add_permits(1);
        assert!(try_block_on(permits.acquire()).is_ok());
        assert_eq!((fills.try_recv(), fills.try_recv().is_err()), (Ok(1), true));
        sender.try_send(3).expect("there is room");
        assert_eq!(try_block_on(receiver.recv()), Ok(Some(3)));
    };
    bounded(move || {
        runtime(1).run(program);
        program();
    });
}

/// The permit comes, and the cancellation: it is had or it is not, and comes back.
#[test]
fn no_permit_is_lost() {
    bounded(|| {
        let runtime = runtime(2);
        let permits = Arc::new(Semaphore::new(0));
        let (mut had, mut ended) = (0, 0);
        for round in 0..ROUNDS {
            let (context, cancel) = Context::background().with_cancel();
            let asks = permits.clone();
            let waits = waiting(&runtime, move || {
                let permit = context.run(|| try_block_on(asks.acquire()).map(|permit| permit.map(drop)));
                permit.is_ok()
            });
            let gives = permits.clone();
            let thread = thread::spawn(move || {
                dawdle(round);
                gives.add_permits(1);
            });
            match round % 10 {
                0 => thread::sleep(Duration::from_millis(1)),
                _ => dawdle(round / 2),
            }
            if round % 3 == 0 {
                waits.cancel()
            } else {
                cancel.cancel()
            }
            if waits.join().expect("no panic") {
                had += 1
            } else {
                ended += 1
            }
            thread.join().expect("no panic");
            assert_eq!(permits.available_permits(), 1, "round {round}");
            permits.forget_permits(1);
        }
        assert!(had > 0 && ended > 0, "{had} had it, {ended} were cancelled");
    });
}

/// Two wait for a message, and one of them is cancelled when it comes: one of the two has it, or it still lies there.
#[test]
fn no_message_is_lost() {
    bounded(|| {
        let runtime = runtime(2);
        let (sender, receiver) = async_channel::unbounded();
        let mut ended = 0;
        for round in 0..ROUNDS {
            let receives = receiver.clone();
            let stopped = waiting(&runtime, move || try_block_on(receives.recv()));
            let receives = receiver.clone();
            let other = waiting(&runtime, move || block_on(receives.recv()));
            let sends = sender.clone();
            let thread = thread::spawn(move || {
                dawdle(round);
                sends.try_send(round).expect("it is open");
            });
            dawdle(round / 2);
            stopped.cancel();
            match stopped.join().expect("no panic") {
                Ok(value) => {
                    assert_eq!(value, Ok(round));
                    sender.try_send(round).expect("it is open");
                }
                Err(Cancelled) => ended += 1,
            }
            assert_eq!(other.join().expect("no panic"), Ok(round), "nobody has told it");
            thread.join().expect("no panic");
            assert!(receiver.is_empty());
        }
        assert!(ended > 0);
    });
}

/// Under many short deadlines, one after the other, all messages come, and in order.
#[test]
fn deadlines_lose_no_message() {
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                let (sender, mut receiver) = mpsc::channel(2);
                let sends = go(move || {
                    for number in 0..ROUNDS {
                        block_on(sender.send(number)).expect("it receives");
                        if number % 7 == 0 {
                            gopark::time::sleep(Duration::from_micros(700));
                        }
                    }
                });
                let (mut came, mut late) = (Vec::new(), 0);
                loop {
                    match with_timeout(Duration::from_micros(200), || try_block_on(receiver.recv())) {
                        Ok(Some(number)) => came.push(number),
                        Ok(None) => break,
                        Err(Cancelled) => late += 1,
                    }
                }
                assert_eq!(came, (0..ROUNDS).collect::<Vec<_>>());
                assert!(late > 0, "no deadline has come");
                sends.join().expect("no panic");
            });
        }
    });
}

/// An outer future is woken while its coroutine waits in an inner call.
#[test]
fn an_outer_one_is_woken_while_an_inner_one_waits() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            for _ in 0..50 {
                let (outer_brings, outer) = oneshot::channel();
                let (inner_brings, inner) = oneshot::channel();
                let waits = waiting(&runtime, move || {
                    // Polled in this order: the outer waker is out when the inner call begins.
                    block_on(join(outer, async { block_on(inner) }))
                });
                outer_brings.send("outer").expect("it is waited for");
                assert!(!waits.is_finished());
                inner_brings.send("inner").expect("it is waited for");
                assert_eq!(waits.join().expect("no panic"), (Ok("outer"), Ok("inner")));
            }
        }
    });
}

/// The same where both can be stopped: the inner call is, and says so; the outer one is not asked any more.
#[test]
fn a_cancellation_ends_both() {
    bounded(|| {
        let runtime = runtime(1);
        let (_outer_keeps, outer) = oneshot::channel::<u32>();
        let (_inner_keeps, inner) = oneshot::channel::<u32>();
        let waits = waiting(&runtime, move || {
            let mut told = None;
            let both = try_block_on(join(outer, async { told = Some(try_block_on(inner).is_err()) }));
            (both.is_err(), told)
        });
        waits.cancel();
        assert_eq!(waits.join().expect("no panic"), (true, Some(true)));
    });
}
