//! `time::after`, `time::tick` and `chan::never`: channels into which the clock sends.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{RecvTimeoutError, TryRecvError, bounded as channel, never};
use gopark::time::{after, sleep, tick};
use gopark::{go, select};
use std::thread;
use std::time::{Duration, Instant};

const STEP: Duration = Duration::from_millis(4);
const HOUR: Duration = Duration::from_secs(3600);

/// In a coroutine and on a plain thread.
fn everywhere(body: fn()) {
    bounded(move || {
        [1, 2].into_iter().for_each(|workers| runtime(workers).run(body));
        body();
    });
}

#[test]
fn after_tells_once() {
    everywhere(|| {
        let begun = Instant::now();
        let alarm = after(STEP);
        assert_eq!(alarm.try_recv(), Err(TryRecvError::Empty));
        let told = alarm.recv().expect("the alarm");
        assert!(told >= begun + STEP && Instant::now() >= told, "it tells when it was due");
        assert_eq!(alarm.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(alarm.recv_timeout(STEP), Err(RecvTimeoutError::Timeout), "nothing more, and no end");
    });
}

/// As crossbeam's: an alarm has one place, and what never comes none.
#[test]
fn how_many_there_is_room_for() {
    everywhere(|| {
        assert_eq!(
            (never::<u8>().capacity(), after(HOUR).capacity(), tick(HOUR).capacity()),
            (Some(0), Some(1), Some(1))
        );
        assert!(never::<u8>().is_full() && never::<u8>().is_empty());
        assert!(!after(HOUR).is_full() && after(Duration::ZERO).is_full());
    });
}

#[test]
fn after_waits_for_who_comes_late() {
    everywhere(|| {
        let alarm = after(STEP);
        thread::sleep(2 * STEP);
        assert!(alarm.try_recv().is_ok());
        assert!(alarm.try_recv().is_err());
        assert!(after(Duration::ZERO).recv().is_ok(), "due at once");
    });
}

#[test]
fn of_many_receivers_one_is_told() {
    bounded(|| {
        runtime(2).run(|| {
            let alarm = after(STEP);
            let waiting: Vec<_> = (0..20)
                .map(|_| {
                    let alarm = alarm.clone();
                    go(move || alarm.recv_timeout(20 * STEP).is_ok())
                })
                .collect();
            let told = waiting.into_iter().map(|one| one.join().expect("no panic"));
            assert_eq!(told.filter(|&told| told).count(), 1);
        });
    });
}

#[test]
fn never_tells_nothing() {
    everywhere(|| {
        let silent = never::<String>();
        assert_eq!(silent.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(silent.recv_timeout(STEP), Err(RecvTimeoutError::Timeout));
        assert_eq!((silent.len(), silent.clone().try_iter().count()), (0, 0));
        let others = select! {
            recv(silent) -> _ => "never",
            recv(after(STEP)) -> _ => "after",
        };
        assert_eq!(others, "after");
        let told = after(Duration::MAX).recv_timeout(STEP);
        assert_eq!(told, Err(RecvTimeoutError::Timeout), "so late that it is never");
    });
}

#[test]
fn a_tick_comes_again_and_again() {
    everywhere(|| {
        let begun = Instant::now();
        let ticks = tick(STEP);
        let told: Vec<_> = ticks.iter().take(5).collect();
        assert!(told[0] >= begun + STEP);
        assert!(told.windows(2).all(|pair| pair[1] >= pair[0] + STEP), "{told:?}");
        assert!(Instant::now() >= begun + 5 * STEP, "none comes before its time");
    });
}

/// Whoever misses some gets one at once, and the next at its time: the step is kept.
#[test]
fn a_late_receiver_gets_one() {
    everywhere(|| {
        let ticks = tick(STEP);
        let first = ticks.recv().expect("a tick");
        thread::sleep(10 * STEP);
        let late = ticks.try_recv().expect("one that was missed");
        let next = ticks.recv().expect("a tick");
        assert!(Instant::now() >= next, "not before its time");
        for told in [late, next] {
            let steps = (told - first).as_nanos() / STEP.as_nanos();
            let off = (told - first).as_nanos() - steps * STEP.as_nanos();
            assert_eq!(off, 0, "{:?} behind the first is no multiple of {STEP:?}", told - first);
        }
        assert!(next >= first + 10 * STEP, "those that were missed are left out");
    });
}

#[test]
fn each_tick_goes_to_one_of_several_receivers() {
    bounded(|| {
        runtime(2).run(|| {
            let ticks = tick(Duration::from_millis(1));
            let receive =
                |ticks: gopark::chan::Receiver<Instant>| move || ticks.iter().take(10).collect::<Vec<_>>();
            let coroutines: Vec<_> = (0..4).map(|_| go(receive(ticks.clone()))).collect();
            let threads: Vec<_> = (0..2).map(|_| thread::spawn(receive(ticks.clone()))).collect();
            let mut all: Vec<_> =
                coroutines.into_iter().flat_map(|one| one.join().expect("no panic")).collect();
            all.extend(threads.into_iter().flat_map(|one| one.join().expect("no panic")));
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), 60, "no tick has come twice");
        });
    });
}

#[test]
fn the_earlier_of_two_is_chosen() {
    everywhere(|| {
        for _ in 0..10 {
            let begun = Instant::now();
            let (late, soon) = (after(HOUR), after(STEP));
            let chosen = select! { recv(late) -> _ => "late", recv(soon) -> _ => "soon" };
            assert_eq!(chosen, "soon");
            assert!(begun.elapsed() >= STEP);
        }
    });
}

/// Both come, one behind the other, and each once.
#[test]
fn two_are_told_in_turn() {
    everywhere(|| {
        let (first, second) = (after(STEP), after(10 * STEP));
        let mut told = Vec::new();
        while told.len() < 2 {
            select! {
                recv(second) -> instant => told.push((2, instant.expect("an alarm"))),
                recv(first) -> instant => told.push((1, instant.expect("an alarm"))),
            }
        }
        told.sort_unstable();
        assert_eq!((told[0].0, told[1].0), (1, 2));
        assert!(told[1].1 >= told[0].1 + 8 * STEP);
    });
}

/// A loop that works and looks at the clock, as Go's programs do.
#[test]
fn beside_a_channel() {
    bounded(|| {
        runtime(1).run(|| {
            let (sender, receiver) = channel(0);
            go(move || {
                for value in 0..20 {
                    sleep(Duration::from_millis(1));
                    sender.send(value).expect("it is received");
                }
            });
            let (mut values, mut ticks) = (Vec::new(), 0);
            let (clock, end) = (tick(Duration::from_millis(2)), after(HOUR));
            loop {
                select! {
                    recv(receiver) -> value => match value {
                        Ok(value) => values.push(value),
                        Err(_) => break,
                    },
                    recv(clock) -> _ => ticks += 1,
                    recv(end) -> _ => panic!("an hour has passed"),
                }
            }
            assert_eq!(values, (0..20).collect::<Vec<_>>());
            assert!(ticks >= 1, "over 20 ms have passed");
        });
    });
}
