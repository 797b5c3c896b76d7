//! The receiving end.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::attempt::Attempt;
use super::core::{Core, Held};
use super::mark::{Mark, Side};
use super::operation::Receiving;
use super::{RecvError, RecvTimeoutError, TryRecvError};
use crate::park::ambient::shield;
use crate::park::cancellation::Caller;
use crate::park::sections;
use crate::sys::clock::{self, NEVER, Nanos};
use crate::wait::event::Ended;

/// How long `try_recv` gives a sender in a `select!`.
const COMPUTED_WITHIN: Duration = Duration::from_millis(1);

/// The receiving end of a channel. Clones receive from the same channel; each value goes to one of them.
///
/// Dropping the last one drops what the channel holds, and sending fails from then on.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::chan::{Receiver, bounded};
///
/// gopark::run(|| {
///     let (sender, receiver) = bounded(10);
///     (0..10).for_each(|job| sender.send(job).unwrap());
///     assert!(receiver.len() == 10 && receiver.is_full());
///     drop(sender);
///     let works = |jobs: Receiver<u32>| gopark::go(move || jobs.iter().count());
///     let workers = [works(receiver.clone()), works(receiver)];
///     assert_eq!(workers.into_iter().map(|worker| worker.join().unwrap()).sum::<usize>(), 10);
/// });
/// ```
#[repr(C)]
pub struct Receiver<T> {
    core: Arc<Core<T>>,
    /// Behind the pointer, for those who tell a handle from bytes of one (leak/search.rs).
    mark: Mark,
}

impl<T> Receiver<T> {
    /// The first one at this end.
    pub(super) fn new(core: Arc<Core<T>>) -> Receiver<T> {
        let mark = core.ends.first(Side::Receiver);
        Receiver { core, mark }
    }

    pub(crate) fn core(&self) -> &Core<T> {
        &self.core
    }

    /// Takes the oldest value, and waits for one if there is none. About 15 ns if it need not wait.
    ///
    /// # Errors
    /// The channel is empty and all senders are gone, or the coroutine was cancelled
    /// ([`coroutine::cancelled`](crate::face::coroutine::cancelled) tells which).
    ///
    /// # Panics
    /// Inside `no_park`, if it has to wait.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::chan::{RecvError, bounded};
    ///
    /// gopark::run(|| {
    ///     let (sender, receiver) = bounded(1);
    ///     gopark::go(move || sender.send(7).unwrap());
    ///     assert_eq!(receiver.recv(), Ok(7)); // waits for it
    ///     assert_eq!(receiver.recv(), Err(RecvError)); // the sender is gone
    /// });
    /// ```
    #[inline(always)]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.recv_until(NEVER).map_err(|_| RecvError)
    }

    /// Takes the oldest value if there is one, or in a rendezvous that of a sender that waits. Never switches, with one
    /// exception: if that sender waits in a `select!`, where values are computed last, it waits for the value, for a
    /// millisecond at most.
    ///
    /// # Errors
    /// There is none; besides, all senders are gone.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::chan::{TryRecvError, bounded};
    ///
    /// let (sender, receiver) = bounded(1);
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    /// sender.send(7).unwrap();
    /// drop(sender);
    /// assert_eq!(receiver.try_recv(), Ok(7));
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    /// ```
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        let mut value = None;
        match self.core().receive(&mut value) {
            Attempt::Done => Ok(value.expect("one was received")),
            Attempt::Refused => Err(TryRecvError::Disconnected),
            Attempt::NotYet(()) if self.core().has_open_sender() => self.await_open_sender(),
            Attempt::NotYet(()) => Err(TryRecvError::Empty),
        }
    }

    #[cold]
    fn await_open_sender(&self) -> Result<T, TryRecvError> {
        if sections::is_inside() {
            return Err(TryRecvError::Empty);
        }
        shield(|| self.recv_until(clock::after(COMPUTED_WITHIN))).map_err(|error| match error {
            RecvTimeoutError::Timeout => TryRecvError::Empty,
            RecvTimeoutError::Disconnected => TryRecvError::Disconnected,
        })
    }

    /// As [`recv`](Receiver::recv), for `timeout` at most.
    ///
    /// # Errors
    /// As [`recv`](Receiver::recv), which is `Disconnected` here; or the time is over. A value that is there is taken,
    /// whatever the timeout. An ambient deadline that comes first is `Disconnected` too.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::chan::{RecvTimeoutError, bounded};
    /// use std::time::Duration;
    ///
    /// gopark::run(|| {
    ///     let (sender, receiver) = bounded(1);
    ///     let late = receiver.recv_timeout(Duration::from_millis(1));
    ///     assert_eq!(late, Err(RecvTimeoutError::Timeout));
    ///     sender.send(7).unwrap();
    ///     assert_eq!(receiver.recv_timeout(Duration::ZERO), Ok(7));
    /// });
    /// ```
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_until(clock::after(timeout))
    }

    /// As [`recv`](Receiver::recv), until `deadline` at most.
    ///
    /// # Errors
    /// As [`recv_timeout`](Receiver::recv_timeout).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use std::time::{Duration, Instant};
    ///
    /// gopark::run(|| {
    ///     let (_sender, receiver) = gopark::chan::bounded::<u8>(1);
    ///     let late = receiver.recv_deadline(Instant::now() + Duration::from_millis(1));
    ///     assert!(late.unwrap_err().is_timeout());
    /// });
    /// ```
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_until(clock::at(deadline))
    }

    #[inline(always)]
    fn recv_until(&self, deadline: Nanos) -> Result<T, RecvTimeoutError> {
        let Ok(caller) = Caller::enter() else { return Err(RecvTimeoutError::Disconnected) };
        let core = self.core();
        match core.receive_at_once() {
            Ok(value) => {
                caller.leave();
                Ok(value)
            }
            Err(held) => self.receive_slowly(held, caller, deadline),
        }
    }

    // No frame of its own: what waits here is the caller's function (coroutine/switch.rs).
    #[inline(always)]
    fn receive_slowly(
        &self,
        held: Held<'_, T>,
        caller: Caller,
        deadline: Nanos,
    ) -> Result<T, RecvTimeoutError> {
        let core = self.core();
        let mut value = None;
        let held = match core.receive_or_hold(held, &mut value) {
            Attempt::Done => {
                caller.leave();
                return value.ok_or(RecvTimeoutError::Disconnected);
            }
            Attempt::Refused => return Err(RecvTimeoutError::Disconnected),
            Attempt::NotYet(_) if clock::is_past(deadline) => return Err(RecvTimeoutError::Timeout),
            Attempt::NotYet(held) if caller.may_wait() => held,
            Attempt::NotYet(held) => {
                drop(held); // before a panic hook runs
                caller.refuse_to_wait()
            }
        };
        let receiving = Receiving::new(core);
        match receiving.wait(held, caller.waiter(), deadline) {
            Ended::Happened => receiving.take().ok_or(RecvTimeoutError::Disconnected),
            Ended::TimedOut => Err(RecvTimeoutError::Timeout),
            Ended::Stopped => Err(RecvTimeoutError::Disconnected),
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

    /// Whether `other` receives from the same channel.
    pub fn same_channel(&self, other: &Receiver<T>) -> bool {
        Arc::ptr_eq(&self.core, &other.core)
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Receiver<T> {
        let mark = self.core.ends.add(Side::Receiver);
        Receiver { core: self.core.clone(), mark }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        if self.core.ends.remove(Side::Receiver, self.mark) {
            self.core.close_receivers();
        }
    }
}

impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Receiver { .. }")
    }
}
