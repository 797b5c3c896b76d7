//! A channel that holds nothing: each send meets one receive.

use super::waiting::{until_a_receiver_waits, until_a_sender_waits};
use crate::crowd::{Crowd, Kind};
use crate::subject::{RecvTimeoutError, TryRecvError, TrySendError, bounded, spawn, yield_now};
use crate::trial::{let_them_wait, trial};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(600);

#[test]
fn a_send_ends_when_the_value_is_received_and_not_before() {
    trial(|| {
        let (tx, rx) = bounded(0);
        let sender = spawn(move || tx.send(1));
        until_a_sender_waits(&rx);
        let_them_wait();
        assert!(!sender.is_finished());
        assert_eq!(rx.recv(), Ok(1));
        assert_eq!(sender.join().unwrap(), Ok(()));
    });
}

#[test]
fn a_try_send_needs_somebody_who_waits() {
    trial(|| {
        let (tx, rx) = bounded(0);
        assert_eq!(tx.try_send(1), Err(TrySendError::Full(1)));
        let receiver = spawn(move || rx.recv());
        until_a_receiver_waits(&tx);
        assert_eq!(tx.try_send(2), Ok(()));
        assert_eq!(receiver.join().unwrap(), Ok(2));
        assert_eq!(tx.try_send(3), Err(TrySendError::Disconnected(3)));
    });
}

#[test]
fn a_try_recv_needs_somebody_who_waits() {
    trial(|| {
        let (tx, rx) = bounded(0);
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        let sender = spawn(move || tx.send(1));
        until_a_sender_waits(&rx);
        assert_eq!(rx.try_recv(), Ok(1));
        assert_eq!(sender.join().unwrap(), Ok(()));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    });
}

#[test]
fn one_who_waits_is_met_by_one() {
    trial(|| {
        let (tx, rx) = bounded(0);
        let receiver = spawn({
            let rx = rx.clone();
            move || rx.recv()
        });
        until_a_receiver_waits(&tx);
        assert_eq!(tx.try_send(1), Ok(()));
        assert_eq!(tx.try_send(2), Err(TrySendError::Full(2)), "that one is served");
        assert_eq!(receiver.join().unwrap(), Ok(1));
        let sender = spawn(move || tx.send(3));
        until_a_sender_waits(&rx);
        assert_eq!(rx.try_recv(), Ok(3));
        assert!(rx.try_recv().is_err(), "that one is served");
        assert_eq!(sender.join().unwrap(), Ok(()));
    });
}

#[test]
fn who_waits_with_a_deadline_is_met_like_the_others() {
    trial(|| {
        let (tx, rx) = bounded(0);
        let sender = spawn({
            let tx = tx.clone();
            move || tx.send_timeout(1, LONG)
        });
        until_a_sender_waits(&rx);
        assert_eq!(rx.try_recv(), Ok(1));
        assert_eq!(sender.join().unwrap(), Ok(()));
        let receiver = spawn(move || rx.recv_timeout(LONG));
        until_a_receiver_waits(&tx);
        assert_eq!(tx.try_send(2), Ok(()));
        assert_eq!(receiver.join().unwrap(), Ok(2));
    });
}

/// One who gave up is not to be found any more, even by one who has been looking all the time.
#[test]
fn who_gave_up_is_met_by_nobody() {
    trial(|| {
        let (tx, rx) = bounded(0);
        let tries = spawn(move || {
            let mut met = 0;
            loop {
                match tx.try_send(()) {
                    Ok(()) => met += 1,
                    Err(TrySendError::Full(())) => yield_now(),
                    Err(TrySendError::Disconnected(())) => return met,
                }
            }
        });
        let mut received = 0;
        for round in 0..400 {
            match rx.recv_timeout(Duration::from_micros(round % 40)) {
                Ok(()) => received += 1,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => unreachable!("the sender is there"),
            }
        }
        drop(rx);
        assert_eq!(tries.join().unwrap(), received);
    });
}

/// What the sender did before is seen by the receiver, and what the receiver did before by the sender.
#[test]
fn both_know_what_the_other_has_done() {
    trial(|| {
        let (tx, rx) = bounded(0);
        let steps = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
        let mut crowd = Crowd::default();
        let sees = steps.clone();
        crowd.start(Kind::Thread, move || {
            for turn in 1..=1000 {
                sees[0].store(turn, Ordering::Relaxed);
                tx.send(turn).unwrap();
                assert!(sees[1].load(Ordering::Relaxed) >= turn);
            }
        });
        for turn in 1..=1000 {
            steps[1].store(turn, Ordering::Relaxed);
            assert_eq!(rx.recv(), Ok(turn));
            assert!(steps[0].load(Ordering::Relaxed) >= turn);
        }
        crowd.join();
    });
}

#[test]
fn as_many_meet_as_come_of_the_fewer() {
    trial(|| {
        for (senders, receivers) in [(8, 3), (3, 8), (5, 5)] {
            let (tx, rx) = bounded(0);
            let sends: Vec<_> = (0..senders)
                .map(|number| {
                    let tx = tx.clone();
                    spawn(move || tx.send(number).is_ok())
                })
                .collect();
            let receives: Vec<_> = (0..receivers)
                .map(|_| {
                    let rx = rx.clone();
                    spawn(move || rx.recv().is_ok())
                })
                .collect();
            let fewer = senders.min(receivers);
            // Those who are left over wait for an end that comes when the last of the others is through.
            drop((tx, rx));
            let sent = sends.into_iter().filter_map(|send| send.join().unwrap().then_some(())).count();
            let received = receives.into_iter().filter_map(|recv| recv.join().unwrap().then_some(())).count();
            assert_eq!((sent, received), (fewer, fewer));
        }
    });
}
