//! Channels of each kind.

use crate::subject::{Receiver, Sender, bounded, unbounded};

/// Rendezvous, tight, odd, roomy and without a bound.
pub(crate) const EVERY: [Option<usize>; 5] = [Some(0), Some(1), Some(3), Some(1024), None];
/// Those that hold values while nobody waits for them.
pub(crate) const BUFFERED: [Option<usize>; 4] = [Some(1), Some(3), Some(1024), None];

pub(crate) fn channel<T>(capacity: Option<usize>) -> (Sender<T>, Receiver<T>) {
    match capacity {
        Some(places) => bounded(places),
        None => unbounded(),
    }
}
