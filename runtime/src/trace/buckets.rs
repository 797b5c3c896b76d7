//! How values are sorted into buckets: four to an octave.
//!
//! ```text
//!   value    0  1  2  3 | 4  5  6  7 | 8-9 10-11 12-13 14-15 | 16-19 ..        .. 2^64-1
//!   bucket   0  1  2  3 | 4  5  6  7 |  8    9     10    11  |  12   ..             251
//! ```
//! So a bucket is at most a quarter as wide as the least value in it, from nanoseconds to centuries, and finding it takes
//! five instructions.

/// Buckets to an octave, as a power of two.
const SUB_BITS: u32 = 2;
const SUB: usize = 1 << SUB_BITS;

/// How many there are.
pub(super) const BUCKETS: usize = (64 - SUB_BITS as usize + 1) * SUB;

/// The bucket of `value`.
#[inline]
pub(super) fn bucket_of(value: u64) -> usize {
    if value < SUB as u64 {
        return value as usize;
    }
    let shift = 63 - SUB_BITS - value.leading_zeros();
    (shift as usize + 1) * SUB + ((value >> shift) as usize & (SUB - 1))
}

/// The greatest value of that bucket.
pub(super) fn upper_bound(bucket: usize) -> u64 {
    if bucket < SUB {
        return bucket as u64;
    }
    let shift = (bucket / SUB - 1) as u32;
    let least = (SUB + bucket % SUB) as u64;
    // At the very end: 8 << 61 would be one too many.
    (least << shift) + ((1 << shift) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_join_and_every_value_lies_in_its_own() {
        assert_eq!(upper_bound(BUCKETS - 1), u64::MAX);
        for bucket in 0..BUCKETS {
            let (lower, upper) =
                (if bucket == 0 { 0 } else { upper_bound(bucket - 1) + 1 }, upper_bound(bucket));
            assert_eq!((bucket_of(lower), bucket_of(upper)), (bucket, bucket));
            assert!(upper - lower <= lower / 4, "{lower} to {upper}");
        }
    }

    #[test]
    fn powers_of_two_begin_a_bucket() {
        for power in 0..64 {
            let value = 1_u64 << power;
            assert_eq!(bucket_of(value), bucket_of(value - 1) + 1);
        }
    }
}
