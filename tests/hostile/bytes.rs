//! What the streams of these tests carry: pieces of one endless pattern, each stream another one.

use std::sync::LazyLock;

use crate::pattern::Pattern;

static PATTERN: LazyLock<Pattern> = LazyLock::new(|| Pattern::new(1));

/// The bytes of one stream. Making them costs nothing.
#[derive(Clone, Copy)]
pub(crate) struct Bytes {
    begin: usize,
}

impl Bytes {
    /// Streams of different numbers carry different bytes.
    pub(crate) fn of(number: usize) -> Bytes {
        Bytes { begin: number * 1009 }
    }

    /// `len` bytes from `offset` on.
    pub(crate) fn piece(self, offset: usize, len: usize) -> &'static [u8] {
        PATTERN.piece(self.begin + offset, len)
    }

    #[track_caller]
    pub(crate) fn check(self, offset: usize, received: &[u8]) {
        PATTERN.check(self.begin + offset, received);
    }
}
