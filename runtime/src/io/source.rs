//! One file descriptor that a coroutine waits for instead of its thread. How a call on it goes: `asking.rs`.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::panic::Location;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::time::Instant;

use super::direction::Direction;
use super::limits::Deadline;
use crate::coroutine::awaits::{Awaited, Awaits};
use crate::coroutine::entry::Ticket;
use crate::coroutine::home::Home;
use crate::live::things;
use crate::lockfree::ready_slot::Signs;
use crate::netpoll::{Interest, Watch};
use crate::sched::machine::Machine;
use crate::sched::ready::ready;

/// A file descriptor with its place in the netpoller. 12 bytes; nothing is registered until a call waits.
#[derive(Debug)]
pub struct Source {
    /// There until [`into_fd`](Source::into_fd).
    fd: Option<OwnedFd>,
    /// Number of the watch and one; 0: none yet.
    watch: AtomicU32,
    /// Directions in which the last count was short, and [`READS`] and [`NOTED`].
    drained: AtomicU8,
}

/// The source is registered, or is to be, for reading alone.
const READS: u8 = 1 << 2;

/// The source is among the things that are alive.
const NOTED: u8 = 1 << 3;

impl Source {
    /// Takes over `fd`. Calls on it must not block: `O_NONBLOCK` or `MSG_DONTWAIT`. Leak scopes tell of the caller as of its
    /// maker.
    #[track_caller]
    pub fn new(fd: OwnedFd) -> Source {
        Source::made_at(fd, Location::caller())
    }

    /// The same for somebody whose caller is not the maker.
    pub fn made_at(fd: OwnedFd, maker: &'static Location<'static>) -> Source {
        let is_noted = things::note_socket(fd.as_raw_fd(), maker);
        let flags = if is_noted { NOTED } else { 0 };
        Source { fd: Some(fd), watch: AtomicU32::new(0), drained: AtomicU8::new(flags) }
    }

    /// It will be registered for reading alone, until a call first has to wait for writing. For those whose every message is
    /// told to the sender once the receiver has it, as room for the next: UDP and Unix sockets.
    #[must_use]
    pub fn reading_first(self) -> Source {
        self.drained.fetch_or(READS, Ordering::Relaxed);
        self
    }

    /// Gives the descriptor back, out of the netpoller.
    pub fn into_fd(mut self) -> OwnedFd {
        self.let_go();
        self.fd.take().expect(OPEN)
    }

    /// Sets `deadline`, one of this source's, for those who wait in `direction` now or later: a past one ends their calls
    /// at once. To move it on costs 8 ns; to move it back, besides, the waking of those who wait. A plain thread that
    /// waits takes notice within 50 ms.
    pub fn change_deadline(&self, direction: Direction, deadline: &Deadline, to: Option<Instant>) {
        if deadline.change(to) {
            self.call(direction);
        }
    }

    /// What a dump says of who waits for it.
    #[inline]
    pub(super) fn awaits(&self, direction: Direction) -> Awaits {
        let kind = match direction {
            Direction::Read => Awaited::Readable,
            Direction::Write => Awaited::Writable,
        };
        Awaits::new(kind, self.as_fd().as_raw_fd() as u64)
    }

    /// Coroutine: has an edge use `ticket`. False: ask the kernel again, do not wait.
    pub(super) fn announce(&self, direction: Direction, ticket: Ticket) -> io::Result<bool> {
        let poller = Machine::current().expect("a coroutine runs on a machine").home_of_coroutines();
        let watch = self.registered(direction, poller)?;
        Ok(watch.announce(direction.side(), ticket))
    }

    /// The watch, which somebody polls: `poller`, if nobody did.
    pub(super) fn registered(&self, direction: Direction, poller: &'static Home) -> io::Result<Watch> {
        let watch = self.watch()?;
        let reads_alone = || self.drained.load(Ordering::Relaxed) & READS != 0;
        if direction == Direction::Write && reads_alone() {
            // First the bit: who registers after this does so for both.
            self.drained.fetch_and(!READS, Ordering::Relaxed);
            watch.widen(self.as_fd())?;
        }
        watch.register(self.as_fd(), poller, || {
            if reads_alone() { Interest::Reading } else { Interest::Both }
        })?;
        Ok(watch)
    }

    /// Takes that back. False: it was over, somebody has woken us.
    pub(super) fn retract(&self, direction: Direction, ticket: Ticket) -> bool {
        self.existing_watch().is_some_and(|watch| watch.retract(direction.side(), ticket))
    }

    /// Whether `direction` is not ready, after which every edge is seen by the next announcement.
    ///
    /// # Errors
    /// Those of poll(2).
    pub(super) fn is_idle(&self, direction: Direction) -> io::Result<bool> {
        if self.is_drained(direction) {
            return Ok(true);
        }
        // An edge that has come before may be stale, and must not refuse the announcement.
        let took = self.take_ready(direction);
        let is_ready = self.is_ready(direction)?;
        if is_ready && took {
            self.leave_ready(direction);
        }
        Ok(!is_ready)
    }

    fn watch(&self) -> io::Result<Watch> {
        match self.watch.load(Ordering::Acquire) {
            0 => {
                let new = Watch::new()?;
                let stored =
                    self.watch.compare_exchange(0, new.to_index() + 1, Ordering::AcqRel, Ordering::Acquire);
                Ok(stored.map_or_else(
                    |first| {
                        new.remove(self.as_fd());
                        Watch::from_index(first - 1)
                    },
                    |_| new,
                ))
            }
            number => Ok(Watch::from_index(number - 1)),
        }
    }

    /// The watch, if a call has waited before.
    #[inline]
    fn existing_watch(&self) -> Option<Watch> {
        self.watch.load(Ordering::Acquire).checked_sub(1).map(Watch::from_index)
    }

    pub(super) fn take_ready(&self, direction: Direction) -> bool {
        self.existing_watch().is_some_and(|watch| watch.slot(direction.side()).take_ready())
    }

    /// Leaves what this call did not use up to others who wait.
    pub(super) fn leave_ready(&self, direction: Direction) {
        if let Some(watch) = self.existing_watch() {
            let mut waiting = Vec::new();
            watch.post(direction.side(), Signs::default(), &mut waiting);
            waiting.into_iter().for_each(ready);
        }
    }

    /// Has all who wait ask the kernel again: something has changed of which it tells nobody.
    pub fn call(&self, direction: Direction) {
        if let Some(watch) = self.existing_watch() {
            let mut waiting = Vec::new();
            watch.call(direction.side(), &mut waiting);
            waiting.into_iter().for_each(ready);
        }
    }

    pub(super) fn has_signs(&self, direction: Direction) -> bool {
        self.existing_watch().is_some_and(|watch| watch.slot(direction.side()).has_signs())
    }

    /// Whether the kernel would say EAGAIN, as far as is known without asking.
    #[inline]
    pub(super) fn is_drained(&self, direction: Direction) -> bool {
        self.drained.load(Ordering::Relaxed) & direction.bit() != 0
            && self.existing_watch().is_some_and(|watch| {
                let slot = watch.slot(direction.side());
                !slot.is_ready() && !slot.has_signs() && watch.is_registered()
            })
    }

    pub(super) fn set_drained(&self, direction: Direction) {
        self.drained.fetch_or(direction.bit(), Ordering::Relaxed);
    }

    /// The next call asks the kernel.
    pub(super) fn forget_drained(&self, direction: Direction) {
        self.drained.fetch_and(!direction.bit(), Ordering::Relaxed);
    }

    fn let_go(&self) {
        if let Some(watch) = self.existing_watch() {
            self.watch.store(0, Ordering::Relaxed);
            watch.remove(self.as_fd());
        }
        if self.drained.fetch_and(!NOTED, Ordering::Relaxed) & NOTED != 0 {
            things::forget_socket(self.as_fd().as_raw_fd());
        }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // `into_fd` has done it already, and neither watch nor note is left.
        self.let_go();
    }
}

const OPEN: &str = "the descriptor leaves with `into_fd`, and so does the source";

impl AsFd for Source {
    #[inline]
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_ref().expect(OPEN).as_fd()
    }
}
