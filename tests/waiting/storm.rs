//! Thousands in calls of every kind, woken, timed out and cancelled at random: each call returns once, no value is lost
//! or doubled, and nobody stays behind in a queue.

use crate::eventually::eventually;
use crate::random::Random;
use crate::storm_calls::{IN_VAIN, KINDS};
use crate::storm_field::Field;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::bounded as channel;
use gopark::coroutine::cancelled;
use gopark::{Cancel, Context, JoinHandle, with_timeout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const COROUTINES: usize = 10_000;

/// Each has two hundred of them inside.
const CONTEXTS: usize = 25;

/// Calls that have begun, have returned, and brought something, of each kind.
struct Counts {
    begun: Vec<AtomicUsize>,
    returned: Vec<AtomicUsize>,
    brought: Vec<AtomicUsize>,
    /// Coroutines that have been in a call, and those that are in one.
    came: AtomicUsize,
    inside: AtomicUsize,
}

impl Counts {
    fn new() -> Counts {
        let each = || KINDS.iter().map(|_| AtomicUsize::new(0)).collect();
        let (came, inside) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Counts { begun: each(), returned: each(), brought: each(), came, inside }
    }

    fn call(&self, field: &Field, random: &mut Random) {
        let kind = random.below(KINDS.len());
        self.begun[kind].fetch_add(1, Ordering::SeqCst);
        self.inside.fetch_add(1, Ordering::SeqCst);
        let brought = KINDS[kind].1(field, random);
        self.inside.fetch_sub(1, Ordering::SeqCst);
        self.returned[kind].fetch_add(1, Ordering::SeqCst);
        self.brought[kind].fetch_add(usize::from(brought), Ordering::SeqCst);
    }

    /// Of each kind there were calls, and all have come back, some with what they waited for.
    fn account(&self) {
        for (kind, (name, _)) in KINDS.iter().enumerate() {
            let count = |counts: &[AtomicUsize]| counts[kind].load(Ordering::SeqCst);
            let (begun, brought) = (count(&self.begun), count(&self.brought));
            assert_eq!(count(&self.returned), begun, "{name}");
            assert!(begun > 0 && (brought > 0) != IN_VAIN.contains(name), "{name}: {brought} of {begun}");
        }
    }
}

/// Call after call until it is stopped, and two more.
fn calls(field: &Field, counts: &Counts, random: &mut Random) {
    counts.came.fetch_add(1, Ordering::SeqCst);
    while cancelled().is_none() {
        counts.call(field, random);
    }
    (0..2).for_each(|_| counts.call(field, random));
}

/// A quarter of them are under a deadline, a quarter in a context, a quarter in neither, a quarter in both.
fn lives(field: &Field, counts: &Counts, number: usize, context: &Context) {
    let mut random = Random::new(number as u64 + 1);
    let limit = Duration::from_millis(200 + random.below(1000) as u64);
    match number % 4 {
        0 => with_timeout(limit, || calls(field, counts, &mut random)),
        1 => context.run(|| calls(field, counts, &mut random)),
        2 => calls(field, counts, &mut random),
        _ => context.run(|| with_timeout(limit, || calls(field, counts, &mut random))),
    }
}

/// Cancels all of them, in no order.
fn cancel_all(crowd: &[JoinHandle<()>], contexts: &[(Context, Cancel)]) {
    let mut random = Random::new(81);
    for _ in 0..COROUTINES {
        crowd[random.below(COROUTINES)].cancel();
        if random.below(COROUTINES / CONTEXTS) == 0 {
            contexts[random.below(CONTEXTS)].1.cancel();
        }
        if random.below(20) == 0 {
            thread::sleep(Duration::from_micros(random.below(2000) as u64));
        }
    }
    contexts.iter().for_each(|(_, cancel)| cancel.cancel());
    crowd.iter().for_each(|one| one.cancel());
}

fn storm(workers: usize) {
    let runtime = runtime(workers);
    let (field, counts) = (Arc::new(Field::new()), Arc::new(Counts::new()));
    let contexts: Vec<_> = (0..CONTEXTS).map(|_| Context::background().with_cancel()).collect();
    let (open, gate) = channel::<()>(0);
    let crowd: Vec<JoinHandle<()>> = (0..COROUTINES)
        .map(|number| {
            let (field, counts, gate) = (field.clone(), counts.clone(), gate.clone());
            let context = contexts[number % CONTEXTS].0.clone();
            runtime.spawn(move || {
                assert!(gate.recv().is_err());
                lives(&field, &counts, number, &context);
            })
        })
        .collect();
    let over = Arc::new(AtomicBool::new(false));
    let wakes = |seed| {
        let (field, over) = (field.clone(), over.clone());
        move || {
            let mut random = Random::new(seed);
            while !over.load(Ordering::SeqCst) {
                (0..8).for_each(|_| field.wake(&mut random));
                gopark::time::sleep(Duration::from_micros(random.below(300) as u64));
            }
        }
    };
    let threads = [thread::spawn(wakes(77)), thread::spawn(wakes(78))];
    let insiders = [runtime.spawn(wakes(79)), runtime.spawn(wakes(80))];
    drop(open);
    eventually("all are in a call", || counts.came.load(Ordering::SeqCst) == COROUTINES);
    // Half of them have no deadline, and stay until they are cancelled; some are just between two calls.
    let inside = counts.inside.load(Ordering::SeqCst);
    assert!(inside >= COROUTINES / 2 - 100, "{inside} at once");
    cancel_all(&crowd, &contexts);
    crowd.into_iter().for_each(|one| one.join().expect("no panic"));
    over.store(true, Ordering::SeqCst);
    insiders.into_iter().for_each(|one| one.join().expect("no panic"));
    threads.into_iter().for_each(|one| one.join().expect("no panic"));
    eventually("the children of some have ended", || runtime.metrics().live == 0);
    assert_eq!(runtime.metrics().timers_armed, 0, "somebody waits for the clock");
    drop(runtime);
    counts.account();
    let field = Arc::into_inner(field).expect("nobody has it any more");
    let (received, returned) = field.account().balance();
    assert!(received > 0 && returned > 0, "{received} received, {returned} came back");
}

#[test]
fn on_one_worker() {
    bounded(|| storm(1));
}

#[test]
fn on_two_workers() {
    bounded(|| storm(2));
}

#[test]
fn on_four_workers() {
    bounded(|| storm(4));
}
