//! What the clock sends into a channel, and when.

use std::time::{Duration, Instant};

use super::rt::{NEVER, Nanos, clock};

/// When a channel's clock sends next.
pub(super) struct Alarm<T> {
    /// When a message comes, and what it says; `NEVER`: none will.
    due: Nanos,
    says: Instant,
    /// `None`: one message.
    period: Option<Duration>,
    /// `None`: it does not send, but ends the channel.
    message: Option<fn(Instant) -> T>,
}

/// What a look at the clock brings.
pub(super) enum Rings<T> {
    Message(T),
    /// There will be no message any more.
    End,
    NotYet,
}

impl<T> Alarm<T> {
    /// A message at `due`, which says `says`; further ones every `period`.
    pub(super) fn new(
        due: Nanos,
        says: Instant,
        period: Option<Duration>,
        message: fn(Instant) -> T,
    ) -> Alarm<T> {
        Alarm { due, says, period, message: Some(message) }
    }

    /// No message, and an end at `due`.
    pub(super) fn of_end(due: Nanos) -> Alarm<T> {
        Alarm { due, says: Instant::now(), period: None, message: None }
    }

    /// How many it has at a time.
    pub(super) fn messages(&self) -> usize {
        usize::from(self.message.is_some())
    }

    pub(super) fn due(&self) -> Nanos {
        self.due
    }

    pub(super) fn is_due(&self) -> bool {
        clock::is_past(self.due)
    }

    pub(super) fn ring(&mut self) -> Rings<T> {
        if !self.is_due() {
            return Rings::NotYet;
        }
        let Some(message) = self.message else { return Rings::End };
        let message = message(self.says);
        let now = clock::now();
        let missed = now - self.due;
        match self.period.map(|period| (period, period.as_nanos() as u64)) {
            None => self.due = NEVER,
            Some((_, 0)) => {
                self.due = now;
                self.says = Instant::now();
            }
            // As Go's ticker: those that were missed are left out, and the next keeps the step.
            Some((_, period)) => {
                let step = (missed / period + 1).saturating_mul(period);
                self.due = self.due.saturating_add(step);
                self.says = self.says.checked_add(Duration::from_nanos(step)).unwrap_or(self.says);
            }
        }
        Rings::Message(message)
    }
}
