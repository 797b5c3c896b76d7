//! Notifications in a crowd: none is lost and none is counted twice.

use crate::crowd::{Crowd, Kind};
use crate::subject::{Condvar, Mutex, yield_now};
use crate::trial::trial;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A queue with room for a few, as they are built of locks and condvars.
struct Queue {
    values: Mutex<VecDeque<usize>>,
    places: usize,
    has_value: Condvar,
    has_place: Condvar,
}

impl Queue {
    fn new(places: usize) -> Queue {
        let (has_value, has_place) = (Condvar::new(), Condvar::new());
        Queue { values: Mutex::default(), places, has_value, has_place }
    }

    fn put(&self, value: usize) {
        let mut values = self.values.lock();
        self.has_place.wait_while(&mut values, |values| values.len() == self.places);
        values.push_back(value);
        self.has_value.notify_one();
    }

    fn take(&self) -> usize {
        let mut values = self.values.lock();
        while values.is_empty() {
            self.has_value.wait(&mut values);
        }
        let value = values.pop_front().expect("it is not empty");
        drop(values);
        self.has_place.notify_one();
        value
    }
}

/// One notification for each value and each place: a lost one leaves somebody waiting for ever.
#[test]
fn a_queue_of_locks_and_condvars_neither_loses_nor_stops() {
    trial(|| {
        for places in [1, 3] {
            const EACH: usize = 600;
            let (queue, sum) = (Arc::new(Queue::new(places)), Arc::new(AtomicUsize::new(0)));
            let mut crowd = Crowd::default();
            for number in 0..4 {
                let (puts, takes, sum) = (queue.clone(), queue.clone(), sum.clone());
                crowd.start(Kind::BOTH[number % 2], move || (1..=EACH).for_each(|value| puts.put(value)));
                crowd.start(Kind::BOTH[number / 2], move || {
                    let taken: usize = (0..EACH).map(|_| takes.take()).sum();
                    sum.fetch_add(taken, Ordering::SeqCst);
                });
            }
            crowd.join();
            assert_eq!(sum.load(Ordering::SeqCst), 4 * EACH * (EACH + 1) / 2);
            assert!(queue.values.lock().is_empty());
        }
    });
}

#[test]
fn two_pass_a_ball() {
    trial(|| {
        for kind in Kind::BOTH {
            const TURNS: usize = 2000;
            let shared = Arc::new((Mutex::new(0), Condvar::new()));
            let mut crowd = Crowd::default();
            let partner = shared.clone();
            crowd.start(kind, move || play(&partner, 1, TURNS));
            play(&shared, 0, TURNS);
            crowd.join();
            assert_eq!(*shared.0.lock(), TURNS);
        }
    });
}

/// Takes every second turn, with a single notification each.
fn play((ball, turned): &(Mutex<usize>, Condvar), side: usize, turns: usize) {
    let mut ball = ball.lock();
    loop {
        turned.wait_while(&mut ball, |turn| *turn % 2 != side && *turn < turns);
        if *ball == turns {
            return;
        }
        *ball += 1;
        turned.notify_one();
    }
}

/// All wait for the same event, over and over.
#[test]
fn everybody_hears_each_call() {
    trial(|| {
        const CALLS: usize = 200;
        const CROWD: usize = 6;
        let shared = Arc::new((Mutex::new((0, 0)), Condvar::new(), Condvar::new()));
        let mut crowd = Crowd::default();
        for number in 0..CROWD {
            let shared = shared.clone();
            crowd.start(Kind::BOTH[number % 2], move || {
                let (lock, called, heard) = &*shared;
                let mut state = lock.lock();
                for call in 1..=CALLS {
                    called.wait_while(&mut state, |(calls, _)| *calls < call);
                    state.1 += 1;
                    heard.notify_one();
                }
            });
        }
        let (lock, called, heard) = &*shared;
        let mut state = lock.lock();
        for call in 1..=CALLS {
            state.0 = call;
            called.notify_all();
            heard.wait_while(&mut state, |(_, heard)| *heard < call * CROWD);
        }
        drop(state);
        crowd.join();
    });
}

/// Those who wait lose patience all the time. Whoever is said to have been told has not run out of time, and the
/// other way round.
#[test]
fn as_many_are_told_as_were_told() {
    trial(|| {
        const WAITS: usize = 400;
        let shared = Arc::new((Mutex::new(0), Condvar::new(), AtomicUsize::new(0)));
        let mut crowd = Crowd::default();
        for number in 0..4 {
            let shared = shared.clone();
            crowd.start(Kind::BOTH[number % 2], move || {
                let (lock, condvar, ended) = &*shared;
                for wait in 0..WAITS {
                    let mut told = lock.lock();
                    let patience = Duration::from_micros((wait * 13 % 60) as u64);
                    if !condvar.wait_for(&mut told, patience).timed_out() {
                        *told += 1;
                    }
                }
                ended.fetch_add(1, Ordering::SeqCst);
            });
        }
        let (lock, condvar, ended) = &*shared;
        let mut tells = 0;
        while ended.load(Ordering::SeqCst) < 4 {
            tells += if tells % 5 == 0 { condvar.notify_all() } else { usize::from(condvar.notify_one()) };
            yield_now();
        }
        crowd.join();
        assert_eq!(*lock.lock(), tells);
        assert!(tells > 0, "nobody was told");
    });
}
