//! A queue of jobs, and a receiver that keeps its thread: those who wake pass it, and the others of its thread, over.

use crate::eventually::eventually;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{Receiver, bounded as channel, unbounded};
use gopark::runtime::Runtime;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

const RECEIVERS: usize = 8;

/// So many of the receivers live on threads of their own.
const THREADS: usize = 4;

const JOBS: u32 = 200;

enum Job {
    /// Keeps its thread until it is told.
    Hog(Arc<AtomicBool>),
    Short(u32),
}

/// The first meet at a barrier that blocks their threads, so each starts on another.
fn start_receivers(runtime: &Runtime, jobs: &Receiver<Job>, done: &mpsc::Sender<u32>) {
    let barrier = Arc::new(Barrier::new(THREADS));
    for number in 0..RECEIVERS {
        let (jobs, done, barrier) = (jobs.clone(), done.clone(), barrier.clone());
        drop(runtime.spawn(move || {
            if number < THREADS {
                barrier.wait();
            }
            for job in jobs {
                match job {
                    Job::Hog(released) => {
                        while !released.load(Ordering::SeqCst) {
                            thread::sleep(Duration::from_millis(1));
                        }
                    }
                    Job::Short(number) => done.send(number).expect("the test listens"),
                }
            }
        }));
    }
}

/// One job at a time, each of which has to be done while the hog still sleeps.
fn no_job_waits(sender: &gopark::chan::Sender<Job>, runtime: &Runtime, told: &mpsc::Receiver<u32>) {
    let stalls = runtime.metrics().stalls;
    let released = Arc::new(AtomicBool::new(false));
    sender.send(Job::Hog(released.clone())).expect("somebody receives");
    eventually("the hog is noticed", || runtime.metrics().stalls > stalls);
    for number in 0..JOBS {
        sender.send(Job::Short(number)).expect("somebody receives");
        let done = told.recv_timeout(Duration::from_secs(20));
        assert_eq!(done, Ok(number), "a job waits for the hog");
    }
    assert!(!released.load(Ordering::SeqCst));
    released.store(true, Ordering::SeqCst);
}

#[test]
fn no_job_waits_for_a_hog_in_a_queue() {
    bounded(|| {
        let runtime = runtime(THREADS);
        let (sender, jobs) = unbounded();
        let (done, told) = mpsc::channel();
        start_receivers(&runtime, &jobs, &done);
        drop(jobs);
        eventually("all of them wait", || crate::activity::parks(&runtime) >= RECEIVERS as u64);
        (0..3).for_each(|_| no_job_waits(&sender, &runtime, &told));
    });
}

#[test]
fn no_job_waits_for_a_hog_in_a_rendezvous() {
    bounded(|| {
        let runtime = runtime(THREADS);
        let (sender, jobs) = channel(0);
        let (done, told) = mpsc::channel();
        start_receivers(&runtime, &jobs, &done);
        drop(jobs);
        eventually("all of them wait", || crate::activity::parks(&runtime) >= RECEIVERS as u64);
        (0..3).for_each(|_| no_job_waits(&sender, &runtime, &told));
    });
}
