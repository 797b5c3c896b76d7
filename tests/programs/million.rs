//! A million messages between a thousand coroutines and eight plain threads.

use crate::watchdog::bounded as bounded_in_time;
use crate::workers::runtime;
use gopark::chan::{Receiver, Sender, bounded, unbounded};
use gopark::go;
use std::thread;

/// Each channel has so many coroutines on either side, and a thread on either side.
const CHANNELS: [Option<usize>; 4] = [Some(0), Some(1), Some(64), None];
const COROUTINES: u64 = 125;
const MESSAGES: u64 = 1_000_000;

/// What the receivers of a channel have seen, in whatever order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Checksum {
    count: u64,
    sum: u64,
    xor: u64,
}

impl Checksum {
    fn add(self, value: u64) -> Checksum {
        Checksum {
            count: self.count + 1,
            sum: self.sum.wrapping_add(value),
            // A pair that was swapped for another of the same sum is found by this.
            xor: self.xor ^ value.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        }
    }

    fn with(self, other: Checksum) -> Checksum {
        Checksum {
            count: self.count + other.count,
            sum: self.sum.wrapping_add(other.sum),
            xor: self.xor ^ other.xor,
        }
    }
}

fn receives(receiver: Receiver<u64>) -> Checksum {
    receiver.iter().fold(Checksum::default(), Checksum::add)
}

/// The values of one sender: no other one has them.
fn sends(sender: Sender<u64>, number: u64, each: u64) {
    for i in 0..each {
        sender.send(number * each + i).expect("somebody receives");
    }
}

fn exchange(capacity: Option<usize>, each: u64) -> (Checksum, u64) {
    let (sender, receiver) = capacity.map_or_else(unbounded, bounded);
    let receiving: Vec<_> = (0..COROUTINES)
        .map(|_| {
            let receiver = receiver.clone();
            go(move || receives(receiver))
        })
        .collect();
    let sending: Vec<_> = (0..COROUTINES)
        .map(|number| {
            let sender = sender.clone();
            go(move || sends(sender, number, each))
        })
        .collect();
    let on_thread = thread::spawn(move || receives(receiver));
    let from_thread = thread::spawn(move || sends(sender, COROUTINES, each));
    // Coroutines first: who joins a thread keeps a worker.
    sending.into_iter().for_each(|one| one.join().expect("no panic"));
    let seen = receiving.into_iter().map(|one| one.join().expect("no panic"));
    let seen = seen.fold(Checksum::default(), Checksum::with);
    from_thread.join().expect("no panic");
    (seen.with(on_thread.join().expect("no panic")), (COROUTINES + 1) * each)
}

#[test]
fn all_of_them_arrive_once() {
    bounded_in_time(|| {
        runtime(2).run(|| {
            let each = MESSAGES.div_ceil(CHANNELS.len() as u64 * (COROUTINES + 1));
            let all: Vec<_> = CHANNELS.map(|capacity| go(move || exchange(capacity, each))).into();
            let mut messages = 0;
            for (one, capacity) in all.into_iter().zip(CHANNELS) {
                let (seen, count) = one.join().expect("no panic");
                let expected = (0..count).fold(Checksum::default(), Checksum::add);
                assert_eq!(seen, expected, "of capacity {capacity:?}");
                messages += seen.count;
            }
            assert!(messages >= MESSAGES);
        });
    });
}
