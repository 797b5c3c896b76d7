//! How coroutines are spread over workers that keep them.

use crate::eventually::eventually;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::park;

#[test]
fn workers_tell_who_lives_there_and_how_unevenly() {
    const MANY: u64 = 300;
    bounded(|| {
        let runtime = runtime(2);
        let handles: Vec<_> = (0..MANY).map(|_| runtime.spawn(park)).collect();
        eventually("all wait", || runtime.metrics().waiting == MANY);
        let metrics = runtime.metrics();
        let homed: Vec<_> = metrics.machines.iter().map(|machine| machine.homed).collect();
        assert_eq!(homed.iter().sum::<usize>() as u64, MANY);
        assert_eq!(metrics.homed_imbalance, homed[0].abs_diff(homed[1]));
        for machine in &metrics.machines {
            assert_eq!((machine.waiting, machine.ready), (machine.homed as u64, 0));
        }
        handles.iter().for_each(|handle| handle.coroutine().unpark());
        handles.into_iter().for_each(|handle| handle.join().expect("no panic"));
        eventually("nobody lives there", || {
            let metrics = runtime.metrics();
            (metrics.homed_imbalance, metrics.waiting, metrics.ready) == (0, 0, 0)
        });
    });
}
