//! A channel as somebody sees it who has only copied its words (dump).
#![allow(unsafe_code)]

use std::panic::Location;

use super::mark::{Census, Side, Veiled};

/// What is behind the address of a channel's `Ends` (ends.rs).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words([u64; WORDS]);

/// One end of a channel at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// What the marks of all handles at this end begin with.
    pub(crate) tag: Veiled,
    /// How many handles there are, and the sum of their marks.
    pub(crate) census: Census,
}

/// How many words those are.
pub(crate) const WORDS: usize = size_of::<super::ends::Ends>() / size_of::<u64>();

impl Words {
    /// # Safety
    /// They were read from where an `Ends` lay at that time.
    pub(crate) unsafe fn new(words: [u64; WORDS]) -> Words {
        Words(words)
    }

    pub(crate) fn end(self, side: Side) -> End {
        End { tag: Veiled::tag_of(self.0[2], side), census: Census::of_word(self.0[side as usize]) }
    }

    /// `None`: any number.
    pub(crate) fn capacity(self) -> Option<usize> {
        Some(self.0[3] as usize).filter(|capacity| *capacity != usize::MAX)
    }

    /// The clock sends.
    pub(crate) fn has_clock(self) -> bool {
        self.0[4] != 0
    }

    pub(crate) fn made_at(self) -> &'static Location<'static> {
        // SAFETY: by the contract of `new` this word is the `&'static Location` of an `Ends`.
        unsafe { &*(self.0[5] as usize as *const Location<'static>) }
    }
}
