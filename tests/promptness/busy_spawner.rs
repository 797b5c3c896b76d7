//! A coroutine that goes on computing after a spawn: what it has spawned starts at once, on another worker.

use crate::one_at_a_time::{alone, compute, median};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::go;
use gopark::time::sleep;
use std::time::{Duration, Instant};

const ROUNDS: usize = 20;
/// Much longer than the start of another coroutine takes.
const BUSY: Duration = Duration::from_millis(50);
/// Twenty times what is promised, a millisecond. Without the promise it is `BUSY`.
const AT_MOST: Duration = Duration::from_millis(20);

/// Spawns `children`, computes, and says how late the last of them started.
fn spawn_and_compute(children: usize) -> Duration {
    let children: Vec<_> = (0..children)
        .map(|_| {
            let spawned = Instant::now();
            go(move || spawned.elapsed())
        })
        .collect();
    compute(BUSY);
    children.into_iter().map(|child| child.join().expect("no panic")).max().expect("one child")
}

/// `before` is what the parent does before each round: the other worker may be asleep for long or just now.
fn start_of_children(what: &str, children: usize, before: fn()) {
    let times = runtime(2).run(|| {
        let round = |_| {
            before();
            spawn_and_compute(children)
        };
        (0..ROUNDS).map(round).collect()
    });
    let middle = median(what, times);
    assert!(middle < AT_MOST, "{what}: {middle:?}");
}

#[test]
fn a_child_of_one_that_computes_on_and_on() {
    bounded(|| {
        let _turn = alone();
        start_of_children("start of an only child", 1, || ());
    });
}

#[test]
fn several_children_of_one_that_computes_on_and_on() {
    bounded(|| {
        let _turn = alone();
        start_of_children("start of the last of ten children", 10, || ());
    });
}

#[test]
fn a_child_of_one_that_has_waited_before() {
    bounded(|| {
        let _turn = alone();
        // Long enough for every worker to fall asleep.
        start_of_children("start of a child after a sleep", 1, || sleep(Duration::from_millis(5)));
    });
}

/// A plain thread's spawn finds every worker asleep, or one of them busy.
#[test]
fn a_child_of_a_plain_thread() {
    bounded(|| {
        let _turn = alone();
        let runtime = runtime(2);
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let busy = runtime.spawn(|| compute(BUSY / 2));
            let spawned = Instant::now();
            times.push(runtime.spawn(move || spawned.elapsed()).join().expect("no panic"));
            busy.join().expect("no panic");
        }
        let middle = median("start of a plain thread's child beside a busy coroutine", times);
        assert!(middle < AT_MOST, "{middle:?}");
    });
}
