//! How late timers are found due.

use crate::eventually::eventually;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::time::sleep;
use gopark::{Metrics, go};
use std::time::{Duration, Instant};

fn fired(metrics: &Metrics) -> u64 {
    metrics.machines.iter().map(|machine| machine.timers_fired).sum()
}

#[test]
fn every_timer_that_fires_is_measured() {
    bounded(|| {
        let runtime = runtime(2);
        runtime.run(|| {
            let sleepers: Vec<_> =
                (0..500).map(|i| go(move || sleep(Duration::from_micros(10 * i)))).collect();
            sleepers.into_iter().for_each(|sleeper| sleeper.join().expect("no panic"));
        });
        let metrics = runtime.metrics();
        let lateness = metrics.merged(|machine| &machine.timer_lateness_ns);
        // Some may have come too late to wait at all.
        assert!(lateness.count() > 100, "{lateness:?}");
        assert_eq!(lateness.count(), fired(&metrics));
    });
}

#[test]
fn those_of_a_busy_worker_are_late() {
    const LONG: Duration = Duration::from_millis(50);
    bounded(|| {
        let runtime = runtime(1);
        let computed_for = runtime.run(|| {
            let sleeper = go(|| sleep(Duration::from_millis(1)));
            while gopark::metrics().waiting == 0 {
                gopark::yield_now();
            }
            let begun = Instant::now();
            while begun.elapsed() < LONG {
                std::hint::spin_loop();
            }
            sleeper.join().expect("no panic");
            begun.elapsed()
        });
        eventually("it is recorded", || fired(&runtime.metrics()) == 1);
        let lateness = runtime.metrics().merged(|machine| &machine.timer_lateness_ns);
        // It was armed before the other began to compute, so due before it had computed for 1 ms.
        let latest = Duration::from_nanos(lateness.max().expect("one has fired"));
        assert!(latest >= LONG - Duration::from_millis(1), "{latest:?}");
        assert!(latest <= computed_for, "{latest:?} of {computed_for:?}");
    });
}
