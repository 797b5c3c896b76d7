//! Letting others run.

use super::sections;
use super::suspension::{leave, stay_if_abandoned};
use crate::coroutine::record;
use crate::coroutine::switch::Suspend;

/// Lets other coroutines of this worker thread run, then goes on. On a plain thread, `std::thread::yield_now`.
///
/// About 27 ns with another coroutine to switch to. A loop of it on every worker starves nobody: sockets,
/// timers, wake-ups and fresh coroutines all have their turn.
///
/// ```
/// gopark_runtime::face::run(gopark_runtime::face::yield_now);
/// ```
// Forced: a frame between the caller and the switch is a mispredicted return (coroutine/switch.rs), 24 ns for a pair.
#[inline(always)]
pub fn yield_now() {
    match record::current() {
        Some(record) => {
            sections::check(record);
            // During a panic nobody else may run on this thread (sched/block.rs).
            if !std::thread::panicking() {
                leave(record, Suspend::Yield);
                stay_if_abandoned(record);
            }
        }
        None => std::thread::yield_now(),
    }
}
