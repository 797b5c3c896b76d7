//! async-channel as it is, without a reactor: what it brings is waited for with `block_on`.

use crate::activity::until_parked;
use crate::watchdog::bounded;
use crate::workers::runtime;
use async_channel::{Receiver, Sender, TrySendError, bounded as channel, unbounded};
use futures_util::stream::{self, StreamExt};
use gopark::{block_on, go};
use std::thread;

/// Coroutines and plain threads on both sides, and little room: each value comes out once, and no more lie there than
/// there is room for.
#[test]
fn many_share_a_channel_with_little_room() {
    const EACH: u64 = 500;
    fn sends(sender: Sender<u64>, number: u64) {
        for i in 0..EACH {
            block_on(sender.send(number * EACH + i)).expect("somebody receives");
            assert!(sender.len() <= sender.capacity().expect("it has one"));
        }
    }
    fn receives(receiver: Receiver<u64>) -> Vec<u64> {
        std::iter::from_fn(|| block_on(receiver.recv()).ok()).collect()
    }
    bounded(|| {
        for (workers, room) in [(1, 1), (2, 1), (2, 3)] {
            runtime(workers).run(|| {
                let (sender, receiver) = channel(room);
                let receiving: Vec<_> = (0..10)
                    .map(|_| {
                        let receiver = receiver.clone();
                        go(move || receives(receiver))
                    })
                    .collect();
                let on_thread = thread::spawn(move || receives(receiver));
                let sending: Vec<_> = (0..8)
                    .map(|number| {
                        let sender = sender.clone();
                        go(move || sends(sender, number))
                    })
                    .collect();
                let from_thread = thread::spawn(move || sends(sender, 8));
                sending.into_iter().for_each(|one| one.join().expect("no panic"));
                let came = receiving.into_iter().flat_map(|one| one.join().expect("no panic"));
                let mut came: Vec<u64> = came.collect();
                from_thread.join().expect("no panic");
                came.extend(on_thread.join().expect("no panic"));
                came.sort_unstable();
                assert_eq!(came, (0..9 * EACH).collect::<Vec<_>>());
            });
        }
    });
}

#[test]
fn a_full_channel_makes_its_sender_wait() {
    bounded(|| {
        let runtime = runtime(1);
        let (sender, receiver) = channel(1);
        sender.try_send(1).expect("there is room");
        let sends = runtime.spawn({
            let sender = sender.clone();
            move || block_on(sender.send(2))
        });
        until_parked(&runtime, 1);
        assert!(!sends.is_finished(), "there is no room");
        assert_eq!(sender.try_send(3), Err(TrySendError::Full(3)));
        assert_eq!(block_on(receiver.recv()), Ok(1));
        assert_eq!(sends.join().expect("no panic"), Ok(()));
        assert_eq!(block_on(receiver.recv()), Ok(2));
    });
}

/// Both who wait for a value and who wait for room are told, and what lies there can still be had.
#[test]
fn a_closed_channel_ends_all_waits() {
    bounded(|| {
        let runtime = runtime(2);
        let (empty, receiver) = unbounded::<u32>();
        let (sender, full) = channel(1);
        sender.try_send(7).expect("there is room");
        let waits: Vec<_> = (0..100)
            .map(|number| {
                let (receiver, sender) = (receiver.clone(), sender.clone());
                runtime.spawn(move || match number % 2 {
                    0 => block_on(receiver.recv()).is_err(),
                    _ => block_on(sender.send(number)).is_err_and(|error| error.into_inner() == number),
                })
            })
            .collect();
        until_parked(&runtime, 100);
        assert!(waits.iter().all(|one| !one.is_finished()));
        assert!(empty.close() && full.close());
        assert!(waits.into_iter().all(|one| one.join().expect("no panic")));
        assert_eq!((block_on(full.recv()), block_on(full.recv()).is_err()), (Ok(7), true));
    });
}

#[test]
fn a_channel_is_a_stream() {
    bounded(|| {
        runtime(2).run(|| {
            let (sender, receiver) = channel(2);
            let sends =
                go(move || (0..1000_u64).for_each(|i| block_on(sender.send(i)).expect("it receives")));
            let squares = receiver.filter(|i| std::future::ready(i % 2 == 0)).map(|i| async move { i * i });
            let sum: u64 =
                block_on(squares.buffer_unordered(16).fold(0, |sum, square| async move { sum + square }));
            assert_eq!(sum, (0..1000).filter(|i| i % 2 == 0).map(|i| i * i).sum::<u64>());
            sends.join().expect("no panic");

            let (one, other) = (channel(1), channel(1));
            let sends = [(one.0, 0), (other.0, 1)].map(|(sender, odd)| {
                thread::spawn(move || {
                    (0..100).for_each(|i| block_on(sender.send(2 * i + odd)).expect("it receives"))
                })
            });
            let mut both: Vec<u32> = block_on(stream::select(one.1, other.1).collect());
            both.sort_unstable();
            assert_eq!(both, (0..200).collect::<Vec<_>>());
            sends.into_iter().for_each(|one| one.join().expect("no panic"));
        });
    });
}
