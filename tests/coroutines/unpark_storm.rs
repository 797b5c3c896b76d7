//! Wake-ups in a crowd: none gets lost.

use crate::random::Random;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{Coroutine, park};
use gopark::runtime::Runtime;
use gopark::yield_now;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread;

const CROWD: usize = 48;
/// Few letters are under way, so that a lost wake-up soon shows: its letter stays where it is.
const LETTERS: usize = 6;
/// How often letters are passed on, in all.
const HOPS: usize = 60_000;

/// Everybody's letter box.
struct Crowd {
    boxes: [AtomicUsize; CROWD],
    members: OnceLock<Vec<Coroutine>>,
    hops: AtomicUsize,
}

impl Crowd {
    fn new() -> Arc<Crowd> {
        let boxes = std::array::from_fn(|_| AtomicUsize::new(0));
        Arc::new(Crowd { boxes, members: OnceLock::new(), hops: AtomicUsize::new(0) })
    }

    fn is_over(&self) -> bool {
        self.hops.load(Ordering::SeqCst) >= HOPS
    }

    fn drop_letter(&self, to: usize) {
        self.boxes[to].fetch_add(1, Ordering::SeqCst);
        self.members.get().expect("all have been spawned")[to].unpark();
    }

    /// One member: takes its letters and passes each on, to somebody at random.
    fn take_part(&self, number: usize, pass_on: impl Fn(usize)) {
        let mut random = Random::new(number as u64 + 1);
        while !self.is_over() {
            let letters = self.boxes[number].swap(0, Ordering::SeqCst);
            if letters == 0 {
                park();
            }
            for _ in 0..letters {
                self.hops.fetch_add(1, Ordering::SeqCst);
                pass_on(random.below(CROWD));
                if random.below(8) == 0 {
                    yield_now();
                }
            }
        }
        // Whoever sees the end first tells the others, who may be parked.
        self.members.get().expect("all have been spawned").iter().for_each(Coroutine::unpark);
    }
}

/// Spawns the crowd over `runtimes`, throws the letters in, and waits for the end.
fn storm(runtimes: &[Runtime], postman: Option<&Sender<usize>>, crowd: &Arc<Crowd>) {
    let spawned: Vec<_> = (0..CROWD)
        .map(|number| {
            let (crowd, postman) = (crowd.clone(), postman.cloned());
            runtimes[number % runtimes.len()].spawn(move || {
                while crowd.members.get().is_none() {
                    yield_now();
                }
                crowd.take_part(number, |to| match &postman {
                    Some(postman) => postman.send(to).expect("the postman works to the end"),
                    None => crowd.drop_letter(to),
                });
            })
        })
        .collect();
    let members = spawned.iter().map(|handle| handle.coroutine().clone()).collect();
    crowd.members.set(members).expect("set once");
    (0..LETTERS).for_each(|letter| crowd.drop_letter(letter));
    for handle in spawned {
        handle.join().expect("no panic");
    }
}

#[test]
fn among_coroutines_of_two_workers() {
    bounded(|| storm(&[runtime(2)], None, &Crowd::new()));
}

#[test]
fn among_coroutines_of_one_worker() {
    bounded(|| storm(&[runtime(1)], None, &Crowd::new()));
}

#[test]
fn between_runtimes() {
    bounded(|| storm(&[runtime(1), runtime(2)], None, &Crowd::new()));
}

#[test]
fn by_way_of_a_plain_thread() {
    bounded(|| {
        let crowd = Crowd::new();
        let (send, receive) = channel();
        let delivers = crowd.clone();
        let postman = thread::spawn(move || receive.iter().for_each(|to| delivers.drop_letter(to)));
        storm(&[runtime(2)], Some(&send), &crowd);
        drop(send);
        postman.join().expect("no panic");
    });
}
