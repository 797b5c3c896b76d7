//! The end of a channel for which many wait, told by a coroutine whose worker is taken for a stuck one, as it is after
//! 10 ms of telling.

use crate::one_at_a_time::{alone, median};
use crate::reports::watched;
use crate::watchdog::bounded;
use gopark::chan;
use gopark::coroutine;
use std::time::{Duration, Instant};

const FEW: usize = 500;
const MANY: usize = 5_000;
const TIMES: usize = 3;

/// How long it takes to tell so many receivers, who live on one worker, of which it is known that it is stuck.
fn telling(receivers: usize) -> Duration {
    let (runtime, reports) = watched(crate::policy::builder().workers(1));
    let _entered = runtime.enter();
    let (sender, receiver) = chan::bounded::<()>(0);
    let waits = |_| {
        let receiver = receiver.clone();
        gopark::go(move || assert!(receiver.recv().is_err()))
    };
    let waiting: Vec<_> = (0..receivers).map(waits).collect();
    let parked = || runtime.metrics().machines.iter().map(|machine| machine.parks).sum::<u64>();
    while parked() < receivers as u64 {
        std::thread::yield_now();
    }
    let ends = coroutine::Builder::new().name("ends").spawn(move || {
        reports.next_of("ends"); // it blocks its thread, until that is noticed
        let begun = Instant::now();
        drop(sender);
        begun.elapsed()
    });
    let time = ends.expect("a coroutine").join().expect("no panic");
    waiting.into_iter().for_each(|one| one.join().expect("no panic"));
    time
}

#[test]
fn the_time_to_tell_the_end_grows_with_the_number_of_those_who_wait() {
    let _turn = alone();
    bounded(|| {
        let of_few = median("telling 500", (0..TIMES).map(|_| telling(FEW)).collect());
        let of_many = median("telling 5,000", (0..TIMES).map(|_| telling(MANY)).collect());
        // Ten times as many take ten times as long; a hundred times, if each is looked for among all.
        assert!(of_many < of_few * 40, "{of_few:?} for {FEW}, {of_many:?} for {MANY}");
    });
}
