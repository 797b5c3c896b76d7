//! Asking `Select` which operation is ready without doing it.

use super::capacities::{BUFFERED, EVERY, channel};
use super::waiting::{until_a_receiver_waits, until_a_sender_waits};
use crate::crowd::{Crowd, Kind};
use crate::subject::{ReadyTimeoutError, Select, TryReadyError, TryRecvError, bounded, spawn};
use crate::trial::{let_them_wait, trial};
use std::time::{Duration, Instant};

const BRIEF: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(600);

#[test]
fn what_is_ready_is_told_and_left_alone() {
    trial(|| {
        for capacity in BUFFERED {
            let (tx, rx) = channel(capacity);
            let (full, _rx) = bounded::<u8>(0);
            let mut select = Select::new();
            let (receive, send) = (select.recv(&rx), select.send(&full));
            assert_eq!(select.try_ready(), Err(TryReadyError), "capacity {capacity:?}");
            tx.send(1).unwrap();
            for _ in 0..10 {
                assert_eq!(select.try_ready(), Ok(receive), "capacity {capacity:?}");
                assert_eq!(select.ready(), receive);
                assert_eq!(select.ready_timeout(Duration::ZERO), Ok(receive));
                assert_eq!(select.ready_deadline(Instant::now()), Ok(receive));
            }
            assert_eq!(rx.len(), 1);
            select.remove(send);
            rx.recv().unwrap();
            assert_eq!(select.try_ready(), Err(TryReadyError), "capacity {capacity:?}");
        }
    });
}

#[test]
fn room_is_ready() {
    trial(|| {
        let (tx, rx) = bounded(1);
        let mut select = Select::new();
        select.send(&tx);
        for value in 0..10 {
            assert_eq!(select.try_ready(), Ok(0));
            tx.send(value).unwrap();
            assert_eq!(select.try_ready(), Err(TryReadyError));
            assert_eq!(rx.recv(), Ok(value));
        }
    });
}

#[test]
fn an_end_is_ready() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel::<u8>(capacity);
            drop(tx);
            let mut select = Select::new();
            select.recv(&rx);
            assert_eq!((select.try_ready(), select.ready()), (Ok(0), 0), "capacity {capacity:?}");
            let (tx, rx) = channel::<u8>(capacity);
            drop(rx);
            let mut select = Select::new();
            select.send(&tx);
            assert_eq!((select.try_ready(), select.ready()), (Ok(0), 0), "capacity {capacity:?}");
        }
    });
}

/// At a rendezvous nothing but the other side makes ready, and only while it waits for good.
#[test]
fn a_partner_that_waits_is_ready() {
    trial(|| {
        let (tx, rx) = bounded(0);
        let mut sends = Select::new();
        sends.send(&tx);
        let mut receives = Select::new();
        receives.recv(&rx);
        assert_eq!((sends.try_ready(), receives.try_ready()), (Err(TryReadyError), Err(TryReadyError)));
        let sender = spawn({
            let tx = tx.clone();
            move || tx.send(1)
        });
        until_a_sender_waits(&rx);
        assert_eq!((sends.try_ready(), receives.try_ready()), (Err(TryReadyError), Ok(0)));
        rx.recv().unwrap();
        sender.join().unwrap().unwrap();
        assert_eq!(receives.try_ready(), Err(TryReadyError));
        let receiver = spawn({
            let rx = rx.clone();
            move || rx.recv()
        });
        until_a_receiver_waits(&tx);
        assert_eq!((sends.try_ready(), receives.try_ready()), (Ok(0), Err(TryReadyError)));
        tx.send(2).unwrap();
        receiver.join().unwrap().unwrap();
        assert_eq!(sends.try_ready(), Err(TryReadyError));
    });
}

/// Two that only look would wait for each other for ever, and neither would be right to say that it can go on.
#[test]
fn those_who_only_look_do_not_make_each_other_ready() {
    trial(|| {
        let (tx, rx) = bounded::<u8>(0);
        let looks = spawn(move || {
            let mut select = Select::new();
            select.send(&tx);
            select.ready_timeout(2 * BRIEF)
        });
        let mut select = Select::new();
        select.recv(&rx);
        assert_eq!(select.ready_timeout(BRIEF), Err(ReadyTimeoutError));
        assert_eq!(looks.join().unwrap(), Err(ReadyTimeoutError));
    });
}

#[test]
fn ready_waits_as_long_as_it_may() {
    trial(|| {
        for capacity in EVERY {
            let (_tx, rx) = channel::<u8>(capacity);
            let mut select = Select::new();
            select.recv(&rx);
            let begun = Instant::now();
            assert_eq!(select.ready_timeout(BRIEF), Err(ReadyTimeoutError));
            assert!(begun.elapsed() >= BRIEF, "capacity {capacity:?}");
            let deadline = Instant::now() + BRIEF;
            assert_eq!(select.ready_deadline(deadline), Err(ReadyTimeoutError));
            assert!(Instant::now() >= deadline, "capacity {capacity:?}");
        }
    });
}

#[test]
fn ready_ends_when_something_becomes_ready() {
    trial(|| {
        for capacity in EVERY {
            for goes in [false, true] {
                let ((tx, rx), (_silent, silence)) = (channel(capacity), channel::<u8>(capacity));
                let looks = spawn(move || {
                    let mut select = Select::new();
                    select.recv(&silence);
                    select.recv(&rx);
                    let index = if goes { select.ready() } else { select.ready_timeout(LONG).unwrap() };
                    (index, rx.recv().ok())
                });
                let_them_wait();
                assert!(!looks.is_finished(), "capacity {capacity:?}");
                if goes {
                    drop(tx);
                    assert_eq!(looks.join().unwrap(), (1, None), "capacity {capacity:?}");
                } else {
                    tx.send(7).unwrap();
                    assert_eq!(looks.join().unwrap(), (1, Some(7)), "capacity {capacity:?}");
                }
            }
        }
    });
}

/// Several are told of one value; those who come too late look again, and none sleeps while there is work.
#[test]
fn nobody_sleeps_while_something_is_ready() {
    trial(|| {
        for capacity in EVERY {
            let ((tx, rx), (tell, told)) = (channel(capacity), channel(None));
            let mut crowd = Crowd::default();
            for number in 0..4 {
                let (rx, tell) = (rx.clone(), tell.clone());
                crowd.start(Kind::BOTH[number % 2], move || {
                    let mut select = Select::new();
                    select.recv(&rx);
                    loop {
                        assert_eq!(select.ready(), 0);
                        match rx.try_recv() {
                            Ok(value) => tell.send(value).unwrap(),
                            Err(TryRecvError::Empty) => {}
                            Err(TryRecvError::Disconnected) => break,
                        }
                    }
                });
            }
            drop((rx, tell));
            (0..500).for_each(|value| tx.send(value).unwrap());
            // Only then the end, which would wake everybody.
            let mut received: Vec<_> = told.iter().take(500).collect();
            drop(tx);
            crowd.join();
            received.sort_unstable();
            assert!(received.into_iter().eq(0..500), "capacity {capacity:?}");
        }
    });
}
