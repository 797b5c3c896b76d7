//! Numbers without an order that anybody could rely on.

/// One below `bound`, which is not 0.
///
/// Never inlined: the generator is the thread's, and its address must not be kept across a switch.
#[inline(never)]
pub(crate) fn below(bound: u64) -> u64 {
    fastrand::u64(..bound)
}
