//! Size classes.

use std::io;

/// Number of classes, and of regions in the reservation.
pub(super) const CLASSES: usize = 8;

/// The smallest slot: 64 KiB. Each further class is four times as large.
const SMALLEST_BITS: u32 = 16;

/// A class of slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SizeClass(u8);

impl SizeClass {
    /// The smallest class whose slots have at least `bytes` bytes, guard included.
    pub(crate) fn for_size(bytes: usize) -> io::Result<SizeClass> {
        if bytes == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a stack size of 0 bytes"));
        }
        SizeClass::all().find(|class| class.size() >= bytes).ok_or_else(|| {
            let largest = SizeClass(CLASSES as u8 - 1).size();
            let message = format!("a stack size of {bytes} bytes; the largest possible is {largest}");
            io::Error::new(io::ErrorKind::InvalidInput, message)
        })
    }

    pub(super) fn all() -> impl Iterator<Item = SizeClass> {
        (0..CLASSES as u8).map(SizeClass)
    }

    #[inline]
    pub(super) fn from_region(region: usize) -> SizeClass {
        debug_assert!(region < CLASSES);
        SizeClass(region as u8)
    }

    #[inline]
    pub(crate) fn index(self) -> usize {
        self.0.into()
    }

    #[inline]
    pub(super) fn bits(self) -> u32 {
        SMALLEST_BITS + 2 * u32::from(self.0)
    }

    /// Bytes of a slot.
    #[inline]
    pub(crate) fn size(self) -> usize {
        1 << self.bits()
    }

    /// Bytes at the bottom of a slot that nobody can touch. C code that is compiled without stack probes can
    /// jump over a page; a larger guard costs the same. (gcc 12 emits `sub $65544,%rsp` without a probe.)
    pub(crate) fn guard(self) -> usize {
        if self.0 == 0 { 16 * 1024 } else { 64 * 1024 }
    }

    /// How many free slots a machine may keep for itself.
    pub(super) fn cached(self) -> usize {
        match self.0 {
            0..=1 => 64,
            2 => 16,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SizeClass;

    #[test]
    fn sizes_are_rounded_up_and_absurd_ones_refused() {
        let size = |bytes| SizeClass::for_size(bytes).map(SizeClass::size).ok();
        assert_eq!(size(1), Some(64 << 10));
        assert_eq!(size(64 << 10), Some(64 << 10));
        assert_eq!(size((64 << 10) + 1), Some(256 << 10));
        assert_eq!(size(1 << 30), Some(1 << 30));
        assert_eq!(size(0), None);
        assert_eq!(size((1 << 30) + 1), None);
        assert_eq!(size(usize::MAX), None);
    }
}
