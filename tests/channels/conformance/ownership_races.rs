//! However sends, receives and ends meet, each value is dropped once.

use super::capacities::{EVERY, channel};
use crate::counted::{Counted, Drops};
use crate::crowd::{Crowd, Kind};
use crate::random::Random;
use crate::subject::{Receiver, Sender, yield_now};
use crate::trial::trial;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How the two who race run.
const PAIRS: [[Kind; 2]; 3] =
    [[Kind::Spawned, Kind::Spawned], [Kind::Spawned, Kind::Thread], [Kind::Thread, Kind::Spawned]];
const ROUNDS: usize = 60;

/// Makes values, and knows how many it has made.
#[derive(Clone, Default)]
struct Made {
    drops: Drops,
    count: Arc<AtomicUsize>,
}

impl Made {
    fn value(&self) -> Counted {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.drops.value()
    }
}

/// Lets `sends` and `receives` race on channels of each kind, and counts what is left.
fn race(sends: fn(&Sender<Counted>, &Made, &mut Random), receives: fn(&Receiver<Counted>, &mut Random)) {
    for capacity in EVERY {
        for round in 0..ROUNDS {
            let made = Made::default();
            let (tx, rx) = channel(capacity);
            let mut crowd = Crowd::default();
            let [sender, receiver] = PAIRS[round % PAIRS.len()];
            let makes = made.clone();
            crowd.start(sender, move || sends(&tx, &makes, &mut Random::new(round as u64)));
            crowd.start(receiver, move || receives(&rx, &mut Random::new(!round as u64)));
            crowd.join();
            let (count, dropped) = (made.count.load(Ordering::SeqCst), made.drops.count());
            assert_eq!(dropped, count, "capacity {capacity:?}, round {round}");
        }
    }
}

fn dawdle(random: &mut Random) {
    (0..random.below(4)).for_each(|_| yield_now());
}

#[test]
fn when_the_receiver_goes_while_values_are_sent() {
    trial(|| {
        race(
            |tx, made, _| {
                while tx.send(made.value()).is_ok() {
                    // Without a bound a send waits for nobody, and would let nobody else run.
                    yield_now();
                }
            },
            |rx, random| {
                drop(rx.iter().take(random.below(20)).collect::<Vec<_>>());
                dawdle(random);
            },
        );
    });
}

#[test]
fn when_the_sender_goes_while_values_are_received() {
    trial(|| {
        race(
            |tx, made, random| {
                (0..random.below(20)).for_each(|_| tx.send(made.value()).unwrap());
                dawdle(random);
            },
            |rx, _| rx.iter().for_each(drop),
        );
    });
}

#[test]
fn when_both_lose_patience() {
    trial(|| {
        race(
            |tx, made, random| {
                for _ in 0..20 {
                    let patience = Duration::from_micros(random.below(60) as u64);
                    drop(tx.send_timeout(made.value(), patience));
                }
            },
            |rx, random| {
                for _ in 0..20 {
                    drop(rx.recv_timeout(Duration::from_micros(random.below(60) as u64)));
                }
            },
        );
    });
}

#[test]
fn when_nobody_waits_at_all() {
    trial(|| {
        race(
            |tx, made, random| {
                for _ in 0..20 {
                    drop(tx.try_send(made.value()));
                    dawdle(random);
                }
            },
            |rx, random| {
                for _ in 0..20 {
                    drop(rx.try_recv());
                    dawdle(random);
                }
            },
        );
    });
}
