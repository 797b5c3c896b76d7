//! Workers who take jobs from one channel and put results into another.

use crate::everywhere::everywhere;
use gopark::chan::{bounded, unbounded};
use gopark::{go, scope, yield_now};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

const JOBS: u64 = 2000;

#[test]
fn every_job_has_one_result() {
    everywhere(|| {
        for (workers, capacity) in [(1, 0), (8, 0), (8, 16), (100, 4)] {
            let (submit, jobs) = bounded(capacity);
            let (results, done) = bounded(capacity);
            for worker in 0..workers {
                let (jobs, results) = (jobs.clone(), results.clone());
                go(move || {
                    for job in jobs {
                        if job % 7 == worker % 7 {
                            yield_now();
                        }
                        results.send((job, job * job)).expect("they are collected");
                    }
                });
            }
            drop((jobs, results));
            let submits = go(move || (0..JOBS).for_each(|job| submit.send(job).expect("there are workers")));
            let squares: HashMap<u64, u64> = done.iter().collect();
            assert_eq!(squares.len() as u64, JOBS);
            assert!(squares.iter().all(|(job, square)| job * job == *square));
            assert_eq!(squares.values().sum::<u64>(), (0..JOBS).map(|job| job * job).sum::<u64>());
            submits.join().expect("no panic");
        }
    });
}

/// A pipeline of stages, each with several workers that borrow from the caller.
#[test]
fn stages_follow_each_other() {
    everywhere(|| {
        let words = ["a", "bb", "ccc", "dddd"];
        let passed = [const { AtomicUsize::new(0) }; 3];
        let (sender, mut from) = unbounded();
        let total = scope(|s| {
            for count in &passed {
                let (to, next) = bounded(2);
                for _ in 0..5 {
                    let (from, to) = (from.clone(), to.clone());
                    s.go(move || {
                        for text in from {
                            count.fetch_add(1, Ordering::SeqCst);
                            to.send(text).expect("the next stage");
                        }
                    });
                }
                from = next;
            }
            for number in 0..1000 {
                sender.send(words[number % 4]).expect("the first stage");
            }
            drop(sender);
            from.iter().map(str::len).sum::<usize>()
        });
        assert_eq!(total, 250 * 10);
        assert!(passed.iter().all(|count| count.load(Ordering::SeqCst) == 1000));
    });
}
