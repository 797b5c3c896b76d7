//! Making channels.

use std::sync::Arc;

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
/// Up to 1024 places are made at once, others as they are needed, so a capacity of `usize::MAX` is possible. A busy channel of 64
/// to 1024 small places makes them twice.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let (sender, receiver) = gopark::chan::bounded(2);
/// gopark::run(|| {
///     gopark::go(move || (1..=3).for_each(|i| sender.send(i).unwrap()));
///     assert_eq!(receiver.iter().sum::<i32>(), 6);
/// });
/// ```
#[track_caller]
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
#[track_caller]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    channel(None)
}

#[track_caller]
fn channel<T>(capacity: Option<usize>) -> (Sender<T>, Receiver<T>) {
    let core = Arc::new(Core::new(capacity));
    (Sender::new(core.clone()), Receiver::new(core))
}
