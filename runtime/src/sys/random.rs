//! Numbers without an order that anybody could rely on.

/// Any.
///
/// Never inlined, as `below`.
#[inline(never)]
pub(crate) fn any() -> u64 {
    fastrand::u64(..)
}

/// One below `bound`, which is not 0.
///
/// Never inlined: the generator is the thread's, and its address must not be kept across a switch.
#[inline(never)]
pub(crate) fn below(bound: u64) -> u64 {
    fastrand::u64(..bound)
}
