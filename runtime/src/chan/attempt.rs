//! What comes of trying.

/// What came of an attempt to send or to receive.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt<H = ()> {
    Done,
    /// It never will: the other side is gone.
    Refused,
    /// With what is held until it is announced.
    NotYet(H),
}

impl<H> Attempt<H> {
    /// Without what is held.
    #[inline]
    pub(super) fn release(self) -> Attempt {
        match self {
            Attempt::Done => Attempt::Done,
            Attempt::Refused => Attempt::Refused,
            Attempt::NotYet(_) => Attempt::NotYet(()),
        }
    }
}
