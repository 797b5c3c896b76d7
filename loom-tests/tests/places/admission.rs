//! Submitters that wait for room: no reservation is lost or used twice, and nobody waits for ever.

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;
use gopark_loom_tests::waiting::{NEVER, Nanos, SOON};

use super::pool::Pool;
use super::submitting::{Refusal, acquire};

/// Has no job for what it is given.
fn looks_for_room(pool: &Pool, deadline: Nanos) {
    match pool.reserve_within(deadline) {
        Ok(()) => pool.cancel_reservation(),
        Err(refusal) => assert!(refusal == Refusal::Closed || deadline != NEVER),
    }
}

/// Two wait until the first job has ended.
pub(crate) fn patient_and_impatient() {
    explore_within(2, || {
        let pool = Pool::new(1, 0, 1);
        let crew = Crew::new();
        pool.job(&crew, 0, |_| ());
        pool.submit(0);
        for deadline in [NEVER, SOON] {
            let submitter = pool.clone();
            crew.member(move || looks_for_room(&submitter, deadline));
        }
        crew.join();
        pool.is_over();
    });
}

/// Two are admitted at once. For one of them time is over, and it has only to look whether it was admitted in the last
/// moment; the other one is about to take its permit.
pub(crate) fn one_gives_up_while_another_comes() {
    explore_within(3, || {
        let pool = Pool::new(0, 0, 0);
        {
            let mut state = pool.state.lock();
            (0..2).for_each(|_| state.places.block());
            state.book.blocked = 2;
        }
        let crew = Crew::new();
        let other = pool.clone();
        crew.member(move || {
            let admitted = acquire(&other.room, NEVER);
            assert_eq!(other.admitted(admitted), Ok(()));
            other.cancel_reservation();
        });
        let late = pool.clone();
        crew.member(move || {
            late.resize(2);
            assert_eq!(late.admitted(false), Ok(()), "it was admitted before");
            late.cancel_reservation();
        });
        crew.join();
        pool.is_over();
    });
}

/// A job that waits for room lends its place, and so makes some.
pub(crate) fn of_a_task() {
    explore_within(2, || {
        let pool = Pool::new(1, 0, 2);
        let crew = Crew::new();
        pool.job(&crew, 0, |pool| {
            assert_eq!(pool.lending(0, || pool.reserve_within(NEVER)), Ok(()));
            pool.enter(1);
            pool.join(1);
        });
        pool.job(&crew, 1, |_| ());
        pool.submit(0);
        let stranger = pool.clone();
        crew.member(move || looks_for_room(&stranger, NEVER));
        crew.join();
        pool.is_over();
    });
}

/// The pool takes nobody any more.
pub(crate) fn closed() {
    explore_within(2, || {
        let pool = Pool::new(0, 0, 0);
        let crew = Crew::new();
        for deadline in [NEVER, SOON] {
            let submitter = pool.clone();
            crew.member(move || looks_for_room(&submitter, deadline));
        }
        let closer = pool.clone();
        crew.member(move || closer.close());
        crew.join();
        pool.is_over();
    });
}

/// Two come when there is room for one.
pub(crate) fn two_come() {
    explore_within(2, || {
        let pool = Pool::new(1, 0, 0);
        let crew = Crew::new();
        for _ in 0..2 {
            let submitter = pool.clone();
            crew.member(move || looks_for_room(&submitter, NEVER));
        }
        crew.join();
        pool.is_over();
    });
}
