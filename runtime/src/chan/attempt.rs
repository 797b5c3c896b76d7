//! What came of an attempt to send or to receive.

use super::rt::Partner;

/// What came of an attempt.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// It has happened.
    Done,
    /// It never will: the other side is gone.
    Refused,
    NotYet,
}

/// What an open sender has.
pub(super) enum Turn<T> {
    /// A place in the buffer is reserved.
    Place,
    /// A receiver waits for the value.
    Receiver(Partner<T>),
    /// The other side is gone.
    Refused,
}
