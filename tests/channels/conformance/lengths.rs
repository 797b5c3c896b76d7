//! How much there is and how much there may be, as both ends tell it.

use super::capacities::{BUFFERED, EVERY, channel};
use crate::subject::{Receiver, Sender, bounded, spawn, yield_now};
use crate::trial::{let_them_wait, trial};

/// Both ends must say the same.
#[track_caller]
fn expect<T>((tx, rx): (&Sender<T>, &Receiver<T>), len: usize, is_full: bool) {
    let told = [(tx.len(), tx.is_empty(), tx.is_full()), (rx.len(), rx.is_empty(), rx.is_full())];
    assert_eq!(told, [(len, len == 0, is_full); 2]);
}

#[test]
fn the_capacity_is_what_was_asked_for() {
    trial(|| {
        for capacity in [Some(0), Some(1), Some(3), Some(5), Some(1024), None] {
            let (tx, rx) = channel::<u64>(capacity);
            assert_eq!((tx.capacity(), rx.capacity()), (capacity, capacity));
            drop(rx);
            assert_eq!(tx.capacity(), capacity);
        }
    });
}

#[test]
fn the_length_is_what_was_sent_and_not_received() {
    trial(|| {
        for capacity in BUFFERED {
            let (tx, rx) = channel(capacity);
            let most = capacity.unwrap_or(100);
            for _ in 0..3 {
                for len in 0..most {
                    expect((&tx, &rx), len, false);
                    tx.send(()).unwrap();
                }
                expect((&tx, &rx), most, capacity.is_some());
                for len in (0..most).rev() {
                    rx.recv().unwrap();
                    expect((&tx, &rx), len, false);
                }
            }
        }
    });
}

/// It holds nothing and has no place: both at once.
#[test]
fn a_rendezvous_is_empty_and_full() {
    trial(|| {
        let (tx, rx) = bounded(0);
        let is_both = |tx: &Sender<u8>, rx: &Receiver<u8>| {
            assert_eq!((tx.len(), tx.is_empty(), tx.is_full()), (0, true, true));
            assert_eq!((rx.len(), rx.is_empty(), rx.is_full()), (0, true, true));
        };
        is_both(&tx, &rx);
        let sender = spawn({
            let tx = tx.clone();
            move || tx.send(1).unwrap()
        });
        let_them_wait();
        is_both(&tx, &rx);
        rx.recv().unwrap();
        sender.join().unwrap();
        is_both(&tx, &rx);
    });
}

#[test]
fn who_waits_for_a_place_is_not_counted() {
    trial(|| {
        let (tx, rx) = bounded(2);
        (1..=2).for_each(|value| tx.send(value).unwrap());
        let sender = spawn({
            let tx = tx.clone();
            move || tx.send(3).unwrap()
        });
        let_them_wait();
        expect((&tx, &rx), 2, true);
        assert_eq!(rx.recv(), Ok(1));
        sender.join().unwrap();
        expect((&tx, &rx), 2, true);
    });
}

#[test]
fn what_is_left_by_the_last_sender_still_counts() {
    trial(|| {
        for capacity in BUFFERED {
            let (tx, rx) = channel(capacity);
            tx.send(1).unwrap();
            drop(tx);
            assert_eq!((rx.len(), rx.is_empty()), (1, false), "capacity {capacity:?}");
            rx.recv().unwrap();
            assert_eq!((rx.len(), rx.is_empty()), (0, true), "capacity {capacity:?}");
        }
    });
}

#[test]
fn the_length_never_leaves_its_bounds_while_others_send_and_receive() {
    trial(|| {
        for capacity in EVERY {
            const VALUES: usize = 2000;
            let (tx, rx) = channel(capacity);
            let (sees_sender, sees_receiver) = (tx.clone(), rx.clone());
            let sender = spawn(move || (0..VALUES).for_each(|value| tx.send(value).unwrap()));
            let receiver = spawn(move || rx.iter().take(VALUES).count());
            while !receiver.is_finished() {
                let most = capacity.unwrap_or(VALUES);
                assert!(sees_sender.len() <= most && sees_receiver.len() <= most);
                yield_now();
            }
            sender.join().unwrap();
            assert_eq!(receiver.join().unwrap(), VALUES);
            assert_eq!((sees_sender.len(), sees_receiver.len()), (0, 0));
        }
    });
}
