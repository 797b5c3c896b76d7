//! A queue of jobs, and a receiver that keeps its thread: those who wake pass it, and the others of its thread, over.

use crate::activity::{parks, until_parked};
use crate::policy::builder;
use crate::watchdog::bounded;
use gopark::Coroutine;
use gopark::chan::{Receiver, Sender, bounded as channel, unbounded};
use gopark::coroutine::current;
use gopark::runtime::Runtime;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

const RECEIVERS: usize = 8;

/// So many of the receivers live on threads of their own.
const THREADS: usize = 4;

const JOBS: u32 = 200;

/// A thousand times what anything here takes.
const LATE: Duration = Duration::from_secs(20);

enum Job {
    /// Says who has it, and keeps the thread until it is told.
    Hog(mpsc::Sender<Coroutine>, Arc<AtomicBool>),
    Short(u32),
}

/// A runtime, and who is found to keep a thread. On a busy machine that may be anybody.
fn watched() -> (Runtime, mpsc::Receiver<Coroutine>) {
    let (tell, stalls) = mpsc::channel();
    let builder = builder().workers(THREADS).on_stall(move |stall| {
        // The last ones come when the test has seen enough.
        let _ = tell.send(stall.coroutine.clone());
    });
    (builder.build().expect("a runtime"), stalls)
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
                    Job::Hog(begins, released) => {
                        begins.send(current().expect("a coroutine")).expect("the test listens");
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

/// When the next job is sent.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    /// When whoever has done the one before waits again.
    AtRest,
    /// When the one before is done.
    AtOnce,
}

/// One job at a time, each of which has to be done while the hog still sleeps.
fn no_job_waits((sender, jobs): (Sender<Job>, Receiver<Job>), next: Next) {
    let (runtime, stalls) = watched();
    let (done, told) = mpsc::channel();
    start_receivers(&runtime, &jobs, &done);
    drop(jobs);
    until_parked(&runtime, RECEIVERS as u64);

    let released = Arc::new(AtomicBool::new(false));
    let (begins, begun) = mpsc::channel();
    sender.send(Job::Hog(begins, released.clone())).expect("somebody receives");
    let hog = begun.recv_timeout(LATE).expect("somebody has it");
    while stalls.recv_timeout(LATE).expect("the hog is noticed") != hog {}

    let waits = parks(&runtime);
    for number in 0..JOBS {
        while next == Next::AtRest && parks(&runtime) < waits + u64::from(number) {
            thread::yield_now();
        }
        sender.send(Job::Short(number)).expect("somebody receives");
        assert_eq!(told.recv_timeout(LATE), Ok(number), "a job waits for the hog");
    }
    released.store(true, Ordering::SeqCst);
}

#[test]
fn no_job_waits_for_a_hog_in_a_queue() {
    bounded(|| (0..3).for_each(|_| no_job_waits(unbounded(), Next::AtRest)));
}

#[test]
fn no_job_waits_for_a_hog_in_a_rendezvous() {
    bounded(|| (0..3).for_each(|_| no_job_waits(channel(0), Next::AtRest)));
}

/// The receivers that are free come back in a moment, but do not wait yet.
#[test]
fn no_job_waits_for_a_hog_when_the_others_are_busy() {
    bounded(|| {
        for _ in 0..3 {
            no_job_waits(unbounded(), Next::AtOnce);
            no_job_waits(channel(1), Next::AtOnce);
            no_job_waits(channel(0), Next::AtOnce);
        }
    });
}
