//! `Select`: a select whose arms are a list made at run time.

use super::capacities::{EVERY, channel};
use crate::subject::{
    Receiver, RecvError, Select, SelectTimeoutError, SelectedOperation, SendError, TrySelectError, bounded,
    select, spawn, unbounded,
};
use crate::trial::{let_them_wait, trial};
use std::time::{Duration, Instant};

const BRIEF: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(600);

#[test]
fn operations_are_numbered_as_they_are_added() {
    trial(|| {
        let [(a_tx, a), (b_tx, b)] = [bounded(1), bounded(1)];
        let mut select = Select::new();
        let numbers = [select.recv(&a), select.send(&b_tx), select.recv(&b), select.send(&a_tx)];
        assert_eq!(numbers, [0, 1, 2, 3]);
        a_tx.send(1).unwrap();
        b_tx.send(2).unwrap();
        let ready = select.select();
        match ready.index() {
            0 => assert_eq!(ready.recv(&a), Ok(1)),
            2 => assert_eq!(ready.recv(&b), Ok(2)),
            other => unreachable!("{other} was not ready"),
        }
    });
}

#[test]
fn try_select_does_not_wait() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel::<u8>(capacity);
            let (full, _rx) = bounded::<u8>(0);
            let mut select = Select::new();
            select.recv(&rx);
            select.send(&full);
            assert!(matches!(select.try_select(), Err(TrySelectError)), "capacity {capacity:?}");
            drop(tx);
            let ready = select.try_select().expect("the end is ready");
            assert_eq!((ready.index(), ready.recv(&rx)), (0, Err(RecvError)));
        }
    });
}

#[test]
fn select_waits_until_an_operation_is_ready() {
    trial(|| {
        for capacity in EVERY {
            for sends in [false, true] {
                let ((tx, rx), (full, taken)) = (channel(capacity), bounded(0));
                let selects = spawn(move || {
                    let mut select = Select::new();
                    let send = select.send(&full);
                    select.recv(&rx);
                    let ready: SelectedOperation<'_> = select.select();
                    if ready.index() == send {
                        ready.send(&full, 2).map(|()| 2).unwrap()
                    } else {
                        ready.recv(&rx).unwrap()
                    }
                });
                let_them_wait();
                assert!(!selects.is_finished(), "capacity {capacity:?}");
                if sends {
                    assert_eq!(taken.recv(), Ok(2));
                } else {
                    tx.send(1).unwrap();
                }
                assert_eq!(selects.join().unwrap(), 1 + i32::from(sends), "capacity {capacity:?}");
            }
        }
    });
}

#[test]
fn select_timeout_gives_up_after_its_time_and_not_before() {
    trial(|| {
        for capacity in EVERY {
            let (_tx, rx) = channel::<u8>(capacity);
            let mut select = Select::new();
            select.recv(&rx);
            let begun = Instant::now();
            assert!(matches!(select.select_timeout(BRIEF), Err(SelectTimeoutError)));
            assert!(begun.elapsed() >= BRIEF, "capacity {capacity:?}");
            let deadline = Instant::now() + BRIEF;
            assert!(matches!(select.select_deadline(deadline), Err(SelectTimeoutError)));
            assert!(Instant::now() >= deadline, "capacity {capacity:?}");
            assert!(select.select_timeout(Duration::ZERO).is_err());
        }
    });
}

#[test]
fn what_becomes_ready_in_time_is_selected() {
    trial(|| {
        for capacity in EVERY {
            for time in [LONG, Duration::MAX] {
                let (tx, rx) = channel(capacity);
                let selects = spawn(move || {
                    let mut select = Select::new();
                    select.recv(&rx);
                    let by_time = select.select_timeout(time).unwrap().recv(&rx);
                    let by_deadline = select.select_deadline(Instant::now() + LONG).unwrap().recv(&rx);
                    (by_time, by_deadline)
                });
                let_them_wait();
                tx.send(1).unwrap();
                let_them_wait();
                tx.send(2).unwrap();
                assert_eq!(selects.join().unwrap(), (Ok(1), Ok(2)), "capacity {capacity:?}");
            }
        }
    });
}

#[test]
fn what_is_ready_is_selected_after_the_deadline_too() {
    trial(|| {
        let (tx, rx) = bounded(1);
        let mut select = Select::new();
        let send = select.send(&tx);
        let ready = select.select_deadline(Instant::now()).expect("there is room");
        assert_eq!((ready.index(), ready.send(&tx, 1)), (send, Ok(())));
        let receive = select.recv(&rx);
        let ready = select.select_timeout(Duration::ZERO).expect("there is a value");
        assert_eq!((ready.index(), ready.recv(&rx)), (receive, Ok(1)));
    });
}

#[test]
fn operations_that_fail_are_selected() {
    trial(|| {
        for capacity in EVERY {
            let ((tx, gone), (ended, rx)) = (channel(capacity), channel::<u8>(capacity));
            drop((gone, ended));
            let mut select = Select::new();
            let send = select.send(&tx);
            let ready = select.select();
            assert_eq!((ready.index(), ready.send(&tx, 7)), (send, Err(SendError(7))));
            select.remove(send);
            let receive = select.recv(&rx);
            let ready = select.select();
            assert_eq!((ready.index(), ready.recv(&rx)), (receive, Err(RecvError)));
        }
    });
}

#[test]
fn an_operation_that_was_removed_is_not_selected_and_its_number_is_not_used_again() {
    trial(|| {
        let ends: Vec<_> = (0..3).map(|_| unbounded()).collect();
        ends.iter().for_each(|(tx, _)| tx.send(1).unwrap());
        let mut select = Select::new();
        let numbers: Vec<_> = ends.iter().map(|(_, rx)| select.recv(rx)).collect();
        select.remove(numbers[0]);
        select.remove(numbers[2]);
        for _ in 0..50 {
            let ready = select.select();
            assert_eq!(ready.index(), numbers[1]);
            assert_eq!(ready.recv(&ends[1].1), Ok(1));
            ends[1].0.send(1).unwrap();
        }
        assert_eq!(select.recv(&ends[0].1), 3);
        select.remove(numbers[1]);
        let ready = select.select();
        assert_eq!((ready.index(), ready.recv(&ends[0].1)), (3, Ok(1)));
    });
}

/// The operation has been decided on, but its value only changes hands when it is completed.
#[test]
fn a_selected_send_takes_its_value_when_it_is_completed() {
    trial(|| {
        let (tx, rx) = bounded(0);
        let receiver = spawn(move || rx.recv());
        let mut select = Select::new();
        select.send(&tx);
        let ready = select.select();
        let_them_wait();
        assert!(!receiver.is_finished(), "there is no value yet");
        ready.send(&tx, "late").unwrap();
        assert_eq!(receiver.join().unwrap(), Ok("late"));
    });
}

#[test]
fn a_list_of_operations_can_be_used_over_and_over_and_copied() {
    trial(|| {
        let ends: Vec<_> = (0..4).map(|_| bounded(1)).collect();
        let mut select = Select::default();
        ends.iter().for_each(|(tx, _)| assert!(select.send(tx) < 4));
        let mut copy = select.clone();
        for round in 0..2 {
            let ready = select.try_select().expect("there is room");
            let first = ready.index();
            ready.send(&ends[first].0, round).unwrap();
            let ready = copy.try_select().expect("there is room");
            let second = ready.index();
            ready.send(&ends[second].0, round).unwrap();
            assert_ne!(first, second, "the first one's place is taken");
        }
        assert!(select.try_select().is_err() && copy.try_select().is_err());
        assert!(ends.iter().all(|(_, rx)| rx.len() == 1));
    });
}

#[test]
fn both_forms_of_select_meet_each_other() {
    trial(|| {
        let (tx, rx) = bounded(0);
        let (_silent, silence): (_, Receiver<u8>) = bounded(0);
        let sender = spawn(move || {
            for value in 0..200 {
                select! {
                    send(tx, value) -> sent => sent.unwrap(),
                    recv(silence) -> _ => unreachable!(),
                }
            }
        });
        let mut select = Select::new();
        select.recv(&rx);
        for value in 0..200 {
            assert_eq!(select.select().recv(&rx), Ok(value));
        }
        assert_eq!(select.select().recv(&rx), Err(RecvError));
        sender.join().unwrap();
    });
}
