//! Channels into which the clock sends.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::alarm::Alarm;
use super::core::Core;
use super::receiver::Receiver;
use crate::sys::clock::{self, NEVER, Nanos};

/// Ends a channel.
pub(crate) struct Ending(Arc<Core<Infallible>>);

impl Ending {
    pub(crate) fn now(&self) {
        self.0.close_senders();
    }
}

/// A channel without messages that ends at `due`, or when it is told to.
#[track_caller]
pub(crate) fn ends_at(due: Nanos) -> (Ending, Receiver<Infallible>) {
    let core = Arc::new(Core::of_alarm(Alarm::of_end(due)));
    (Ending(core.clone()), Receiver::new(core))
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
#[track_caller]
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
#[track_caller]
pub fn tick(period: Duration) -> Receiver<Instant> {
    alarm(period, Some(period))
}

/// A channel that never gets a message, and is never disconnected: an arm of a [`select!`](crate::face::select) that
/// does not happen, or not any more.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::chan::{bounded, never};
///
/// gopark::run(|| {
///     let ((_orders, incoming), (last_bell, mut bells)) = (bounded::<u32>(1), bounded::<()>(0));
///     drop(last_bell);
///     for _ in 0..3 {
///         gopark::select! {
///             recv(incoming) -> order => unreachable!("{order:?}"),
///             // Else this arm would be chosen from now on, again and again.
///             recv(bells) -> bell => if bell.is_err() { bells = never() },
///             default => assert!(bells.try_recv().is_err_and(|error| error.is_empty())),
///         }
///     }
/// });
/// ```
///
/// ```
/// let never = gopark_runtime::face::chan::never::<u8>();
/// assert!(never.try_recv().is_err_and(|error| error.is_empty()));
/// ```
#[track_caller]
pub fn never<T>() -> Receiver<T> {
    of_alarm(Alarm::of_end(NEVER))
}

#[track_caller]
fn alarm(duration: Duration, period: Option<Duration>) -> Receiver<Instant> {
    let says = Instant::now();
    match says.checked_add(duration) {
        Some(says) => of_alarm(Alarm::new(clock::after(duration), says, period, |instant| instant)),
        None => never(),
    }
}

/// A channel without senders that is not disconnected: the clock sends.
#[track_caller]
fn of_alarm<T>(alarm: Alarm<T>) -> Receiver<T> {
    Receiver::new(Arc::new(Core::of_alarm(alarm)))
}
