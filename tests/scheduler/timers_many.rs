//! A crowd of sleepers: all wake, none too early.

use crate::random::Random;
use crate::watchdog::bounded;
use gopark::coroutine::current;
use gopark::go;
use gopark::time::{sleep, sleep_until};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const SLEEPERS: usize = 100_000;

#[test]
fn a_hundred_thousand_sleepers_wake_and_none_early() {
    bounded(|| {
        let runtime = crate::policy::builder().workers(2).stack_size(64 << 10).build().expect("a runtime");
        let start = Instant::now();
        let (awake, early) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        runtime.run(|| {
            let mut random = Random::new(7);
            let main = current().expect("inside");
            for _ in 0..SLEEPERS {
                let time = Duration::from_micros(random.below(500_000) as u64);
                let (awake, early, main) = (awake.clone(), early.clone(), main.clone());
                drop(go(move || {
                    let begin = Instant::now();
                    if time.as_micros().is_multiple_of(2) {
                        sleep(time)
                    } else {
                        sleep_until(begin + time)
                    }
                    if begin.elapsed() < time {
                        early.fetch_add(1, Ordering::SeqCst);
                    }
                    if awake.fetch_add(1, Ordering::SeqCst) + 1 == SLEEPERS {
                        main.unpark();
                    }
                }));
            }
            while awake.load(Ordering::SeqCst) < SLEEPERS {
                gopark::coroutine::park();
            }
        });
        println!("{SLEEPERS} sleepers of up to 500 ms: {:?}", start.elapsed());
        assert_eq!(early.load(Ordering::SeqCst), 0);
        let metrics = runtime.metrics();
        assert!(metrics.machines.iter().all(|machine| machine.timers_armed == 0), "{metrics:?}");
        assert!(metrics.machines.iter().map(|machine| machine.timers_fired).sum::<u64>() > 0);
    });
}
