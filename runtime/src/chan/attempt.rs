//! What came of an attempt to send or to receive.

use super::rt::{Claimed, Partner};

/// What came of an attempt.
#[must_use]
pub(super) enum Attempt {
    /// It has happened; this is who is to be told.
    Done(Claimed),
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
