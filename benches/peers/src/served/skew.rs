//! What the server of a skewed load does for each message. A bare echo costs the server less than its client, which has the
//! same two processors: whether one worker or two did it would hardly be seen.

use std::hint::black_box;

/// Some 20 us.
const STEPS: u64 = 12_000;

/// A chain of multiplications, the same for all. With an exclusive or between them the compiler cannot make several one.
pub fn compute(message: &[u8]) {
    let begin = message.first().copied().map_or(0, u64::from);
    black_box((0..STEPS).fold(begin, |number, step| (number ^ step).wrapping_mul(0x0000_0100_0000_01B3)));
}
