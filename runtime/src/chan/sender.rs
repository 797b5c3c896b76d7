//! The sending end.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::attempt::Attempt;
use super::core::{Core, Held};
use super::mark::{Mark, Side};
use super::operation::Sending;
use super::{SendError, SendTimeoutError, TrySendError};
use crate::park::cancellation::Caller;
use crate::sys::clock::{self, NEVER, Nanos};
use crate::wait::event::Ended;

/// The sending end of a channel. Clones send to the same channel.
///
/// Dropping the last one ends the channel: receivers get what it holds, and then an error.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let (sender, receiver) = gopark::chan::bounded(2);
/// let second = sender.clone();
/// sender.send('a').unwrap();
/// second.send('b').unwrap();
/// assert!(second.same_channel(&sender) && sender.is_full() && !sender.is_empty());
/// assert_eq!((sender.len(), sender.capacity()), (2, Some(2)));
/// drop((sender, second));
/// assert_eq!(receiver.iter().collect::<String>(), "ab");
/// ```
#[repr(C)]
pub struct Sender<T> {
    core: Arc<Core<T>>,
    /// Behind the pointer, for those who tell a handle from bytes of one (leak/search.rs).
    mark: Mark,
}

impl<T> Sender<T> {
    /// The first one at this end.
    pub(super) fn new(core: Arc<Core<T>>) -> Sender<T> {
        let mark = core.ends.first(Side::Sender);
        Sender { core, mark }
    }

    pub(crate) fn core(&self) -> &Core<T> {
        &self.core
    }

    pub(crate) fn has_receivers(&self) -> bool {
        self.core.ends.has_receivers()
    }

    /// Sends `value`, and waits for room, or in a rendezvous for a receiver. About 15 ns if it need not wait.
    ///
    /// On an unbounded channel it never waits, never switches, and does not honour cancellation.
    ///
    /// # Errors
    /// All receivers are gone, or the coroutine was cancelled
    /// ([`coroutine::cancelled`](crate::face::coroutine::cancelled) tells which); the value comes back.
    ///
    /// # Panics
    /// Inside `no_park`, if it has to wait.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let (sender, receiver) = gopark::chan::bounded(0);
    /// gopark::run(|| {
    ///     let receives = gopark::go(move || receiver.recv());
    ///     sender.send("hello").unwrap(); // waits for the other one
    ///     assert_eq!(receives.join().unwrap(), Ok("hello"));
    ///     assert_eq!(sender.send("again").unwrap_err().into_inner(), "again");
    /// });
    /// ```
    #[inline(always)]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        self.send_until(value, NEVER).map_err(|error| SendError(error.into_inner()))
    }

    /// Sends `value` if that need not wait. Never switches, and does not care for cancellation.
    ///
    /// # Errors
    /// There is no room, or in a rendezvous no receiver that waits; or all receivers are gone. The value comes back.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::chan::{TrySendError, bounded};
    ///
    /// let (sender, receiver) = bounded(1);
    /// assert_eq!(sender.try_send(1), Ok(()));
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// drop(receiver);
    /// assert_eq!(sender.try_send(3), Err(TrySendError::Disconnected(3)));
    /// ```
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let mut value = Some(value);
        let refused = match self.core().send(&mut value) {
            Attempt::Done => {
                return Ok(());
            }
            Attempt::Refused => TrySendError::Disconnected,
            Attempt::NotYet(()) => TrySendError::Full,
        };
        Err(refused(value.expect("it was not sent")))
    }

    /// As [`send`](Sender::send), for `timeout` at most.
    ///
    /// # Errors
    /// As [`send`](Sender::send), which is `Disconnected` here; or the time is over. It is sent if it need not wait,
    /// whatever the timeout. An ambient deadline that comes first is `Disconnected` too.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::chan::{SendTimeoutError, bounded};
    /// use std::time::Duration;
    ///
    /// gopark::run(|| {
    ///     let (sender, _receiver) = bounded(1);
    ///     assert_eq!(sender.send_timeout('a', Duration::ZERO), Ok(()));
    ///     let late = sender.send_timeout('b', Duration::from_millis(1));
    ///     assert_eq!(late, Err(SendTimeoutError::Timeout('b')));
    /// });
    /// ```
    pub fn send_timeout(&self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_until(value, clock::after(timeout))
    }

    /// As [`send`](Sender::send), until `deadline` at most.
    ///
    /// # Errors
    /// As [`send_timeout`](Sender::send_timeout).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use std::time::{Duration, Instant};
    ///
    /// gopark::run(|| {
    ///     let (sender, _receiver) = gopark::chan::bounded(0);
    ///     let late = sender.send_deadline("hello", Instant::now() + Duration::from_millis(1));
    ///     assert!(late.unwrap_err().is_timeout());
    /// });
    /// ```
    pub fn send_deadline(&self, value: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        self.send_until(value, clock::at(deadline))
    }

    #[inline(always)]
    fn send_until(&self, value: T, deadline: Nanos) -> Result<(), SendTimeoutError<T>> {
        let core = self.core();
        if core.capacity().is_none() {
            return self.send_unbounded(value);
        }
        let Ok(caller) = Caller::enter() else { return Err(SendTimeoutError::Disconnected(value)) };
        match core.send_at_once(value) {
            Ok(()) => {
                caller.leave();
                Ok(())
            }
            Err((held, value)) => self.send_slowly(held, value, caller, deadline),
        }
    }

    /// Never waits, and is no place to switch.
    #[inline(never)]
    fn send_unbounded(&self, value: T) -> Result<(), SendTimeoutError<T>> {
        let core = self.core();
        let Err((held, value)) = core.send_at_once(value) else { return Ok(()) };
        let mut value = Some(value);
        match core.send_or_hold(held, &mut value) {
            Attempt::Done => Ok(()),
            _ => Err(SendTimeoutError::Disconnected(value.expect("it was not sent"))),
        }
    }

    // No frame of its own: what waits here is the caller's function (coroutine/switch.rs).
    #[inline(always)]
    fn send_slowly(
        &self,
        held: Held<'_, T>,
        value: T,
        caller: Caller,
        deadline: Nanos,
    ) -> Result<(), SendTimeoutError<T>> {
        let core = self.core();
        let mut value = Some(value);
        let held = match core.send_or_hold(held, &mut value) {
            Attempt::Done => {
                caller.leave();
                return Ok(());
            }
            Attempt::Refused => {
                return Err(SendTimeoutError::Disconnected(value.expect("it was not sent")));
            }
            Attempt::NotYet(_) if clock::is_past(deadline) => {
                return Err(SendTimeoutError::Timeout(value.expect("it was not sent")));
            }
            Attempt::NotYet(held) if caller.may_wait() => held,
            Attempt::NotYet(held) => {
                drop(held); // before a panic hook runs
                caller.refuse_to_wait()
            }
        };
        let sending = Sending::new(core, value.expect("it was not sent"));
        let ended = sending.wait(held, caller.waiter(), deadline);
        match (sending.into_rest(), ended) {
            (None, _) => Ok(()),
            (Some(value), Ended::TimedOut) => Err(SendTimeoutError::Timeout(value)),
            (Some(value), _) => Err(SendTimeoutError::Disconnected(value)),
        }
    }

    /// How many values the channel holds.
    pub fn len(&self) -> usize {
        self.core().len()
    }

    /// Whether the channel holds none. A rendezvous always is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room. In a rendezvous there never is.
    pub fn is_full(&self) -> bool {
        self.core().is_full()
    }

    /// How many values it can hold; `None`: any number.
    pub fn capacity(&self) -> Option<usize> {
        self.core().capacity()
    }

    /// Whether `other` sends to the same channel.
    pub fn same_channel(&self, other: &Sender<T>) -> bool {
        Arc::ptr_eq(&self.core, &other.core)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        let mark = self.core.ends.add(Side::Sender);
        Sender { core: self.core.clone(), mark }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if self.core.ends.remove(Side::Sender, self.mark) {
            self.core.close_senders();
        }
    }
}

impl<T> UnwindSafe for Sender<T> {}
impl<T> RefUnwindSafe for Sender<T> {}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Sender { .. }")
    }
}
