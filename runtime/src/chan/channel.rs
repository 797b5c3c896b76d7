//! Making channels, and what both ends share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::alarm::Alarm;
use super::core::Core;
use super::receiver::Receiver;
use super::sender::Sender;

/// A channel for at most `capacity` values at a time. With a capacity of 0 it is a rendezvous: a sender waits for a
/// receiver and hands its value over.
///
/// Both ends may be cloned and sent to other coroutines and threads. A value goes straight to a receiver that waits; one
/// that is waited for longest is served first. When all receivers are gone, sending fails, and what the channel holds
/// is dropped; when all senders are gone, receiving fails once the channel is empty.
///
/// Up to 1024 places are made at once, others as they are needed, so a capacity of `usize::MAX` is possible.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let (sender, receiver) = gopark::chan::bounded(2);
/// gopark::run(|| {
///     gopark::go(move || (1..=3).for_each(|i| sender.send(i).unwrap()));
///     assert_eq!(receiver.iter().sum::<i32>(), 6);
/// });
/// ```
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    channel(Some(capacity))
}

/// A channel for any number of values; sending never waits.
///
/// ```
/// let (sender, receiver) = gopark_runtime::face::chan::unbounded();
/// (0..1000).for_each(|i| sender.send(i).unwrap());
/// assert_eq!(receiver.len(), 1000);
/// ```
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    channel(None)
}

fn channel<T>(capacity: Option<usize>) -> (Sender<T>, Receiver<T>) {
    let shared = Shared::new(Core::new(capacity));
    (Sender::new(shared.clone()), Receiver::new(shared))
}

/// A channel that the clock ends, if no one else does.
pub(super) fn with_alarm<T>(alarm: Alarm<T>) -> (Sender<T>, Receiver<T>) {
    let shared = Shared::new(Core::of_alarm(alarm));
    (Sender::new(shared.clone()), Receiver::new(shared))
}

/// A channel without senders that is not disconnected: the clock sends.
pub(super) fn of_alarm<T>(alarm: Alarm<T>) -> Receiver<T> {
    Receiver::new(Shared::new(Core::of_alarm(alarm)))
}

/// A channel and how many handles there are.
pub(super) struct Shared<T> {
    pub(super) core: Core<T>,
    senders: AtomicUsize,
    receivers: AtomicUsize,
}

impl<T> Shared<T> {
    fn new(core: Core<T>) -> Arc<Shared<T>> {
        Arc::new(Shared { core, senders: AtomicUsize::new(1), receivers: AtomicUsize::new(1) })
    }

    pub(super) fn add_sender(&self) {
        count_up(&self.senders);
    }

    pub(super) fn add_receiver(&self) {
        count_up(&self.receivers);
    }

    pub(super) fn remove_sender(&self) {
        // AcqRel: the last one comes after everything that the others did.
        if self.senders.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.core.close_senders();
        }
    }

    pub(super) fn remove_receiver(&self) {
        if self.receivers.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.core.close_receivers();
        }
    }
}

fn count_up(handles: &AtomicUsize) {
    // As `Arc` does it: so many can only come from leaking them in a loop.
    if handles.fetch_add(1, Ordering::Relaxed) > isize::MAX as usize {
        std::process::abort();
    }
}
