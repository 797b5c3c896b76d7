//! Dining philosophers. A fork is a channel for one value: who has the value has the fork.

use crate::everywhere::everywhere;
use gopark::chan::{Receiver, Sender, bounded};
use gopark::{scope, select, yield_now};
use std::sync::atomic::{AtomicBool, Ordering};

const MEALS: usize = 100;

/// Where it lies, and whether somebody eats with it.
struct Fork {
    lay: Sender<()>,
    take: Receiver<()>,
    in_use: AtomicBool,
}

fn table(seats: usize) -> Vec<Fork> {
    let fork = |_| {
        let (lay, take) = bounded(1);
        lay.send(()).expect("there is room");
        Fork { lay, take, in_use: AtomicBool::new(false) }
    };
    (0..seats).map(fork).collect()
}

/// With both forks, which nobody else may have.
fn eat(forks: [&Fork; 2]) {
    for fork in forks {
        assert!(!fork.in_use.swap(true, Ordering::SeqCst), "two eat with one fork");
    }
    yield_now();
    for fork in forks {
        fork.in_use.store(false, Ordering::SeqCst);
        fork.lay.send(()).expect("there is room");
    }
}

/// The last one takes the other fork first, so somebody can always eat.
#[test]
fn all_eat_in_an_order() {
    everywhere(|| {
        for seats in [2, 5, 50] {
            let forks = table(seats);
            let meals: usize = scope(|s| {
                let philosophers: Vec<_> = (0..seats)
                    .map(|seat| {
                        let (low, high) = (seat.min((seat + 1) % seats), seat.max((seat + 1) % seats));
                        let forks = [&forks[low], &forks[high]];
                        s.go(move || {
                            for _ in 0..MEALS {
                                forks.iter().for_each(|fork| fork.take.recv().expect("a fork"));
                                eat(forks);
                            }
                            MEALS
                        })
                    })
                    .collect();
                philosophers.into_iter().map(|one| one.join().expect("no panic")).sum()
            });
            assert_eq!(meals, seats * MEALS);
            assert!(forks.iter().all(|fork| fork.take.len() == 1), "all forks are back");
        }
    });
}

/// Whoever has one fork and not the other lays it back, and lets others eat.
#[test]
fn all_eat_by_giving_way() {
    everywhere(|| {
        let forks = table(5);
        scope(|s| {
            for seat in 0..5 {
                let (left, right) = (&forks[seat], &forks[(seat + 1) % 5]);
                s.go(move || {
                    let mut meals = 0;
                    while meals < MEALS {
                        left.take.recv().expect("a fork");
                        select! {
                            recv(right.take) -> fork => {
                                fork.expect("a fork");
                                eat([left, right]);
                                meals += 1;
                            },
                            default => {
                                left.lay.send(()).expect("there is room");
                                yield_now();
                            },
                        }
                    }
                });
            }
        });
        assert!(forks.iter().all(|fork| fork.take.len() == 1), "all forks are back");
    });
}
