//! What futures-util makes of other futures: several at once, the first of two, those that are done.

use crate::activity::{parks, until_parked};
use crate::watchdog::bounded;
use crate::workers::runtime;
use async_channel::bounded as channel;
use futures_util::future::{AbortHandle, Abortable, Aborted, Either, join_all, select};
use futures_util::lock::Mutex;
use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::{FutureExt, join};
use gopark::{block_on, go, yield_now};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

#[test]
fn all_of_them_are_joined_in_their_order() {
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                let (senders, receivers): (Vec<_>, Vec<_>) = (0..100).map(|_| channel(1)).unzip();
                let sending: Vec<_> = senders
                    .into_iter()
                    .enumerate()
                    .rev()
                    .map(|(number, sender)| {
                        go(move || {
                            yield_now();
                            block_on(sender.send(number)).expect("it is waited for");
                        })
                    })
                    .collect();
                let all = block_on(join_all(receivers.iter().map(|receiver| receiver.recv())));
                assert_eq!(all, (0..100).map(Ok).collect::<Vec<_>>());
                sending.into_iter().for_each(|one| one.join().expect("no panic"));
            });
        }
    });
}

/// What has lost is still there, and comes next.
#[test]
fn the_first_of_two_is_selected() {
    bounded(|| {
        runtime(2).run(|| {
            for round in 0..200 {
                let ((one, gets_one), (two, gets_two)) = (channel(1), channel(1));
                let (first, second) = if round % 2 == 0 { (one, two) } else { (two, one) };
                let (tell, told) = gopark::chan::bounded::<()>(0);
                let sends = thread::spawn(move || {
                    first.try_send(round).expect("there is room");
                    assert!(told.recv().is_err());
                    second.try_send(round + 1).expect("there is room");
                });
                let rest = match block_on(select(gets_one.recv().boxed(), gets_two.recv().boxed())) {
                    Either::Left((value, rest)) => {
                        assert_eq!((value, round % 2), (Ok(round), 0));
                        rest
                    }
                    Either::Right((value, rest)) => {
                        assert_eq!((value, round % 2), (Ok(round), 1));
                        rest
                    }
                };
                drop(tell);
                assert_eq!(block_on(rest), Ok(round + 1));
                sends.join().expect("no panic");
            }
        });
    });
}

/// As they come, not as they were added.
#[test]
fn unordered_futures_come_when_they_are_done() {
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                let (senders, receivers): (Vec<_>, Vec<_>) = (0..200_u32).map(|_| channel(1)).unzip();
                let mut all: FuturesUnordered<_> = receivers.iter().map(|receiver| receiver.recv()).collect();
                let (next, turns) = gopark::chan::bounded(0);
                let sends = go(move || {
                    for (number, sender) in senders.into_iter().enumerate().rev() {
                        sender.try_send(number).expect("there is room");
                        turns.recv().expect("it goes on");
                    }
                });
                for number in (0..200).rev() {
                    assert_eq!(block_on(all.next()), Some(Ok(number)));
                    next.send(()).expect("it waits, or will");
                }
                assert_eq!(block_on(all.next()), None);
                sends.join().expect("no panic");
            });
        }
    });
}

/// One future whose result fifty wait for, on coroutines and plain threads; whoever polls it, all are told.
#[test]
fn a_shared_future_wakes_all_who_wait() {
    bounded(|| {
        let runtime = runtime(2);
        let (sender, receiver) = channel(1);
        let polls = Arc::new(AtomicUsize::new(0));
        let counts = polls.clone();
        let shared = async move {
            counts.fetch_add(1, Ordering::SeqCst);
            receiver.recv().await
        };
        let shared = shared.boxed().shared();
        let inside: Vec<_> = (0..50)
            .map(|_| {
                let shared = shared.clone();
                runtime.spawn(move || block_on(shared))
            })
            .collect();
        let outside = thread::spawn(move || block_on(shared));
        until_parked(&runtime, 50);
        sender.try_send(7).expect("there is room");
        inside.into_iter().for_each(|one| assert_eq!(one.join().expect("no panic"), Ok(7)));
        assert_eq!(outside.join().expect("no panic"), Ok(7));
        assert_eq!(polls.load(Ordering::SeqCst), 1, "it has begun once");
    });
}

#[test]
fn an_aborted_future_ends_from_elsewhere() {
    bounded(|| {
        let runtime = runtime(1);
        let (abort, registration) = AbortHandle::new_pair();
        let (_sender, receiver) = channel::<u32>(1);
        let future = Abortable::new(async move { receiver.recv().await }, registration);
        let waits = runtime.spawn(move || block_on(future));
        until_parked(&runtime, 1);
        abort.abort();
        assert_eq!(waits.join().expect("no panic"), Err(Aborted));
    });
}

/// Held across other waits, and by two futures of one `block_on`.
#[test]
fn an_async_lock_is_one_holders() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            runtime.run(|| {
                let count = Arc::new(Mutex::new(0));
                let adds = |count: Arc<Mutex<u32>>| {
                    let once = async move || {
                        let mut held = count.lock().await;
                        let before = *held;
                        yield_now();
                        *held = before + 1;
                    };
                    move || (0..20).for_each(|_| _ = block_on(async { join!(once(), once()) }))
                };
                let all: Vec<_> = (0..50).map(|_| go(adds(count.clone()))).collect();
                all.into_iter().for_each(|one| one.join().expect("no panic"));
                assert_eq!(*block_on(count.lock()), 2000);
            });
            assert!(parks(&runtime) > 0, "nobody has had to wait");
        }
    });
}
