//! Stacks that are in use, those that are kept, and how deep they were.

use crate::child::in_child;
use crate::eventually::eventually;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::park;
use gopark::go;
use std::hint::black_box;

/// Bytes that a deep one takes at least.
pub(crate) const DEEP: usize = 120 << 10;

/// Takes `bytes` of the stack at least.
pub(crate) fn recurse(bytes: usize) -> usize {
    const FRAME: usize = 1024;
    let frame = black_box([1_u8; FRAME]);
    if bytes <= FRAME { frame[0].into() } else { recurse(bytes - FRAME) + usize::from(frame[FRAME - 1]) }
}

#[test]
fn each_started_coroutine_has_one() {
    const MANY: u64 = 200;
    bounded(|| {
        let runtime = runtime(2);
        let handles: Vec<_> = (0..MANY).map(|_| runtime.spawn(park)).collect();
        eventually("all wait", || runtime.metrics().waiting == MANY);
        let metrics = runtime.metrics();
        assert_eq!(metrics.stacks_in_use, MANY);
        assert!(metrics.stacks_opened >= MANY + metrics.stacks_hot);
        handles.iter().for_each(|handle| handle.coroutine().unpark());
        handles.into_iter().for_each(|handle| handle.join().expect("no panic"));
        // Some stay with the workers, which tell before they sleep.
        eventually("they are given back", || {
            let metrics = runtime.metrics();
            let kept = metrics.machines.iter().map(|machine| machine.stacks_cached).sum::<usize>();
            metrics.stacks_in_use == 0 && metrics.stacks_cached == kept && kept > 0
        });
    });
}

#[test]
fn one_that_was_deep_is_found_after_its_end() {
    let child = in_child(one_that_was_deep_is_found_after_its_end, &[], || {
        runtime(1).run(|| {
            go(|| recurse(DEEP)).join().expect("no panic");
            // Each has the stack of the one before. One end in 256 is looked at, at random: some 40.
            for _ in 0..10_000 {
                go(|| ()).join().expect("no panic");
            }
            let seen = gopark::metrics().stack_deepest_bytes;
            assert!((DEEP..256 << 10).contains(&seen), "{seen}");
        });
    });
    child.succeeded();
}
