//! A stream of bytes of which every piece can be checked, so that one that is lost, doubled or moved is found.

use crate::random::Random;

/// A prime: no buffer of anybody's divides it.
const PERIOD: usize = 65_521;

/// The longest piece.
pub(crate) const LONGEST: usize = 128 << 10;

/// Bytes that follow from a seed.
pub(crate) struct Pattern {
    bytes: Vec<u8>,
}

impl Pattern {
    pub(crate) fn new(seed: u64) -> Pattern {
        let mut random = Random::new(seed);
        let mut bytes: Vec<u8> = (0..PERIOD).map(|_| random.below(256) as u8).collect();
        bytes.extend_from_within(..);
        bytes.extend_from_within(..LONGEST - PERIOD);
        Pattern { bytes }
    }

    /// `len` bytes of the stream from `offset` on.
    pub(crate) fn piece(&self, offset: usize, len: usize) -> &[u8] {
        let begin = offset % PERIOD;
        &self.bytes[begin..begin + len]
    }

    #[track_caller]
    pub(crate) fn check(&self, offset: usize, received: &[u8]) {
        assert!(self.piece(offset, received.len()) == received, "other bytes, from offset {offset}");
    }
}
