//! The two directions of a socket.

use crate::netpoll::Side;

/// Which readiness a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Data, a connection to accept, or the end of the stream.
    Read,
    /// Room in the send buffer, or the end of a connect.
    Write,
}

impl Direction {
    pub(super) fn side(self) -> Side {
        match self {
            Direction::Read => Side::Read,
            Direction::Write => Side::Write,
        }
    }

    /// Its bit in a set.
    pub(super) fn bit(self) -> u8 {
        match self {
            Direction::Read => 1,
            Direction::Write => 2,
        }
    }
}
