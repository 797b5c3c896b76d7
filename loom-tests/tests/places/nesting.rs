//! Jobs that wait for jobs: all come to their end, each begins once, and who waits gets the place of the one it waits for.

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;

use super::pool::{Pool, target};

/// Runs those who are nobody's children from the beginning.
fn family(preemptions: usize, max: usize, jobs: usize, roots: usize, work: fn(&Pool, usize)) {
    explore_within(preemptions, move || {
        let pool = Pool::new(max, jobs, jobs);
        let crew = Crew::new();
        for job in 0..jobs {
            pool.job(&crew, job, move |pool| work(pool, job));
        }
        (0..roots).for_each(|job| pool.submit(job));
        crew.join();
        pool.is_over();
    });
}

fn submit_and_join(pool: &Pool, job: usize) {
    pool.submit(job);
    pool.join(job);
}

pub(crate) fn one_waits() {
    family(2, 1, 2, 1, |pool, job| {
        if job == 0 {
            submit_and_join(pool, 1);
        }
    });
}

pub(crate) fn twice() {
    family(2, 1, 3, 1, |pool, job| {
        if job < 2 {
            submit_and_join(pool, job + 1);
        }
    });
}

pub(crate) fn two_families() {
    family(2, 1, 4, 2, |pool, job| {
        if job < 2 {
            submit_and_join(pool, job + 2);
        }
    });
}

/// What the first waits for is the last of two to end, whichever that is; another one is queued behind them.
pub(crate) fn a_group() {
    explore_within(2, || {
        let pool = Pool::new(1, 3, 4);
        let crew = Crew::new();
        pool.job(&crew, 0, |pool| {
            (1..4).for_each(|job| pool.submit(job));
            pool.wait_for_group();
        });
        pool.of_group(&crew, 1);
        pool.of_group(&crew, 2);
        pool.job(&crew, 3, |_| ());
        pool.submit(0);
        crew.join();
        pool.is_over();
    });
}

/// One begins when the one that it waits for may have ended: its place is lent for nothing, and another one may have it
/// when it is to come back. Then one runs too many, and no more begin until one has ended. One interruption brings that about.
pub(crate) fn late() {
    family(1, 2, 4, 1, |pool, job| {
        if job == 0 {
            (1..4).for_each(|job| pool.submit(job));
            pool.join(1);
        }
    });
}

/// One does not wait to the end.
pub(crate) fn impatient() {
    family(2, 1, 2, 1, |pool, job| {
        if job == 0 {
            pool.submit(1);
            pool.lending(target(1), || ());
        }
    });
}
