//! Leaving the stack, and the two things that may have happened to a coroutine when it comes back or goes on: it was
//! asked to let others run, or its runtime has stopped without it.

use crate::coroutine::record::{self, Record};
use crate::coroutine::switch::Suspend;
use crate::sched::machine::Machine;

/// Leaves the stack, or, during a panic, waits on it (sched/block.rs).
#[inline(always)]
pub(super) fn suspend(record: &'static Record, why: Suspend) {
    if std::thread::panicking() { Machine::of(record).block(record, why) } else { leave(record, why) }
}

/// Leaves the stack.
#[inline(always)]
pub(super) fn leave(record: &'static Record, why: Suspend) {
    #[cfg(feature = "tracing")]
    let spans = super::spans::on_park();
    record.suspend(why);
    #[cfg(feature = "tracing")]
    super::spans::on_resume(spans);
}

/// To be called after every suspension, when the coroutine has taken itself out of what it waited for. An abandoned
/// one does not return from here (sched/shutdown.rs).
#[inline(always)]
pub(super) fn stay_if_abandoned(record: &'static Record) {
    if record.abandoned.get() {
        lie_for_ever(record);
    }
}

#[cold]
fn lie_for_ever(record: &'static Record) {
    loop {
        leave(record, Suspend::Abandoned);
    }
}

/// Lets others run if the monitor has asked for it. Every call that may suspend is such a point, also when it did not
/// have to wait; so a coroutine that always finds data is no different from one that waits. A load and a branch, as
/// long as nobody asks. Costs nothing inside `no_park`: it does not suspend there.
#[inline]
pub(crate) fn preemption_point() {
    if let Some(record) = record::current() {
        let_others_run_if_asked(record);
    }
}

/// The same for who knows who it is.
#[inline(always)]
pub(super) fn let_others_run_if_asked(record: &'static Record) {
    if Machine::of(record).is_preempted() {
        let_others_run(record);
    }
}

#[cold]
fn let_others_run(record: &'static Record) {
    if record.no_park.get() != 0 || std::thread::panicking() {
        return;
    }
    Machine::of(record).preempted(record);
    leave(record, Suspend::Yield);
    stay_if_abandoned(record);
}
