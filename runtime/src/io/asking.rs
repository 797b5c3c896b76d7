//! Asking the kernel until it has an answer, and waiting in between.
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
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use super::check_cancelled;
use super::direction::Direction;
use super::limits::{Limits, Patience};
use super::on_thread::{self, THREAD_GLANCES, THREAD_LOOKS};
use super::source::Source;
use crate::coroutine::entry::Ticket;
use crate::coroutine::record;
use crate::park::ambient;
use crate::park::suspension::preemption_point;
use crate::park::waiter::Waiter;
use crate::sys::clock;

impl Source {
    /// Runs `op` until it answers something else than `WouldBlock`, waiting for `direction` in between, within `limits`.
    ///
    /// # Errors
    /// Those of `op`; a bare `TimedOut` after the timeout, one with a message after the deadline; `OutOfMemory` or those
    /// of `epoll_ctl(2)` if the source cannot be watched.
    // No frame between the caller and the switch (coroutine/switch.rs). Not in programs that are not optimised: there it would be a
    // frame of more than a page.
    #[cfg_attr(not(debug_assertions), inline(always))]
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
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn run_counted(
        &self,
        direction: Direction,
        limits: &impl Limits,
        wanted: usize,
        mut op: impl FnMut(BorrowedFd<'_>) -> io::Result<usize>,
    ) -> io::Result<usize> {
        check_cancelled()?;
        let mut patience = Patience::of(limits)?;
        let mut waits = self.is_drained(direction);
        loop {
            if waits {
                self.wait_within(direction, &mut patience)?;
            }
            waits = match self.attempt_counted(direction, wanted, &mut op) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => true,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => false,
                answer => return answer,
            }
        }
    }

    /// Asks once.
    #[inline(never)]
    fn attempt_counted(
        &self,
        direction: Direction,
        wanted: usize,
        op: &mut impl FnMut(BorrowedFd<'_>) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let took_ready = self.take_ready(direction);
        let answer = op(self.as_fd());
        match &answer {
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => return answer,
            &Ok(count) if count != 0 && count < wanted => {
                self.set_drained(direction);
                // The edge may have told of the end as well, which all who wait are to hear.
                if took_ready && self.has_signs(direction) {
                    self.leave_ready(direction);
                }
            }
            _ if took_ready => self.leave_ready(direction),
            _ => {}
        }
        preemption_point();
        answer
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
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn wait_within(&self, direction: Direction, patience: &mut Patience<'_, impl Limits>) -> io::Result<()> {
        let Some((waiter, ticket)) = self.begin_wait(direction, patience)? else { return Ok(()) };
        let unanswered =
            waiter.wait_fallibly(self.awaits(direction), patience.end(), || self.retract(direction, ticket));
        if unanswered {
            check_cancelled()?;
            patience.check()?;
        }
        Ok(())
    }

    /// `None`: there is nothing to wait for any more.
    #[inline(never)]
    fn begin_wait(
        &self,
        direction: Direction,
        patience: &mut Patience<'_, impl Limits>,
    ) -> io::Result<Option<(Waiter, Ticket)>> {
        self.forget_drained(direction);
        check_cancelled()?;
        patience.begin();
        if record::current().is_none() {
            return self.wait_on_thread(direction, patience).map(|()| None);
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
            return Ok(None);
        }
        Ok(Some((waiter, ticket)))
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
}
