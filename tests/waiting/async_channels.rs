//! Futures written by hand, as libraries have them: several at once, the first of two, channels between many.

use crate::oneshot::{Gets, oneshot};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::time::sleep;
use gopark::{block_on, go, yield_now};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

/// A queue of futures: whoever finds it empty is woken by the next value.
struct Queue {
    places: Mutex<(VecDeque<u64>, Vec<Waker>)>,
}

impl Queue {
    fn new() -> Arc<Queue> {
        Arc::new(Queue { places: Mutex::default() })
    }

    fn push(&self, value: u64) {
        let waiting = {
            let mut places = self.places.lock().unwrap();
            places.0.push_back(value);
            std::mem::take(&mut places.1)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    async fn pop(&self) -> u64 {
        poll_fn(|context| {
            let mut places = self.places.lock().unwrap();
            match places.0.pop_front() {
                Some(value) => Poll::Ready(value),
                None => {
                    places.1.push(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

/// Both results, whichever comes first.
async fn both<A, B>(first: impl Future<Output = A>, second: impl Future<Output = B>) -> (A, B) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut a, mut b) = (None, None);
    poll_fn(|context| {
        if a.is_none()
            && let Poll::Ready(value) = first.as_mut().poll(context)
        {
            a = Some(value);
        }
        if b.is_none()
            && let Poll::Ready(value) = second.as_mut().poll(context)
        {
            b = Some(value);
        }
        if a.is_some() && b.is_some() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    (a.expect("it is there"), b.expect("it is there"))
}

/// The result of the first that has one.
async fn either<T>(mut first: Gets<T>, mut second: Gets<T>) -> T {
    poll_fn(|context| match pin!(&mut first).poll(context) {
        Poll::Ready(value) => Poll::Ready(value),
        Poll::Pending => pin!(&mut second).poll(context),
    })
    .await
}

#[test]
fn both_are_waited_for() {
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                for first_first in [true, false] {
                    let (brings_one, one) = oneshot();
                    let (brings_two, two) = oneshot();
                    let brings = go(move || {
                        yield_now();
                        if first_first {
                            brings_one.bring(1);
                            sleep(Duration::from_millis(1));
                            brings_two.bring("two");
                        } else {
                            brings_two.bring("two");
                            sleep(Duration::from_millis(1));
                            brings_one.bring(1);
                        }
                    });
                    assert_eq!(block_on(both(one, two)), (1, "two"));
                    brings.join().expect("no panic");
                }
            });
        }
    });
}

#[test]
fn the_first_of_two_ends_it() {
    bounded(|| {
        runtime(2).run(|| {
            for _ in 0..100 {
                let (_never, silent) = oneshot();
                let (brings, gets) = oneshot();
                let thread = thread::spawn(move || brings.bring(7));
                assert_eq!(block_on(either(silent, gets)), 7);
                thread.join().expect("no panic");
            }
        });
    });
}

/// A token goes round a hundred coroutines, each of which waits for its queue alone.
#[test]
fn a_token_goes_round() {
    const SEATS: u64 = 100;
    const ROUNDS: u64 = 20;
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                let queues: Vec<_> = (0..SEATS).map(|_| Queue::new()).collect();
                let ring: Vec<_> = (0..SEATS as usize)
                    .map(|seat| {
                        let (from, to) = (queues[seat].clone(), queues[(seat + 1) % queues.len()].clone());
                        go(move || {
                            for _ in 0..ROUNDS {
                                let token = block_on(from.pop());
                                to.push(token + 1);
                            }
                        })
                    })
                    .collect();
                queues[0].push(0);
                ring.into_iter().for_each(|seat| seat.join().expect("no panic"));
                assert_eq!(block_on(queues[0].pop()), SEATS * ROUNDS);
            });
        }
    });
}

/// Coroutines and plain threads on both sides of one queue; each value comes out once.
#[test]
fn many_on_both_sides() {
    const EACH: u64 = 500;
    bounded(|| {
        runtime(2).run(|| {
            let queue = Queue::new();
            let pushes = |from: u64, queue: Arc<Queue>| move || (0..EACH).for_each(|i| queue.push(from + i));
            let pops = |queue: Arc<Queue>| move || (0..EACH).map(|_| block_on(queue.pop())).sum::<u64>();
            let popping: Vec<_> = (0..10).map(|_| go(pops(queue.clone()))).collect();
            let popping_threads: Vec<_> = (0..2).map(|_| thread::spawn(pops(queue.clone()))).collect();
            let pushing: Vec<_> = (0..10).map(|i| go(pushes(i * EACH, queue.clone()))).collect();
            let pushing_threads: Vec<_> =
                (10..12).map(|i| thread::spawn(pushes(i * EACH, queue.clone()))).collect();
            pushing.into_iter().for_each(|one| one.join().expect("no panic"));
            let mut sum: u64 = popping.into_iter().map(|one| one.join().expect("no panic")).sum();
            pushing_threads.into_iter().for_each(|one| one.join().expect("no panic"));
            sum += popping_threads.into_iter().map(|one| one.join().expect("no panic")).sum::<u64>();
            let count = 12 * EACH;
            assert_eq!(sum, count * (count - 1) / 2);
        });
    });
}
