//! One who waits: a coroutine, or a plain thread in the same manner.
//!
//! # How to wait
//! ```text
//!   waiter = Waiter::current()
//!   ticket = waiter.ticket()          names this one wait
//!   publish the ticket where wakers look
//!   waiter.wait(deadline)             returns when the ticket was used, at the deadline, or for no reason
//!   take the ticket back, look whether what was waited for has come, else begin anew
//! ```
//! Whoever has published a ticket and then does not wait calls `forget`, which makes the ticket stale.

use std::io;

use crate::coroutine::entry::{Entry, Ticket};
use crate::coroutine::handle::take_ids;
use crate::coroutine::record::{self, Record};
use crate::coroutine::switch::Suspend;
use crate::lockfree::status::{Commit, Status, Wake};
use crate::sched::machine::Machine;
use crate::sys::clock::{self, NEVER, Nanos};
use crate::sys::futex;

/// Who waits here.
#[derive(Clone, Copy)]
pub(crate) enum Waiter {
    Coroutine(&'static Record),
    Thread(&'static Entry),
}

/// A plain thread's entry, for as long as the thread lives.
struct ThreadEntry(&'static Entry);

impl ThreadEntry {
    fn new() -> io::Result<ThreadEntry> {
        let mut index = Vec::with_capacity(1);
        Entry::allocate(1, &mut index)?;
        let entry = Entry::get(index[0]);
        entry.occupy(take_ids(1), std::panic::Location::caller(), std::ptr::null_mut());
        Ok(ThreadEntry(entry))
    }
}

impl Drop for ThreadEntry {
    fn drop(&mut self) {
        self.0.status.vacate();
        Entry::free([self.0.index()]);
    }
}

thread_local! {
    static OF_THREAD: ThreadEntry = ThreadEntry::new().expect("an entry for a thread");
}

impl Waiter {
    /// The running coroutine, or the calling thread.
    ///
    /// # Panics
    /// Inside [`no_park`](super::sections::no_park): whoever asks is about to wait.
    #[inline]
    pub(crate) fn current() -> Waiter {
        match record::current() {
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
        self.entry().ticket()
    }

    /// Makes a published ticket stale without waiting.
    pub(crate) fn forget(self) {
        self.entry().status.expire_tickets();
    }

    /// Waits until the ticket was used or `deadline` has come. True: it was not the deadline that ended it.
    #[inline]
    pub(crate) fn wait(self, deadline: Nanos) -> bool {
        match self {
            Waiter::Coroutine(record) => suspend(record, Suspend::Wait, deadline),
            Waiter::Thread(entry) => block(entry, Status::commit, deadline),
        }
    }

    /// The same for the user's token, which ends the wait as well and is consumed by it.
    #[inline]
    pub(crate) fn wait_for_token(self, deadline: Nanos) -> bool {
        match self {
            Waiter::Coroutine(record) => suspend(record, Suspend::WaitUser, deadline),
            Waiter::Thread(entry) => block(entry, Status::commit_user, deadline),
        }
    }
}

#[inline]
fn suspend(record: &'static Record, why: Suspend, deadline: Nanos) -> bool {
    if deadline == NEVER {
        leave(record, why);
        return true;
    }
    suspend_until(record, why, deadline)
}

/// Leaves the stack, or, during a panic, waits on it (sched/block.rs).
#[inline(always)]
fn leave(record: &'static Record, why: Suspend) {
    if std::thread::panicking() { Machine::of(record).block(record, why) } else { record.suspend(why) }
}

fn suspend_until(record: &'static Record, why: Suspend, deadline: Nanos) -> bool {
    let station = &Machine::of(record).station;
    let timer = station.arm(deadline, record.entry().ticket());
    leave(record, why);
    // If it has fired, its ticket is stale by now: it ended this wait, or somebody else did before.
    station.disarm(timer)
}

fn block(entry: &'static Entry, commit: fn(&Status) -> Commit, deadline: Nanos) -> bool {
    // Before the commit: afterwards a waker may end the wait, and then the present epoch is that of the next one.
    let epoch = entry.status.epoch();
    if commit(&entry.status) == Commit::Woken {
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

/// The thread's own entry. A thread that is about to end, in a destructor of a thread-local, gets one that is
/// not given back.
fn thread_entry() -> &'static Entry {
    OF_THREAD.try_with(|of_thread| of_thread.0).unwrap_or_else(|_| {
        let last = ThreadEntry::new().expect("an entry for a thread");
        let entry = last.0;
        std::mem::forget(last);
        entry
    })
}
