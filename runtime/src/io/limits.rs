//! How long a call on a source may wait.

use std::io;
use std::time::{Duration, Instant};

use crate::lockfree::deadline;
use crate::sys::clock::{self, NEVER, Nanos};

/// A deadline that the calls on a source have in common. Anybody may change it at any time, by
/// [`Source::change_deadline`].
#[derive(Debug)]
pub struct Deadline(deadline::Deadline);

impl Deadline {
    /// None so far.
    #[expect(clippy::new_without_default, reason = "a deadline that is none is worth a name")]
    pub fn new() -> Deadline {
        Deadline(deadline::Deadline::new())
    }

    /// Whether a call may go on.
    ///
    /// # Errors
    /// `TimedOut` with a message, once it has passed.
    #[inline]
    pub fn check(&self) -> io::Result<()> {
        if clock::is_past(self.nanos()) { Err(passed()) } else { Ok(()) }
    }
}

impl Deadline {
    /// For who has announced its wait, or does not wait yet.
    #[inline]
    pub(super) fn nanos(&self) -> Nanos {
        self.0.get()
    }

    /// Returns whether it was moved back: then who waits is to be called.
    pub(super) fn change(&self, to: Option<Instant>) -> bool {
        self.0.change(to.map_or(NEVER, clock::at))
    }
}

/// What ends a wait of a call on a source.
pub trait Limits {
    /// How long the call may wait in all. Asked once, when it begins.
    fn timeout(&self) -> Option<Duration>;

    /// Until when. Asked whenever it begins to wait.
    fn deadline(&self) -> Option<&Deadline>;
}

/// A timeout, and no deadline.
impl Limits for Option<Duration> {
    fn timeout(&self) -> Option<Duration> {
        *self
    }

    fn deadline(&self) -> Option<&Deadline> {
        None
    }
}

/// The limits of one call under way. The timeout begins to count when the call first has to wait: most never do, and
/// reading the clock costs.
pub(super) struct Patience<'a, L> {
    limits: &'a L,
    timeout: Option<Duration>,
    end: Nanos,
}

impl<'a, L: Limits> Patience<'a, L> {
    /// Of a call that begins.
    ///
    /// # Errors
    /// The deadline has passed: such a call does not even try.
    #[inline]
    pub(super) fn of(limits: &'a L) -> io::Result<Patience<'a, L>> {
        let patience = Patience { limits, timeout: limits.timeout(), end: NEVER };
        patience.check_deadline()?;
        Ok(patience)
    }

    /// Begins to count, if that has not begun.
    #[inline]
    pub(super) fn begin(&mut self) {
        if let Some(timeout) = self.timeout.take() {
            self.end = clock::after(timeout);
        }
    }

    /// When a wait ends. For a caller that has announced it: who moves the deadline back from now on wakes it.
    #[inline]
    pub(super) fn end(&self) -> Nanos {
        self.limits.deadline().map_or(self.end, |deadline| self.end.min(deadline.nanos()))
    }

    /// Whether the call may go on.
    ///
    /// # Errors
    /// A bare `TimedOut` after the timeout; after the deadline one that says so.
    pub(super) fn check(&self) -> io::Result<()> {
        if clock::is_past(self.end) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.check_deadline()
    }

    #[inline]
    fn check_deadline(&self) -> io::Result<()> {
        self.limits.deadline().map_or(Ok(()), Deadline::check)
    }
}

#[cold]
fn passed() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the deadline of the socket has passed")
}
