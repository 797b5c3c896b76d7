//! The end of a pool: who waits until it is idle learns of it, and not before all jobs have ended.

use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;
use gopark_loom_tests::signal::Signal;
use gopark_loom_tests::waiting::{NEVER, SOON};

use super::pool::{END, Pool};

/// One of its jobs waits for something that is not of the pool, with its place lent.
pub(crate) fn idle() {
    explore_within(2, || {
        let pool = Pool::new(1, 1, 1);
        let crew = Crew::new();
        let outside = Rc::new(Signal::default());
        let end = outside.clone();
        pool.job(&crew, 0, move |pool| {
            pool.lending(0, || end.wait());
        });
        pool.submit(0);
        crew.member(move || outside.give());
        let closer = pool.clone();
        crew.member(move || {
            closer.close();
            assert!(closer.wait_until_idle(NEVER));
            closer.was_idle(0);
        });
        crew.join();
        pool.is_over();
    });
}

/// One waits, while a job runs.
pub(crate) fn one_waits() {
    explore_within(3, || {
        let pool = Pool::new(1, 0, 1);
        pool.submit(0);
        let crew = Crew::new();
        let closer = pool.clone();
        crew.member(move || {
            closer.close();
            assert!(closer.wait_until_idle(NEVER));
            closer.was_idle(0);
        });
        pool.job(&crew, 0, |_| ());
        crew.join();
        pool.is_over();
    });
}

/// Two wait, one of them in vain maybe.
pub(crate) fn two_wait() {
    explore_within(2, || {
        let pool = Pool::new(1, 1, 1);
        let crew = Crew::new();
        pool.job(&crew, 0, |_| ());
        pool.submit(0);
        for deadline in [NEVER, SOON] {
            let closer = pool.clone();
            crew.member(move || {
                closer.close();
                if closer.wait_until_idle(deadline) {}
            });
        }
        crew.join();
        pool.is_over();
    });
}

/// What is queued is dropped before it can begin; so the first may go on only when the others are gone.
pub(crate) fn dropped() {
    explore_within(2, || {
        let pool = Pool::new(1, 2, 1);
        let crew = Crew::new();
        let outside = Rc::new(Signal::default());
        let end = outside.clone();
        pool.job(&crew, 0, move |_| end.wait());
        (0..3).for_each(|job| pool.submit(job));
        let closer = pool.clone();
        crew.member(move || {
            closer.close();
            closer.drop_queued();
            outside.give();
            assert!(closer.wait_until_idle(NEVER));
        });
        crew.join();
        pool.is_over();
    });
}

/// A job waits until the pool is idle, and does not wait for itself.
pub(crate) fn by_a_job() {
    explore_within(2, || {
        let pool = Pool::new(1, 1, 2);
        let crew = Crew::new();
        pool.job(&crew, 0, |pool| {
            pool.submit(1);
            pool.close();
            assert!(pool.lending(END, || pool.wait_until_idle(NEVER)));
            pool.was_idle(1);
        });
        pool.job(&crew, 1, |_| ());
        pool.submit(0);
        crew.join();
        pool.is_over();
    });
}

/// One is cancelled while it is queued: it makes room, and the one behind it has its turn.
pub(crate) fn skipped() {
    explore_within(2, || {
        let pool = Pool::new(1, 2, 3);
        let crew = Crew::new();
        let begun = Rc::new(Signal::default());
        let all_queued = begun.clone();
        pool.job(&crew, 0, move |_| all_queued.wait());
        (1..3).for_each(|job| pool.job(&crew, job, |_| ()));
        pool.submit(0);
        pool.submit_dead(3);
        pool.submit(1);
        let submitter = pool.clone();
        crew.member(move || submitter.submit(2));
        begun.give();
        crew.join();
        pool.is_over();
    });
}

/// One is not to begin any more, while the one that runs waits for somebody who waits for room.
pub(crate) fn swept() {
    explore_within(2, || {
        let pool = Pool::new(1, 2, 3);
        let crew = Crew::new();
        let outside = Rc::new(Signal::default());
        let end = outside.clone();
        pool.job(&crew, 0, move |_| end.wait());
        (1..3).for_each(|job| pool.job(&crew, job, |_| ()));
        pool.submit(0);
        pool.submit_dead(3);
        pool.submit(1);
        let submitter = pool.clone();
        crew.member(move || {
            submitter.submit(2);
            outside.give();
        });
        pool.let_go();
        crew.join();
        pool.is_over();
    });
}
