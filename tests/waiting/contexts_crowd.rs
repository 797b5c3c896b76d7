//! Contexts that thousands wait for, or that several end at once, from anywhere.

use crate::activity::until_parked;
use crate::contexts::{assert_ended, assert_lives};
use crate::random::Random;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{bounded as channel, never};
use gopark::coroutine::Reason::{Cancelled, DeadlineExceeded};
use gopark::coroutine::cancelled;
use gopark::{Context, go, select};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

const CROWD: usize = 5000;
const HOUR: Duration = Duration::from_secs(3600);

/// Coroutines and plain threads, in `recv` and in `select!`; each is told once, and none before.
#[test]
fn thousands_wait_for_one_end() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let (context, cancel) = Context::background().with_cancel();
            let told = Arc::new(AtomicUsize::new(0));
            let waits = |number: usize| {
                let (context, told) = (context.clone(), told.clone());
                move || {
                    match number % 3 {
                        0 => assert!(context.done().recv().is_err()),
                        1 => select! {
                            recv(context.done()) -> end => assert!(end.is_err()),
                            recv(never::<u8>()) -> _ => panic!("nobody sends"),
                        },
                        _ => {
                            let child = context.with_timeout(HOUR);
                            assert!(child.done().iter().next().is_none());
                        }
                    }
                    assert_eq!(context.err(), Some(Cancelled));
                    told.fetch_add(1, Ordering::SeqCst);
                }
            };
            let crowd: Vec<_> = (0..CROWD).map(|number| runtime.spawn(waits(number))).collect();
            let threads: Vec<_> = (0..8).map(|number| thread::spawn(waits(number))).collect();
            until_parked(&runtime, CROWD as u64);
            assert_eq!(told.load(Ordering::SeqCst), 0, "nobody has cancelled it");
            cancel.cancel();
            crowd.into_iter().for_each(|one| one.join().expect("no panic"));
            threads.into_iter().for_each(|one| one.join().expect("no panic"));
            assert_eq!(told.load(Ordering::SeqCst), CROWD + 8);
        }
    });
}

/// Each in a context of its own; all of these descend from one.
#[test]
fn thousands_are_inside() {
    bounded(|| {
        let runtime = runtime(2);
        let (root, cancel) = Context::background().with_cancel();
        let (other, _lasts) = Context::background().with_cancel();
        let mut generation = vec![root];
        while generation.len() < CROWD {
            generation = generation.iter().flat_map(|one| [one.with_cancel().0, one.with_value(7)]).collect();
        }
        let crowd: Vec<_> = generation
            .into_iter()
            .map(|context| {
                runtime.spawn(move || context.run(|| (never::<u8>().recv().is_err(), cancelled())))
            })
            .collect();
        let neighbour = runtime.spawn(move || other.run(|| never::<u8>().recv().is_err()));
        until_parked(&runtime, crowd.len() as u64 + 1);
        assert!(crowd.iter().all(|one| !one.is_finished()));
        cancel.cancel();
        for one in crowd {
            assert_eq!(one.join().expect("no panic"), (true, Some(Cancelled)));
        }
        assert!(!neighbour.is_finished(), "its context is another one");
        neighbour.cancel();
        assert!(neighbour.join().expect("no panic"));
    });
}

/// While some cancel it others make children of it, enter it and leave it: everybody is told, nobody waits for ever.
#[test]
fn several_end_it_while_others_come() {
    bounded(|| {
        let runtime = runtime(2);
        for round in 0..100 {
            let (root, cancel) = Context::background().with_cancel();
            let start = Arc::new(Barrier::new(3));
            let cancelling: Vec<_> = (0..2)
                .map(|number| {
                    let (cancel, start) = (cancel.clone(), start.clone());
                    thread::spawn(move || {
                        let mut random = Random::new(round * 2 + number);
                        start.wait();
                        (0..random.below(20_000)).for_each(|_| std::hint::spin_loop());
                        cancel.cancel();
                    })
                })
                .collect();
            start.wait();
            let coming: Vec<_> = (0..20)
                .map(|number| {
                    let context = root.clone();
                    runtime.spawn(move || {
                        let child = context.with_value(number);
                        assert!(child.run(|| match number % 2 {
                            0 => never::<u8>().recv().is_err(),
                            _ => child.with_cancel().0.done().recv().is_err(),
                        }));
                        assert_eq!(child.err(), Some(Cancelled));
                    })
                })
                .collect();
            coming.into_iter().for_each(|one| one.join().expect("no panic"));
            cancelling.into_iter().for_each(|one| one.join().expect("no panic"));
        }
    });
}

/// A value and the end come together: a receiver inside gets it, or it comes back to its sender.
#[test]
fn a_value_and_the_end_race() {
    bounded(|| {
        let runtime = runtime(2);
        let (tasks, work) = mpsc::channel::<(gopark::chan::Sender<u32>, u32)>();
        let (answers, answer) = mpsc::channel();
        let sends = thread::spawn(move || {
            for (sender, spin) in work {
                (0..spin).for_each(|_| std::hint::spin_loop());
                answers.send(sender.send_timeout(7, Duration::from_millis(1)).is_ok()).expect("it is heard");
            }
        });
        let (mut received, mut ended) = (0, 0);
        let mut random = Random::new(7);
        while received + ended < 500 || received == 0 || ended == 0 {
            let (context, cancel) = Context::background().with_cancel();
            let (sender, receiver) = channel(0);
            let waits = runtime.spawn(move || context.run(|| receiver.recv()));
            tasks.send((sender, random.below(10_000) as u32)).expect("it works");
            (0..random.below(10_000)).for_each(|_| std::hint::spin_loop());
            cancel.cancel();
            let came = waits.join().expect("no panic").is_ok();
            assert_eq!(came, answer.recv().expect("it works"), "the value was lost, or doubled");
            if came { received += 1 } else { ended += 1 }
        }
        drop(tasks);
        sends.join().expect("no panic");
    });
}

/// On plain threads alone.
#[test]
fn plain_threads_have_contexts() {
    bounded(|| {
        let (context, cancel) = Context::background().with_value("request").with_cancel();
        let short = context.with_timeout(Duration::from_millis(20));
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn({
            let (context, short) = (context.clone(), short.clone());
            move || {
                assert!(short.done().recv().is_err());
                assert_lives(&context);
                tell.send(()).expect("somebody listens");
                assert!(context.done().recv().is_err());
                context.value::<&str>().copied()
            }
        });
        assert!(short.done().recv().is_err());
        assert_ended(&short, DeadlineExceeded);
        told.recv().expect("it has seen it alive");
        cancel.cancel();
        assert_eq!(thread.join().expect("no panic"), Some("request"));
        assert_ended(&short, DeadlineExceeded);
        assert_ended(&context, Cancelled);
    });
}

const GENERATIONS: u64 = 100_000;

/// Far more generations than a stack has room for frames.
#[test]
fn a_long_line_of_descendants() {
    bounded(|| {
        runtime(1).run(|| {
            let (first, cancel) = Context::background().with_value("first").with_cancel();
            let mut line = vec![first];
            for number in 0..GENERATIONS {
                let last = line.last().expect("the first");
                line.push(if number % 2 == 0 { last.with_cancel().0 } else { last.with_value(number) });
            }
            assert_eq!(line[GENERATIONS as usize].value(), Some(&"first"));
            assert_eq!(line[GENERATIONS as usize].value(), Some(&(GENERATIONS - 1)));
            line.iter().for_each(assert_lives);
            let last = line[GENERATIONS as usize].clone();
            let waits = go(move || last.run(|| never::<u8>().recv().is_err()));
            gopark::yield_now();
            cancel.cancel();
            line.iter().for_each(|one| assert_ended(one, Cancelled));
            assert!(waits.join().expect("no panic"));
        });
    });
}
