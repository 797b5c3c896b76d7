//! Channels into which the clock sends.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use super::channel::{of_alarm, with_alarm};
use super::receiver::Receiver;
use super::sender::Sender;
use crate::sys::clock::{self, NEVER, Nanos};

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

/// A channel without messages that ends at `due`, or when the sender is dropped.
pub(crate) fn ends_at(due: Nanos) -> (Sender<Infallible>, Receiver<Infallible>) {
    with_alarm(Alarm { due, says: Instant::now(), period: None, message: None })
}

/// A channel that gets one message, the present instant, after `duration`, and nothing more. Never disconnected.
///
/// No timer is armed and nothing is spent as long as nobody waits; so there is nothing to stop.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use std::time::{Duration, Instant};
///
/// gopark::run(|| {
///     let begin = Instant::now();
///     let alarm = gopark::time::after(Duration::from_millis(2));
///     let told = alarm.recv().unwrap();
///     assert!(told >= begin + Duration::from_millis(2));
///     assert!(alarm.try_recv().is_err());
/// });
/// ```
pub fn after(duration: Duration) -> Receiver<Instant> {
    alarm(duration, None)
}

/// A channel that gets a message every `period`: the instant at which it was due. Whoever comes late for one, or for
/// several, gets one at once, and the next at its time. Never disconnected.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use std::time::Duration;
///
/// gopark::run(|| {
///     let ticks = gopark::time::tick(Duration::from_millis(1));
///     let (first, second) = (ticks.recv().unwrap(), ticks.recv().unwrap());
///     assert!(second - first >= Duration::from_millis(1));
/// });
/// ```
pub fn tick(period: Duration) -> Receiver<Instant> {
    alarm(period, Some(period))
}

/// A channel that never gets a message, and is never disconnected.
///
/// ```
/// let never = gopark_runtime::face::chan::never::<u8>();
/// assert!(never.try_recv().is_err_and(|error| error.is_empty()));
/// ```
pub fn never<T>() -> Receiver<T> {
    of_alarm(Alarm { due: NEVER, says: Instant::now(), period: None, message: None })
}

fn alarm(duration: Duration, period: Option<Duration>) -> Receiver<Instant> {
    let says = Instant::now();
    let message: Option<fn(Instant) -> Instant> = Some(|instant| instant);
    match says.checked_add(duration) {
        Some(says) => of_alarm(Alarm { due: clock::after(duration), says, period, message }),
        None => never(),
    }
}

impl<T> Alarm<T> {
    pub(super) fn due(&self) -> Nanos {
        self.due
    }

    pub(super) fn is_due(&self) -> bool {
        self.due != NEVER && clock::now() >= self.due
    }

    pub(super) fn ring(&mut self) -> Rings<T> {
        if self.due == NEVER {
            return Rings::NotYet;
        }
        let now = clock::now();
        if now < self.due {
            return Rings::NotYet;
        }
        let Some(message) = self.message else { return Rings::End };
        let message = message(self.says);
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
