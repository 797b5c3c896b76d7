//! What tells the handles of a channel apart in memory: for those who search it for who holds which (leak).
//!
//! A channel has a random seed. Every handle carries a word, its *mark*: the upper 40 bits follow from the seed and the side,
//! the lower 24 are random. The runtime knows how many handles there are, and the sum of their marks; so a search can tell
//! whether it has found the marks of all that are alive, and which they are, although bytes of others are left where they were
//! moved from. It costs a handle eight bytes, and a clone the random bits.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::sys::random;

/// Which end of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    Sender,
    Receiver,
}

/// That of one handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Mark(u64);

/// The bits that differ between handles of one side.
const OWN: u64 = (1 << 24) - 1;

/// Odd numbers without a pattern, from the digits of the golden ratio and of the square root of two.
const FACTORS: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0x6A09_E667_F3BC_C909];

impl Mark {
    /// Of the first handle at this end of the channel with `seed`.
    pub(super) fn first(seed: u64, side: Side) -> Mark {
        Mark::with(seed, side, seed >> 32)
    }

    fn another(seed: u64, side: Side) -> Mark {
        Mark::with(seed, side, random::any())
    }

    fn with(seed: u64, side: Side, own: u64) -> Mark {
        Mark(tag(seed, side) | own & OWN)
    }

    /// What is known of it to the sum over all.
    #[inline]
    fn share(self) -> u64 {
        self.0 << 32 | 1
    }
}

fn tag(seed: u64, side: Side) -> u64 {
    seed.wrapping_mul(FACTORS[side as usize]) & !OWN
}

/// A word of memory as it is noted by those who search for marks: put another way, for they would find their own notes else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Veiled(u64);

const VEIL: u64 = 0xBB67_AE85_84CA_A73B;

impl Veiled {
    #[inline]
    pub(crate) fn of(word: u64) -> Veiled {
        Veiled(word ^ VEIL)
    }

    /// What all marks of one side begin with, and no others.
    pub(super) fn tag_of(seed: u64, side: Side) -> Veiled {
        Veiled::of(tag(seed, side)).tag()
    }

    /// What it begins with.
    #[inline]
    pub(crate) fn tag(self) -> Veiled {
        Veiled(self.0 & !OWN)
    }

    /// The upper 16 bits of the word itself, a part of the tag.
    pub(crate) fn top(self) -> usize {
        ((self.0 ^ VEIL) >> 48) as usize
    }

    fn share(self) -> u64 {
        Mark(self.0 ^ VEIL).share()
    }
}

/// How many handles there are at one end, in the lower half, and the sum of the lower halves of their marks, in the upper
/// one: one word, since one addition must do.
#[derive(Debug)]
pub(super) struct Handles(AtomicU64);

impl Handles {
    /// The first one.
    pub(super) fn first(seed: u64, side: Side) -> Handles {
        Handles(AtomicU64::new(Mark::first(seed, side).share()))
    }

    pub(super) fn any(&self) -> bool {
        Census(self.0.load(Ordering::Relaxed)).many() > 0
    }

    #[inline]
    pub(super) fn add(&self, seed: u64, side: Side) -> Mark {
        let mark = Mark::another(seed, side);
        // As `Arc` does it: so many can only come from leaking them in a loop.
        if Census(self.0.fetch_add(mark.share(), Ordering::Relaxed)).many() > i32::MAX as usize {
            std::process::abort();
        }
        mark
    }

    /// True: it was the last one.
    #[inline]
    pub(super) fn remove(&self, mark: Mark) -> bool {
        // AcqRel: the last one comes after everything that the others did.
        Census(self.0.fetch_sub(mark.share(), Ordering::AcqRel)).many() == 1
    }
}

/// What [`Handles`] say at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Census(u64);

/// With more candidates than this it is not tried out which of them are alive.
const TRIED: usize = 16;

impl Census {
    pub(super) fn of_word(word: u64) -> Census {
        Census(word)
    }

    pub(crate) fn many(self) -> usize {
        self.0 as u32 as usize
    }

    /// Which of the marks that were found, each once, are those of all handles that are alive; `None`: one is missing, or there
    /// are too many that might be it.
    pub(crate) fn living(self, found: &[Veiled]) -> Option<Vec<Veiled>> {
        let is_all = |marks: &[Veiled]| {
            let sum = marks.iter().fold(0_u64, |sum, mark| sum.wrapping_add(mark.share()));
            sum == self.0
        };
        if found.len() <= self.many() || found.len() > TRIED {
            return is_all(found).then(|| found.to_vec());
        }
        let picked = |picks: u32| {
            let marks = found.iter().enumerate().filter(move |(place, _)| picks >> place & 1 == 1);
            marks.map(|(_, mark)| *mark).collect::<Vec<Veiled>>()
        };
        let mut fitting = (0..1_u32 << found.len())
            .filter(|picks| picks.count_ones() as usize == self.many())
            .map(picked)
            .filter(|marks| is_all(marks));
        let living = fitting.next()?;
        fitting.next().is_none().then_some(living)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: u64 = 0x0123_4567_89AB_CDEF;

    #[test]
    fn the_living_are_found_among_the_dead() {
        let handles = Handles::first(SEED, Side::Sender);
        let mut marks = vec![Mark::first(SEED, Side::Sender)];
        marks.extend((0..5).map(|_| handles.add(SEED, Side::Sender)));
        let all: Vec<Veiled> = marks.iter().map(|mark| Veiled::of(mark.0)).collect();
        let census = || Census(handles.0.load(Ordering::Relaxed));
        assert_eq!(census().living(&all), Some(all.clone()));
        assert_eq!(census().living(&all[1..]), None, "one is missing");
        assert!(!handles.remove(marks[0]) && !handles.remove(marks[3]));
        let living = vec![all[1], all[2], all[4], all[5]];
        assert_eq!(census().living(&all), Some(living));
        assert_eq!(census().living(&[all[0], all[1], all[2], all[4]]), None, "a dead one does not stand in");
        assert!([1, 2, 4].into_iter().all(|place| !handles.remove(marks[place])));
        assert!(handles.any() && handles.remove(marks[5]) && !handles.any());
        assert_eq!(census().living(&all), Some(Vec::new()));
    }

    #[test]
    fn the_sides_have_nothing_in_common() {
        let (sends, receives) = (Mark::first(SEED, Side::Sender), Mark::first(SEED, Side::Receiver));
        assert_ne!(Veiled::of(sends.0).tag(), Veiled::of(receives.0).tag());
        assert_eq!(Veiled::of(receives.0).tag(), Veiled::tag_of(SEED, Side::Receiver));
    }
}
