//! Four who send and four who receive: nothing is lost, nothing comes twice, and of each sender the earlier first.

use super::capacities::channel;
use crate::crowd::{Crowd, Kind};
use crate::eventually::eventually;
use crate::subject::{Receiver, Sender};
use crate::trial::trial;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const SENDERS: usize = 4;
const RECEIVERS: usize = 4;
const VALUES_OF_EACH: usize = 1500;

/// Whose value it is, and its number.
type Value = (usize, usize);

/// What all receivers together have got.
#[derive(Default)]
struct Total {
    count: AtomicUsize,
    sum: AtomicUsize,
}

/// Receives to the end; each sender's values must come in their order.
fn take_all(rx: Receiver<Value>, total: &Total) {
    let mut last = HashMap::new();
    for (sender, number) in rx {
        if let Some(before) = last.insert(sender, number) {
            assert!(before < number, "of sender {sender}: {before} before {number}");
        }
        total.sum.fetch_add(number, Ordering::SeqCst);
        total.count.fetch_add(1, Ordering::SeqCst);
    }
}

fn send_all(tx: Sender<Value>, sender: usize) {
    (0..VALUES_OF_EACH).for_each(|number| tx.send((sender, number)).unwrap());
}

/// Everybody at once over one channel.
fn storm(capacity: Option<usize>, senders: [Kind; SENDERS], receivers: [Kind; RECEIVERS]) {
    let (tx, rx) = channel(capacity);
    let mut crowd = Crowd::default();
    let total = Arc::new(Total::default());
    for kind in receivers {
        let (rx, total) = (rx.clone(), total.clone());
        crowd.start(kind, move || take_all(rx, &total));
    }
    for (sender, kind) in senders.into_iter().enumerate() {
        let tx = tx.clone();
        crowd.start(kind, move || send_all(tx, sender));
    }
    let has_come = || total.count.load(Ordering::SeqCst);
    eventually("everything has come", || has_come() == SENDERS * VALUES_OF_EACH);
    // Only then the end, which would wake everybody.
    drop((tx, rx));
    crowd.join();
    assert_eq!(has_come(), SENDERS * VALUES_OF_EACH);
    let sum = total.sum.load(Ordering::SeqCst);
    assert_eq!(sum, SENDERS * (VALUES_OF_EACH * (VALUES_OF_EACH - 1) / 2));
}

/// Among those of one kind, across the kinds both ways, and all mixed.
fn storms(capacity: Option<usize>) {
    use Kind::{Spawned, Thread};
    storm(capacity, [Spawned; 4], [Spawned; 4]);
    storm(capacity, [Spawned; 4], [Thread; 4]);
    storm(capacity, [Thread; 4], [Spawned; 4]);
    storm(capacity, [Spawned, Thread, Spawned, Thread], [Thread, Thread, Spawned, Spawned]);
}

#[test]
fn at_a_rendezvous() {
    trial(|| storms(Some(0)));
}

#[test]
fn with_one_place() {
    trial(|| storms(Some(1)));
}

#[test]
fn with_three_places() {
    trial(|| storms(Some(3)));
}

#[test]
fn with_many_places() {
    trial(|| storms(Some(1024)));
}

#[test]
fn without_a_bound() {
    trial(|| storms(None));
}

/// Channels that live for a moment each: their beginnings and ends are stressed, not their middles.
#[test]
fn over_many_brief_channels() {
    trial(|| {
        for round in 0..400 {
            let capacity = [Some(0), Some(1), Some(3), None][round % 4];
            let (tx, rx) = channel(capacity);
            let mut crowd = Crowd::default();
            let second = tx.clone();
            crowd.start(Kind::Spawned, move || tx.send(1).unwrap());
            crowd.start(Kind::BOTH[round / 4 % 2], move || second.send(2).unwrap());
            assert_eq!(rx.iter().sum::<i32>(), 3, "capacity {capacity:?}");
            crowd.join();
        }
    });
}
