//! Another number of places, while jobs end.

use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;
use gopark_loom_tests::signal::Signal;

use super::pool::Pool;

/// The first does not end before the last, which has a place only when there are more.
pub(crate) fn raised() {
    explore_within(2, || {
        let pool = Pool::new(1, 2, 3);
        let crew = Crew::new();
        let last = Rc::new(Signal::default());
        let waits = last.clone();
        pool.job(&crew, 0, move |_| {
            waits.wait();
        });
        pool.job(&crew, 1, |_| ());
        pool.job(&crew, 2, move |_| {
            last.give();
        });
        (0..3).for_each(|job| pool.submit(job));
        let manager = pool.clone();
        crew.member(move || manager.resize(2));
        crew.join();
        pool.is_over();
    });
}

/// While one runs too many, none begins.
pub(crate) fn lowered() {
    explore_within(2, || {
        let pool = Pool::new(2, 1, 3);
        let crew = Crew::new();
        for job in 0..3 {
            pool.job(&crew, job, |_| ());
        }
        (0..3).for_each(|job| pool.submit(job));
        let manager = pool.clone();
        crew.member(move || manager.resize(1));
        crew.join();
        pool.is_over();
    });
}

/// One enters while those before it begin one after the other.
pub(crate) fn overtaken() {
    explore_within(2, || {
        let pool = Pool::new(0, 3, 3);
        let crew = Crew::new();
        for job in 0..3 {
            pool.job(&crew, job, |_| ());
        }
        (0..2).for_each(|job| pool.submit(job));
        let manager = pool.clone();
        crew.member(move || manager.resize(2));
        pool.submit(2);
        crew.join();
        pool.is_over();
    });
}
