//! A list of operations, of which one is chosen.
#![allow(unsafe_code)]

use std::fmt;
use std::ptr;
use std::time::{Duration, Instant};

use crate::chan::{
    Core, OpenSending, ReadyTimeoutError, Receiver, Receiving, RecvError, SelectTimeoutError, SendError,
    Sender, TryReadyError, TrySelectError, Watching,
};
use crate::sys::clock::{self, NEVER};
use crate::wait::event::{self, Event, Patience};

/// Waits for the first of a list of channel operations: [`select!`](crate::select!) for a number of arms that the program
/// computes. With crossbeam-channel's methods.
///
/// Each call allocates a node for each operation.
///
/// # Cancellation
/// In a cancelled coroutine `select` chooses one, which then fails, and `ready` returns the number of one; the calls
/// that may come back with nothing fail.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::chan::{Select, bounded};
///
/// gopark::run(|| {
///     let channels: Vec<_> = (0..4).map(|_| bounded(1)).collect();
///     channels[2].0.send("hello").unwrap();
///     let mut select = Select::new();
///     channels.iter().for_each(|(_, receiver)| drop(select.recv(receiver)));
///     let chosen = select.select();
///     assert_eq!(chosen.index(), 2);
///     assert_eq!(chosen.recv(&channels[2].1), Ok("hello"));
/// });
/// ```
#[derive(Clone, Default)]
pub struct Select<'a> {
    /// By their numbers, and whether they send; `None`: removed.
    operations: Vec<Option<(&'a dyn Channel, bool)>>,
    biased: bool,
}

/// An operation that has been chosen and is to be completed, with the channel that it was added with.
///
/// # Panics
/// If it is dropped without being completed.
///
/// ```
/// use gopark_runtime::face::chan::{Select, bounded};
///
/// let (sender, receiver) = bounded(1);
/// let mut select = Select::new();
/// let (sends, receives) = (select.send(&sender), select.recv(&receiver));
/// let chosen = select.select();
/// assert_eq!(chosen.index(), sends); // there is nothing to receive
/// assert_eq!(chosen.send(&sender, 7), Ok(()));
/// let chosen = select.select();
/// assert_eq!((chosen.index(), chosen.recv(&receiver)), (receives, Ok(7)));
/// ```
#[must_use = "a chosen operation must be completed"]
pub struct SelectedOperation<'a> {
    index: usize,
    /// Until it is completed.
    operation: Option<Box<dyn Operation + 'a>>,
}

/// A channel, of whatever type its values are.
trait Channel: Sync {
    fn operation(&self, sends: bool) -> Box<dyn Operation + '_>;

    /// That the operation could happen.
    fn readiness(&self, sends: bool) -> Box<dyn Event + '_>;
}

/// A send or a receive on some channel.
trait Operation {
    fn event(&self) -> &dyn Event;

    /// Which channel it is on, and whether it sends.
    fn identity(&self) -> (*const (), bool);
}

struct Receives<'a, T>(&'a Core<T>, Receiving<'a, T>);
struct Sends<'a, T>(&'a Core<T>, OpenSending<'a, T>);

impl<T: Send> Channel for Core<T> {
    fn operation(&self, sends: bool) -> Box<dyn Operation + '_> {
        if sends {
            Box::new(Sends(self, OpenSending::new(self)))
        } else {
            Box::new(Receives(self, Receiving::new(self)))
        }
    }

    fn readiness(&self, sends: bool) -> Box<dyn Event + '_> {
        Box::new(Watching::new(self, sends))
    }
}

impl<T> Operation for Receives<'_, T> {
    fn event(&self) -> &dyn Event {
        &self.1
    }

    fn identity(&self) -> (*const (), bool) {
        (ptr::from_ref(self.0).cast(), false)
    }
}

impl<T> Operation for Sends<'_, T> {
    fn event(&self) -> &dyn Event {
        &self.1
    }

    fn identity(&self) -> (*const (), bool) {
        (ptr::from_ref(self.0).cast(), true)
    }
}

impl<T> Drop for Sends<'_, T> {
    fn drop(&mut self) {
        // If it has its turn, and no value came, it gives it back.
        drop(self.1.turn());
    }
}

impl<'a> Select<'a> {
    /// An empty list.
    pub fn new() -> Select<'a> {
        Select::default()
    }

    /// An empty list, of which the first of several that can happen is chosen, and not any of them at random.
    ///
    /// ```
    /// use gopark_runtime::face::chan::{Select, bounded};
    ///
    /// let (sender, receiver) = bounded::<u8>(1);
    /// let mut select = Select::new_biased();
    /// let first = select.send(&sender);
    /// select.send(&sender);
    /// select.recv(&receiver);
    /// assert_eq!(select.ready(), first);
    /// ```
    pub fn new_biased() -> Select<'a> {
        Select { biased: true, ..Select::default() }
    }

    /// Adds a send; returns its number. The first one has number 0.
    pub fn send<T: Send>(&mut self, sender: &'a Sender<T>) -> usize {
        self.add(sender.core(), true)
    }

    /// Adds a receive; returns its number.
    pub fn recv<T: Send>(&mut self, receiver: &'a Receiver<T>) -> usize {
        self.add(receiver.core(), false)
    }

    fn add(&mut self, channel: &'a dyn Channel, sends: bool) -> usize {
        self.operations.push(Some((channel, sends)));
        self.operations.len() - 1
    }

    /// Removes an operation; its number is not used again.
    ///
    /// # Panics
    /// If there is none of that number (any more).
    ///
    /// ```
    /// use gopark_runtime::face::chan::{Select, bounded};
    ///
    /// let (sender, _receiver) = bounded::<u8>(1);
    /// let mut select = Select::new();
    /// let sends = select.send(&sender);
    /// select.remove(sends);
    /// assert!(select.try_ready().is_err());
    /// ```
    pub fn remove(&mut self, index: usize) {
        let place = self.operations.get_mut(index).expect("index out of bounds");
        assert!(place.take().is_some(), "no operation with this index");
    }

    /// Chooses one that can happen now.
    ///
    /// # Errors
    /// None can, or the coroutine is cancelled.
    ///
    /// ```
    /// use gopark_runtime::face::chan::{Select, unbounded};
    ///
    /// let (sender, receiver) = unbounded();
    /// let mut select = Select::new();
    /// select.recv(&receiver);
    /// assert!(select.try_select().is_err());
    /// sender.send(7).unwrap();
    /// assert_eq!(select.try_select().unwrap().recv(&receiver), Ok(7));
    /// ```
    pub fn try_select(&mut self) -> Result<SelectedOperation<'a>, TrySelectError> {
        self.choose(Patience::None).ok_or(TrySelectError)
    }

    /// Waits for the first that can happen.
    ///
    /// # Panics
    /// If there is no operation: it would wait for ever. Inside `no_park`, if it has to wait.
    pub fn select(&mut self) -> SelectedOperation<'a> {
        self.choose(Patience::Endless).expect("endless patience")
    }

    /// As [`select`](Select::select), for `timeout` at most.
    ///
    /// # Errors
    /// None could happen in time, or the coroutine is cancelled.
    ///
    /// ```
    /// use gopark_runtime::face::chan::{Select, bounded};
    ///
    /// let (_sender, receiver) = bounded::<u8>(1);
    /// let mut select = Select::new();
    /// select.recv(&receiver);
    /// assert!(select.select_timeout(std::time::Duration::from_millis(1)).is_err());
    /// ```
    pub fn select_timeout(&mut self, timeout: Duration) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        self.choose(Patience::Until(clock::after(timeout))).ok_or(SelectTimeoutError)
    }

    /// As [`select`](Select::select), until `deadline` at most.
    ///
    /// # Errors
    /// As [`select_timeout`](Select::select_timeout).
    pub fn select_deadline(
        &mut self,
        deadline: Instant,
    ) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        self.choose(Patience::Until(clock::at(deadline))).ok_or(SelectTimeoutError)
    }

    /// The number of one that can happen now. By the time that it is tried somebody else may have been quicker.
    ///
    /// # Errors
    /// None can, or the coroutine is cancelled.
    pub fn try_ready(&mut self) -> Result<usize, TryReadyError> {
        self.await_ready(Patience::None).ok_or(TryReadyError)
    }

    /// Waits until one can happen, as far as is known when it returns. In a cancelled coroutine it does not wait: a loop
    /// over it and calls that do not wait either has to ask [`cancelled`](crate::face::coroutine::cancelled).
    ///
    /// # Panics
    /// As [`select`](Select::select).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let (sender, receiver) = gopark::chan::bounded(1);
    /// gopark::run(|| {
    ///     gopark::go(move || sender.send(7).unwrap());
    ///     let mut select = gopark::chan::Select::new();
    ///     let receives = select.recv(&receiver);
    ///     assert_eq!(select.ready(), receives); // waits for it
    ///     assert_eq!(receiver.try_recv(), Ok(7));
    /// });
    /// ```
    pub fn ready(&mut self) -> usize {
        self.await_ready(Patience::Endless).expect("endless patience")
    }

    /// As [`ready`](Select::ready), for `timeout` at most.
    ///
    /// # Errors
    /// None could happen in time, or the coroutine is cancelled.
    ///
    /// ```
    /// use gopark_runtime::face::chan::{Select, bounded};
    ///
    /// let (_sender, receiver) = bounded::<u8>(1);
    /// let mut select = Select::new();
    /// select.recv(&receiver);
    /// assert!(select.ready_timeout(std::time::Duration::from_millis(1)).is_err());
    /// ```
    pub fn ready_timeout(&mut self, timeout: Duration) -> Result<usize, ReadyTimeoutError> {
        self.await_ready(Patience::Until(clock::after(timeout))).ok_or(ReadyTimeoutError)
    }

    /// As [`ready`](Select::ready), until `deadline` at most.
    ///
    /// # Errors
    /// As [`ready_timeout`](Select::ready_timeout).
    pub fn ready_deadline(&mut self, deadline: Instant) -> Result<usize, ReadyTimeoutError> {
        self.await_ready(Patience::Until(clock::at(deadline))).ok_or(ReadyTimeoutError)
    }

    fn check(&self, patience: Patience) {
        assert!(
            !matches!(patience, Patience::Endless | Patience::Until(NEVER))
                || self.operations.iter().any(Option::is_some),
            "no operations have been added to `Select`: it would wait for ever"
        );
    }

    /// Those that have not been removed, with their numbers.
    fn added(&self) -> impl Iterator<Item = (usize, &'a dyn Channel, bool)> {
        let with_number = |(index, place): (usize, &Option<(&'a dyn Channel, bool)>)| {
            place.map(|(channel, sends)| (index, channel, sends))
        };
        self.operations.iter().enumerate().filter_map(with_number)
    }

    fn choose(&mut self, patience: Patience) -> Option<SelectedOperation<'a>> {
        self.check(patience);
        let (mut indices, mut operations) = (Vec::new(), Vec::new());
        for (index, channel, sends) in self.added() {
            indices.push(index);
            operations.push(channel.operation(sends));
        }
        let events: Vec<&dyn Event> = operations.iter().map(|operation| operation.event()).collect();
        let chosen = event::select(&events, patience, self.biased)?;
        Some(SelectedOperation { index: indices[chosen], operation: Some(operations.swap_remove(chosen)) })
    }

    fn await_ready(&self, patience: Patience) -> Option<usize> {
        self.check(patience);
        let watches: Vec<_> = self.added().map(|(_, channel, sends)| channel.readiness(sends)).collect();
        let events: Vec<&dyn Event> = watches.iter().map(|watch| &**watch).collect();
        let ready = event::select(&events, patience, self.biased)?;
        self.added().nth(ready).map(|(index, ..)| index)
    }
}

impl SelectedOperation<'_> {
    /// Which one it is.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Completes a send.
    ///
    /// # Errors
    /// As [`Sender::send`].
    ///
    /// # Panics
    /// If this is not the sender that the operation was added with.
    pub fn send<T>(mut self, sender: &Sender<T>, value: T) -> Result<(), SendError<T>> {
        let operation = self.take((ptr::from_ref(sender.core()).cast(), true), "a sender");
        // SAFETY: `identity` is that of a `Sends` on this very channel, so its type is `Sends<T>`.
        let operation: Box<Sends<'_, T>> = unsafe { Box::from_raw(Box::into_raw(operation).cast()) };
        let turn = operation.1.turn().expect("it was chosen");
        turn.complete(value).map_err(SendError)
    }

    /// Completes a receive.
    ///
    /// # Errors
    /// As [`Receiver::recv`].
    ///
    /// # Panics
    /// If this is not the receiver that the operation was added with.
    pub fn recv<T>(mut self, receiver: &Receiver<T>) -> Result<T, RecvError> {
        let operation = self.take((ptr::from_ref(receiver.core()).cast(), false), "a receiver");
        // SAFETY: `identity` is that of a `Receives` on this very channel, so its type is `Receives<T>`.
        let operation: Box<Receives<'_, T>> = unsafe { Box::from_raw(Box::into_raw(operation).cast()) };
        operation.1.take().ok_or(RecvError)
    }
}

impl<'a> SelectedOperation<'a> {
    fn take(&mut self, identity: (*const (), bool), what: &str) -> Box<dyn Operation + 'a> {
        let operation = self.operation.take().expect("not completed yet");
        assert!(operation.identity() == identity, "passed {what} that wasn't selected");
        operation
    }
}

impl Drop for SelectedOperation<'_> {
    fn drop(&mut self) {
        if self.operation.take().is_some() && !std::thread::panicking() {
            panic!("dropped `SelectedOperation` without completing the operation");
        }
    }
}

impl fmt::Debug for Select<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Select { .. }")
    }
}

impl fmt::Debug for SelectedOperation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("SelectedOperation { .. }")
    }
}
