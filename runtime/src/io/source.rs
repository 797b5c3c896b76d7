//! One file descriptor that a coroutine waits for instead of its thread.
//!
//! # How a call goes
//! ```text
//!   take READY (if it is there)          what comes after this leaves a new READY behind
//!   ask the kernel                       recv, send, accept ...: never blocking
//!   - an answer: done; if there may be more, READY goes back for others who wait
//!   - EAGAIN: register (first time), announce the wait, park; then from the top
//! ```
//! After a short count on a TCP stream the kernel's buffer is drained (or full), so the next call parks without
//! asking, if no READY has come since. Only on TCP, and only while no sign of an end or of urgent data was seen:
//! data and FIN may arrive in one edge, after which there is no other (lockfree/ready_slot.rs). Who reads that data gives
//! READY back, short count or not.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::panic::Location;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::time::Instant;

use super::check_cancelled;
use super::direction::Direction;
use super::limits::{Deadline, Limits, Patience};
use super::on_thread::{self, THREAD_GLANCES, THREAD_LOOKS};
use crate::coroutine::awaits::{Awaited, Awaits};
use crate::coroutine::entry::Ticket;
use crate::coroutine::home::Home;
use crate::coroutine::record;
use crate::live::things;
use crate::lockfree::ready_slot::Signs;
use crate::netpoll::{Interest, Watch};
use crate::park::ambient;
use crate::park::suspension::preemption_point;
use crate::park::waiter::Waiter;
use crate::sched::machine::Machine;
use crate::sched::ready::ready;
use crate::sys::clock;

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

    /// Runs `op` until it answers something else than `WouldBlock`, waiting for `direction` in between, within `limits`.
    ///
    /// # Errors
    /// Those of `op`; a bare `TimedOut` after the timeout, one with a message after the deadline; `OutOfMemory` or those
    /// of `epoll_ctl(2)` if the source cannot be watched.
    pub fn run<R>(
        &self,
        direction: Direction,
        limits: &impl Limits,
        mut op: impl FnMut(BorrowedFd<'_>) -> io::Result<R>,
    ) -> io::Result<R> {
        check_cancelled()?;
        let mut patience = Patience::of(limits)?;
        let mut took_ready = self.take_ready(direction);
        loop {
            match op(self.as_fd()) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    self.wait_within(direction, &mut patience)?;
                    took_ready = self.take_ready(direction) || took_ready;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                answer => {
                    if took_ready {
                        self.leave_ready(direction);
                    }
                    preemption_point();
                    return answer;
                }
            }
        }
    }

    /// As [`run`](Source::run) for a byte count. A count below `wanted`, and not 0, says that the kernel's
    /// buffer is drained (or full), so that the next call may wait without asking. Only for TCP streams.
    ///
    /// # Errors
    /// As [`run`](Source::run).
    pub fn run_counted(
        &self,
        direction: Direction,
        limits: &impl Limits,
        wanted: usize,
        mut op: impl FnMut(BorrowedFd<'_>) -> io::Result<usize>,
    ) -> io::Result<usize> {
        check_cancelled()?;
        let mut patience = Patience::of(limits)?;
        if self.is_drained(direction) {
            self.wait_within(direction, &mut patience)?;
        }
        loop {
            let took_ready = self.take_ready(direction);
            match op(self.as_fd()) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    self.wait_within(direction, &mut patience)?;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {
                    if took_ready {
                        self.leave_ready(direction);
                    }
                }
                Ok(count) if count != 0 && count < wanted => {
                    self.set_drained(direction);
                    // The edge may have told of the end as well, which all who wait are to hear.
                    if took_ready && self.has_signs(direction) {
                        self.leave_ready(direction);
                    }
                    preemption_point();
                    return Ok(count);
                }
                answer => {
                    if took_ready {
                        self.leave_ready(direction);
                    }
                    preemption_point();
                    return answer;
                }
            }
        }
    }

    /// Waits until `direction` is ready, and leaves it so.
    ///
    /// # Errors
    /// As [`run`](Source::run).
    pub fn await_ready(&self, direction: Direction, limits: &impl Limits) -> io::Result<()> {
        if self.is_drained(direction) {
            check_cancelled()?;
            self.wait_within(direction, &mut Patience::of(limits)?)?;
        }
        self.run(direction, limits, |fd| match on_thread::is_ready(fd, direction)? {
            true => Ok(()),
            false => Err(io::ErrorKind::WouldBlock.into()),
        })
    }

    /// Whether `direction` is ready now.
    ///
    /// # Errors
    /// Those of poll(2).
    pub fn is_ready(&self, direction: Direction) -> io::Result<bool> {
        on_thread::is_ready(self.as_fd(), direction)
    }

    /// Sets `deadline`, one of this source's, for those who wait in `direction` now or later: a past one ends their calls
    /// at once. To move it on costs 8 ns; to move it back, besides, the waking of those who wait. A plain thread that
    /// waits takes notice within 50 ms.
    pub fn change_deadline(&self, direction: Direction, deadline: &Deadline, to: Option<Instant>) {
        if deadline.change(to) {
            self.call(direction);
        }
    }

    /// Waits until `direction` may be ready: an edge has come, or comes before `deadline`. Consumes it.
    ///
    /// # Errors
    /// A bare `TimedOut`; those of watching, as for [`run`](Source::run).
    pub fn wait(&self, direction: Direction, deadline: Option<Instant>) -> io::Result<()> {
        let timeout = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        self.wait_within(direction, &mut Patience::of(&timeout)?)?;
        self.take_ready(direction);
        Ok(())
    }

    /// Returns when there is something to ask the kernel for, or for no reason. READY may still be set.
    fn wait_within(&self, direction: Direction, patience: &mut Patience<'_, impl Limits>) -> io::Result<()> {
        self.drained.fetch_and(!direction.bit(), Ordering::Relaxed);
        check_cancelled()?;
        patience.begin();
        if record::current().is_none() {
            return self.wait_on_thread(direction, patience);
        }
        if std::thread::panicking() {
            // Nobody else may run on this thread now (sched/block.rs), maybe not even who would end the wait.
            return Err(io::Error::other("a call that would have to wait, during a panic"));
        }
        patience.check()?;
        let waiter = Waiter::current();
        let ticket = waiter.ticket();
        if !self.announce(direction, ticket)? {
            waiter.forget();
            return Ok(());
        }
        let unanswered =
            waiter.wait_fallibly(self.awaits(direction), patience.end(), || self.retract(direction, ticket));
        if !unanswered {
            return Ok(());
        }
        check_cancelled()?;
        patience.check()
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

    /// What cancels a context, or changes a deadline, cannot wake a thread that is inside `poll(2)`: it looks now and then.
    fn wait_on_thread(&self, direction: Direction, patience: &Patience<'_, impl Limits>) -> io::Result<()> {
        let bounds = ambient::bounds();
        let pause = if bounds.stopper().is_some() { THREAD_LOOKS } else { THREAD_GLANCES };
        loop {
            let end = bounds.limit(patience.end()).min(clock::now() + pause);
            match on_thread::wait(self.as_fd(), direction, end) {
                Err(late) if late.kind() == io::ErrorKind::TimedOut => {
                    check_cancelled()?;
                    patience.check()?;
                }
                answer => return answer,
            }
        }
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

    fn has_signs(&self, direction: Direction) -> bool {
        self.existing_watch().is_some_and(|watch| watch.slot(direction.side()).has_signs())
    }

    /// Whether the kernel would say EAGAIN, as far as is known without asking.
    #[inline]
    fn is_drained(&self, direction: Direction) -> bool {
        self.drained.load(Ordering::Relaxed) & direction.bit() != 0
            && self.existing_watch().is_some_and(|watch| {
                let slot = watch.slot(direction.side());
                !slot.is_ready() && !slot.has_signs() && watch.is_registered()
            })
    }

    fn set_drained(&self, direction: Direction) {
        self.drained.fetch_or(direction.bit(), Ordering::Relaxed);
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
