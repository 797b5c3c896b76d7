//! Values of a channel as iterators.

use std::borrow::Borrow;
use std::fmt;
use std::iter::FusedIterator;

use super::receiver::Receiver;

/// Waits for each value; ends when receiving fails.
///
/// Made by [`Receiver::iter`], or by a loop over a reference to the receiver.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let (sender, receiver) = gopark::chan::bounded(1);
/// gopark::run(|| {
///     gopark::go(move || (1..=3).for_each(|i| sender.send(i).unwrap()));
///     let mut values = Vec::new();
///     for value in &receiver {
///         values.push(value); // until the sender is gone
///     }
///     assert_eq!(values, [1, 2, 3]);
/// });
/// ```
pub struct Iter<'a, T>(Received<&'a Receiver<T>>);

/// Ends when there is no value at hand.
///
/// Made by [`Receiver::try_iter`].
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let (sender, receiver) = gopark::chan::unbounded();
/// let mut values = receiver.try_iter();
/// assert_eq!(values.next(), None);
/// sender.send(1).unwrap();
/// assert_eq!(values.next(), Some(1)); // it goes on when there are values again
/// ```
pub struct TryIter<'a, T>(&'a Receiver<T>);

/// As [`Iter`], with the receiver in it.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let (sender, receiver) = gopark::chan::bounded(1);
/// gopark::run(|| {
///     let collector = gopark::go(move || receiver.into_iter().collect::<Vec<_>>());
///     (1..=3).for_each(|i| sender.send(i).unwrap());
///     drop(sender);
///     assert_eq!(collector.join().unwrap(), [1, 2, 3]);
/// });
/// ```
pub struct IntoIter<T>(Received<Receiver<T>>);

/// Receives until that fails, and never again: not either if it was a cancellation that is over.
struct Received<R> {
    from: R,
    ended: bool,
}

impl<R> From<R> for Received<R> {
    fn from(from: R) -> Received<R> {
        Received { from, ended: false }
    }
}

impl<R> Received<R> {
    fn next<T>(&mut self) -> Option<T>
    where
        R: Borrow<Receiver<T>>,
    {
        let value = if self.ended { None } else { self.from.borrow().recv().ok() };
        self.ended = value.is_none();
        value
    }
}

impl<T> Receiver<T> {
    /// The values as they come, until receiving fails; waits for each. So it ends when all senders are gone, and when
    /// the coroutine is cancelled.
    ///
    /// # Panics
    /// As [`recv`](Receiver::recv).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let (sender, receiver) = gopark::chan::bounded(1);
    /// gopark::run(|| {
    ///     gopark::go(move || (1..=3).for_each(|i| sender.send(i).unwrap()));
    ///     assert_eq!(receiver.iter().take(2).sum::<i32>(), 3);
    ///     assert_eq!(receiver.iter().sum::<i32>(), 3);
    /// });
    /// ```
    pub fn iter(&self) -> Iter<'_, T> {
        Iter(Received::from(self))
    }

    /// The values that are there, each as [`try_recv`](Receiver::try_recv) takes it.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let (sender, receiver) = gopark::chan::unbounded();
    /// (1..=3).for_each(|i| sender.send(i).unwrap());
    /// assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [1, 2, 3]); // though the sender is there
    /// ```
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter(self)
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter(Received::from(self))
    }
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.next()
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.try_recv().ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.next()
    }
}

impl<T> FusedIterator for Iter<'_, T> {}
impl<T> FusedIterator for IntoIter<T> {}

impl<T> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Iter { .. }")
    }
}

impl<T> fmt::Debug for TryIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("TryIter { .. }")
    }
}

impl<T> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("IntoIter { .. }")
    }
}
