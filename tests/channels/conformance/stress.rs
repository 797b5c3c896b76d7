//! Four who send and four who receive: nothing is lost, nothing comes twice, and of each sender the earlier first.

use super::capacities::channel;
use crate::crowd::{Crowd, Kind};
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

/// Receives to the end; each sender's values must come in their order. Returns how many came and the sum of all.
fn take_all(rx: Receiver<Value>) -> (usize, usize) {
    let mut last = HashMap::new();
    rx.iter().fold((0, 0), |(count, sum), (sender, number)| {
        if let Some(before) = last.insert(sender, number) {
            assert!(before < number, "of sender {sender}: {before} before {number}");
        }
        (count + 1, sum + number)
    })
}

fn send_all(tx: Sender<Value>, sender: usize) {
    (0..VALUES_OF_EACH).for_each(|number| tx.send((sender, number)).unwrap());
}

/// Everybody at once over one channel.
fn storm(capacity: Option<usize>, senders: [Kind; SENDERS], receivers: [Kind; RECEIVERS]) {
    let (tx, rx) = channel(capacity);
    let mut crowd = Crowd::default();
    let totals = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    for kind in receivers {
        let (rx, totals) = (rx.clone(), totals.clone());
        crowd.start(kind, move || {
            let (count, sum) = take_all(rx);
            totals[0].fetch_add(count, Ordering::SeqCst);
            totals[1].fetch_add(sum, Ordering::SeqCst);
        });
    }
    for (sender, kind) in senders.into_iter().enumerate() {
        let tx = tx.clone();
        crowd.start(kind, move || send_all(tx, sender));
    }
    drop((tx, rx));
    crowd.join();
    let [count, sum] = [&totals[0], &totals[1]].map(|total| total.load(Ordering::SeqCst));
    assert_eq!(count, SENDERS * VALUES_OF_EACH);
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
