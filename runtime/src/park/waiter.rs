//! One who waits: a coroutine, or a plain thread in the same manner.
//!
//! # How to wait
//! ```text
//!   waiter = Waiter::current()
//!   ticket = waiter.ticket()          names this one wait
//!   publish the ticket where wakers look
//!   waiter.wait(what, deadline, || take the ticket back)
//!                                     returns when the ticket was used, at the deadline, or for no reason
//!   look whether what was waited for has come, else begin anew
//! ```
//! The ticket is taken back inside `wait`, because an abandoned coroutine does that and no more: it does not return.
//! Whoever has published a ticket and then does not wait calls `forget`, which makes the ticket stale.

use super::ambient::of_thread;
use super::suspension::{stay_if_abandoned, suspend};
use super::thread::thread_entry;
use crate::coroutine::ambient::Ambient;
use crate::coroutine::awaits::Awaits;
use crate::coroutine::entry::{Entry, Ticket};
use crate::coroutine::record::{self, Record};
use crate::coroutine::switch::Suspend;
use crate::lockfree::status::{Commit, Wait, Wake};
use crate::sched::machine::Machine;
use crate::sys::clock::{self, NEVER, Nanos};
use crate::sys::futex;
use crate::timer::queue::TimerKey;

/// Who waits here.
#[derive(Clone, Copy)]
pub(crate) enum Waiter {
    Coroutine(&'static Record),
    Thread(&'static Entry),
}

impl Waiter {
    /// The running coroutine, or the calling thread.
    ///
    /// # Panics
    /// Inside [`no_park`](super::sections::no_park): whoever asks is about to wait.
    #[inline]
    pub(crate) fn current() -> Waiter {
        Waiter::of(record::current())
    }

    /// The same for who knows who it is.
    #[inline]
    pub(super) fn of(running: Option<&'static Record>) -> Waiter {
        match running {
            Some(record) => {
                super::sections::check(record);
                Waiter::Coroutine(record)
            }
            None => Waiter::Thread(thread_entry()),
        }
    }

    fn entry(self) -> &'static Entry {
        match self {
            Waiter::Coroutine(record) => record.entry(),
            Waiter::Thread(entry) => entry,
        }
    }

    /// Names the next wait.
    #[inline]
    pub(crate) fn ticket(self) -> Ticket {
        let ticket = self.entry().ticket();
        if Ticket::any_stalled() {
            ticket.note_running();
        }
        ticket
    }

    /// Makes a published ticket stale without waiting.
    pub(crate) fn forget(self) {
        self.entry().status.expire_tickets();
    }

    /// As `wait`, in a call that can fail: a cancellation ends it too, and the ambient deadline. Whoever comes back looks
    /// which it was.
    #[inline(always)]
    pub(crate) fn wait_fallibly<R>(self, awaits: Awaits, deadline: Nanos, withdraw: impl FnOnce() -> R) -> R {
        let (wait, limit) = match self {
            Waiter::Coroutine(record) => (kind(&record.ambient), record.ambient.limit(deadline)),
            Waiter::Thread(_) => of_thread(|ambient| (kind(ambient), ambient.limit(deadline))),
        };
        self.wait(awaits, wait, limit, withdraw).1
    }

    /// Whether its runtime has stopped without it: asked where a ticket is taken back, since it does not come further,
    /// and what it was given meanwhile is another one's.
    pub(crate) fn is_abandoned(self) -> bool {
        match self {
            Waiter::Coroutine(record) => record.abandoned.get(),
            Waiter::Thread(_) => false,
        }
    }

    /// Waits until the ticket was used, or what else ends such a wait has come, or `deadline`; then `withdraw` takes
    /// the ticket back. `awaits` is what a dump says of it. True: it was not the deadline that ended it.
    #[inline(always)]
    pub(crate) fn wait<R>(
        self,
        awaits: Awaits,
        wait: Wait,
        deadline: Nanos,
        withdraw: impl FnOnce() -> R,
    ) -> (bool, R) {
        match self {
            Waiter::Coroutine(record) => {
                let timer = (deadline != NEVER).then(|| arm(record, deadline));
                record.awaits(if timer.is_none() { awaits } else { awaits.timed() });
                suspend(record, Suspend::Wait(wait));
                let in_time = timer.is_none_or(|timer| is_in_time(record, timer));
                let withdrawn = withdraw();
                stay_if_abandoned(record);
                (in_time, withdrawn)
            }
            Waiter::Thread(entry) => (block(entry, wait, deadline), withdraw()),
        }
    }
}

/// A timer that did not fire stays armed for the next wait: who waits with a deadline mostly does so again, with a later
/// one, and moving a timer on costs a store. If it does fire meanwhile, its ticket is stale. It goes with the coroutine.
#[inline(never)]
fn arm(record: &'static Record, deadline: Nanos) -> TimerKey {
    let kept = record.timer.get().map(TimerKey::from_bits);
    let timer = Machine::of(record).timers().arm(kept, deadline, record.entry().ticket());
    record.timer.set(Some(timer.to_bits()));
    timer
}

/// Whether `timer` has not fired. If it has, it ended this wait, or somebody else did before.
#[inline(never)]
fn is_in_time(record: &'static Record, timer: TimerKey) -> bool {
    // Asked anew: it may be another machine now, but then the timers are the same.
    let machine = Machine::of(record);
    let in_time = machine.timers().is_armed(timer);
    if record.abandoned.get() {
        machine.drop_timer(record);
    }
    in_time
}

/// What ends a wait that can fail, and that begins now.
#[inline]
fn kind(ambient: &Ambient) -> Wait {
    ambient.forget_refusals();
    match (ambient.is_open(), ambient.is_bounded()) {
        (true, _) => Wait::Open,
        // Bounds that were set inside a shield count, and one of them may be a context.
        (false, true) => Wait::Heed,
        (false, false) => Wait::Plain,
    }
}

fn block(entry: &'static Entry, wait: Wait, deadline: Nanos) -> bool {
    // Before the commit: afterwards a waker may end the wait, and then the present epoch is that of the next one.
    let epoch = entry.status.epoch();
    if entry.status.commit(wait) == Commit::Woken {
        return true;
    }
    while let Some(word) = entry.status.parked_word() {
        if clock::now() >= deadline {
            // As a timer would. If somebody was quicker, then that has ended the wait.
            return entry.status.wake(epoch) != Wake::Runnable;
        }
        futex::wait(entry.status.word(), word, deadline);
    }
    true
}
