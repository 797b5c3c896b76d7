//! Sleeping: never too short, in order, and not at all for what has passed.

use crate::random::Random;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::park_timeout;
use gopark::go;
use gopark::time::{sleep, sleep_until};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

#[test]
fn sleepers_of_one_worker_wake_in_the_order_of_their_deadlines() {
    bounded(|| {
        let order = runtime(1).run(|| {
            let order = Arc::new(Mutex::new(Vec::new()));
            let mut numbers: Vec<u32> = (0..500).collect();
            let mut random = Random::new(1);
            (1..numbers.len()).for_each(|i| numbers.swap(i, random.below(i + 1)));
            // Far enough away for all to be asleep by then.
            let base = Instant::now() + Duration::from_millis(200);
            let sleepers: Vec<_> = numbers
                .into_iter()
                .map(|number| {
                    let order = order.clone();
                    go(move || {
                        sleep_until(base + number * Duration::from_micros(40));
                        order.lock().expect("no panic").push(number);
                    })
                })
                .collect();
            for sleeper in sleepers {
                sleeper.join().expect("no panic");
            }
            Arc::into_inner(order).expect("all have ended").into_inner().expect("no panic")
        });
        assert!(order.is_sorted(), "{order:?}");
        assert_eq!(order.len(), 500);
    });
}

#[test]
fn instants_that_have_passed_and_no_time_at_all() {
    bounded(|| {
        let begin = Instant::now();
        runtime(1).run(|| {
            let neighbour = go(|| ());
            for _ in 0..1000 {
                sleep_until(begin);
                sleep_until(Instant::now());
                sleep(Duration::ZERO);
            }
            assert!(!neighbour.is_finished(), "there was nothing to wait for, so nobody else ran");
            if let Some(long_ago) = begin.checked_sub(Duration::from_secs(1)) {
                sleep_until(long_ago);
            }
        });
        sleep_until(begin);
        sleep(Duration::ZERO);
    });
}

#[test]
fn plain_threads_sleep() {
    bounded(|| {
        let start = Instant::now();
        sleep(Duration::from_millis(2));
        assert!(start.elapsed() >= Duration::from_millis(2));
        sleep_until(start + Duration::from_millis(5));
        assert!(start.elapsed() >= Duration::from_millis(5));
    });
}

/// Nothing ends it; it holds nothing up.
#[test]
fn sleeping_for_ever_is_possible() {
    bounded(|| {
        let runtime = runtime(2);
        let far = Instant::now() + Duration::from_secs(1 << 40);
        let handles = [
            runtime.spawn(|| sleep(Duration::MAX)),
            runtime.spawn(|| sleep(Duration::MAX - Duration::from_nanos(1))),
            runtime.spawn(|| sleep(Duration::from_nanos(u64::MAX))),
            runtime.spawn(|| sleep(Duration::from_secs(i64::MAX as u64))),
            runtime.spawn(move || sleep_until(far)),
        ];
        for handle in &handles {
            handle.coroutine().unpark();
            assert!(!handle.join_timeout(Duration::from_millis(10)), "it woke up");
        }
        runtime.run(|| sleep(Duration::from_millis(1)));
        assert!(handles.iter().all(|handle| !handle.is_finished()));
    });
}

/// Of two deadlines the one that comes counts, whatever was armed and disarmed before.
#[test]
fn deadlines_that_were_not_needed_wake_nobody_later() {
    bounded(|| {
        runtime(2).run(|| {
            let impatient: Vec<_> = (0..200_u64)
                .map(|i| {
                    go(move || {
                        let me = gopark::coroutine::current().expect("inside");
                        for round in 0..20 {
                            me.unpark();
                            // The token is there: its timer is not needed.
                            park_timeout(Duration::from_micros(i * round));
                            let quick = go(|| ());
                            quick.join_timeout(Duration::from_micros(200));
                            let start = Instant::now();
                            let time = Duration::from_micros(300);
                            sleep(time);
                            assert!(start.elapsed() >= time, "woken after {:?}", start.elapsed());
                        }
                    })
                })
                .collect();
            for one in impatient {
                one.join().expect("no early wake-up");
            }
            assert!(gopark::metrics().machines.iter().all(|machine| machine.timers_armed == 0));
        });
    });
}
