//! Calls that never switch, with a lock of std held across them; and loops at full speed, beside which others run.

use crate::alone;
use crate::watchdog::bounded;
use gopark::chan::{bounded as channel, unbounded};
use gopark::{go, scope, select, yield_now};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Three times what brings a request to let others run.
const LONG: Duration = Duration::from_millis(30);

const ROUNDS: u32 = 5;

/// Two coroutines of one worker take turns with a lock. If a call inside switched, the other one would block the thread
/// for ever, and with it the holder.
fn take_turns(inside: impl Fn(u64) + Sync) {
    let lock = Mutex::new(());
    scope(|s| {
        for _ in 0..2 {
            s.go(|| {
                for _ in 0..ROUNDS {
                    {
                        let _held = lock.lock().unwrap();
                        let begun = Instant::now();
                        let mut calls = 0;
                        while begun.elapsed() < LONG {
                            inside(calls);
                            calls += 1;
                        }
                    }
                    yield_now();
                }
            });
        }
    });
}

#[test]
fn calls_that_only_try_never_switch() {
    bounded(|| {
        alone::runtime(1).run(|| {
            let (sender, receiver) = channel(4);
            take_turns(|_| {
                while sender.try_send(7).is_ok() {}
                while receiver.try_recv().is_ok() {}
            });
        });
    });
}

/// Somebody waits for the values, so that each wakes him.
#[test]
fn sends_without_a_bound_never_switch() {
    bounded(|| {
        alone::runtime(1).run(|| {
            let (sender, receiver) = unbounded();
            let counts = go(move || receiver.iter().count() as u64);
            let sent = std::sync::atomic::AtomicU64::new(0);
            take_turns(|_| {
                sender.send(7).expect("it receives");
                sent.fetch_add(1, Ordering::SeqCst);
            });
            drop(sender);
            assert_eq!(counts.join().expect("no panic"), sent.into_inner());
        });
    });
}

#[test]
fn go_never_switches() {
    bounded(|| {
        alone::runtime(1).run(|| {
            take_turns(|calls| {
                // Not so many that their number becomes the subject.
                if calls % 64 == 0 {
                    drop(go(|| ()));
                }
            });
        });
    });
}

/// Wakes somebody, asks and forgets.
#[test]
fn other_calls_that_cannot_wait_never_switch() {
    bounded(|| {
        alone::runtime(1).run(|| {
            let parked = go(|| {
                while gopark::coroutine::cancelled().is_none() {
                    gopark::coroutine::park();
                }
            });
            take_turns(|calls| {
                parked.coroutine().unpark();
                assert!(!parked.is_finished());
                let (sender, receiver) = channel::<u64>(1);
                sender.try_send(calls).expect("there is room");
                select! {
                    send(sender, calls) -> _ => panic!("it is full"),
                    default => {}
                }
                drop((sender, receiver));
            });
            parked.cancel();
            parked.coroutine().unpark();
            parked.join().expect("no panic");
        });
    });
}

/// On the same worker, all the time.
fn a_third_one_has_its_turn(at_full_speed: impl Fn(&AtomicBool) + Send + 'static) {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    let loops = go(move || at_full_speed(&flag));
    for _ in 0..10 {
        let begun = Instant::now();
        yield_now();
        go(|| ()).join().expect("no panic");
        let took = begun.elapsed();
        // At worst 15 runs of the others, 10 to 20 ms each, on a busy machine.
        assert!(took < Duration::from_secs(10), "the others were left waiting for {took:?}");
    }
    stop.store(true, Ordering::SeqCst);
    loops.join().expect("no panic");
}

#[test]
fn a_receiver_and_a_sender_at_full_speed() {
    bounded(|| {
        for capacity in [0, 1, 1000, 1_000_000] {
            alone::runtime(1).run(|| {
                let (sender, receiver) = channel(capacity);
                let receives = go(move || receiver.iter().count());
                a_third_one_has_its_turn(move |stop| {
                    while !stop.load(Ordering::SeqCst) {
                        sender.send(7).expect("it receives");
                    }
                });
                assert!(receives.join().expect("no panic") > 0);
            });
        }
    });
}

/// It puts back what it takes, and never waits.
#[test]
fn a_receiver_of_a_queue_that_is_never_empty() {
    bounded(|| {
        alone::runtime(1).run(|| {
            let (sender, receiver) = unbounded();
            (0..1000).for_each(|value| sender.send(value).expect("it receives"));
            a_third_one_has_its_turn(move |stop| {
                while !stop.load(Ordering::SeqCst) {
                    let value = receiver.recv().expect("one is there");
                    sender.send(value).expect("it receives");
                }
            });
        });
    });
}

#[test]
fn selects_at_full_speed() {
    bounded(|| {
        alone::runtime(1).run(|| {
            let (sender, receiver) = channel(8);
            a_third_one_has_its_turn(move |stop| {
                while !stop.load(Ordering::SeqCst) {
                    select! {
                        send(sender, 7) -> sent => sent.expect("it receives"),
                        recv(receiver) -> value => assert_eq!(value, Ok(7)),
                    }
                }
            });
        });
    });
}
