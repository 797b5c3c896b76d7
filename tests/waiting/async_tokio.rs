//! tokio's channels, where there is no runtime of tokio: whoever uses them wakes who waits.

use crate::activity::until_parked;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::{block_on, go, yield_now};
use std::thread;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// On one worker and on two.
fn everywhere(body: fn()) {
    bounded(move || [1, 2].into_iter().for_each(|workers| runtime(workers).run(body)));
}

#[test]
fn mpsc_keeps_each_senders_order() {
    const EACH: usize = 300;
    fn sends(number: usize, sender: mpsc::Sender<(usize, usize)>) {
        (0..EACH).for_each(|i| block_on(sender.send((number, i))).expect("it receives"));
    }
    everywhere(|| {
        for room in [1, 5] {
            let (sender, mut receiver) = mpsc::channel(room);
            for number in 0..10 {
                let sender = sender.clone();
                go(move || sends(number, sender));
            }
            let thread = thread::spawn(move || sends(10, sender));
            let mut next = [0; 11];
            while let Some((number, i)) = block_on(receiver.recv()) {
                assert_eq!(i, next[number], "{number} is out of order");
                next[number] += 1;
            }
            assert_eq!(next, [EACH; 11]);
            thread.join().expect("no panic");
        }
    });
}

#[test]
fn mpsc_makes_a_sender_wait_for_room() {
    bounded(|| {
        let runtime = runtime(1);
        let (sender, mut receiver) = mpsc::channel(1);
        sender.try_send(1).expect("there is room");
        let sends = runtime.spawn(move || block_on(sender.send(2)).is_ok());
        until_parked(&runtime, 1);
        assert!(!sends.is_finished(), "there is no room");
        assert_eq!(block_on(receiver.recv()), Some(1));
        assert!(sends.join().expect("no panic"));
        assert_eq!((block_on(receiver.recv()), block_on(receiver.recv())), (Some(2), None));
    });
}

#[test]
fn a_oneshot_brings_its_value_or_its_end() {
    everywhere(|| {
        for round in 0..200 {
            let (sender, receiver) = oneshot::channel();
            let sends = go(move || {
                if round % 2 == 0 {
                    sender.send(round).expect("it is waited for");
                }
            });
            assert_eq!(block_on(receiver).ok(), (round % 2 == 0).then_some(round));
            sends.join().expect("no panic");
            let (mut sender, receiver) = oneshot::channel::<u32>();
            let gives_up = thread::spawn(move || drop(receiver));
            block_on(sender.closed());
            gives_up.join().expect("no panic");
        }
    });
}

/// Each sees numbers that grow, and the last.
#[test]
fn a_watched_value_is_seen_by_all() {
    everywhere(|| {
        let (sender, receiver) = watch::channel(0);
        let see = |mut receiver: watch::Receiver<u32>| {
            move || {
                let mut seen = vec![*receiver.borrow_and_update()];
                while block_on(receiver.changed()).is_ok() {
                    seen.push(*receiver.borrow_and_update());
                }
                assert!(seen.is_sorted_by(|before, after| before < after), "{seen:?}");
                seen.last().copied()
            }
        };
        let all: Vec<_> = (0..20).map(|_| go(see(receiver.clone()))).collect();
        let thread = thread::spawn(see(receiver));
        for number in 1..=200 {
            sender.send(number).expect("somebody looks");
            yield_now();
        }
        drop(sender);
        assert!(all.into_iter().all(|one| one.join().expect("no panic") == Some(200)));
        assert_eq!(thread.join().expect("no panic"), Some(200));
    });
}

#[test]
fn a_broadcast_reaches_all() {
    everywhere(|| {
        let (sender, mut late) = broadcast::channel(128);
        let hears = |mut receiver: broadcast::Receiver<u32>| {
            move || {
                (0..100)
                    .map(|_| block_on(receiver.recv()).expect("there is room for all"))
                    .collect::<Vec<_>>()
            }
        };
        let all: Vec<_> = (0..20).map(|_| go(hears(sender.subscribe()))).collect();
        let thread = thread::spawn(hears(sender.subscribe()));
        for number in 0..100 {
            sender.send(number).expect("somebody listens");
            yield_now();
        }
        let expected: Vec<_> = (0..100).collect();
        all.into_iter().for_each(|one| assert_eq!(one.join().expect("no panic"), expected));
        assert_eq!(thread.join().expect("no panic"), expected);
        (100..200).for_each(|number| drop(sender.send(number)));
        drop(sender);
        assert_eq!(block_on(late.recv()), Err(RecvError::Lagged(72)));
        assert_eq!(block_on(late.recv()), Ok(72));
        let rest = std::iter::from_fn(|| block_on(late.recv()).ok());
        assert_eq!(rest.count(), 127);
        assert_eq!(block_on(late.recv()), Err(RecvError::Closed));
    });
}
