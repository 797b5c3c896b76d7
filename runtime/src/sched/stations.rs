//! The machines of one runtime by number, for everybody to look at without a lock.
//!
//! It grows when a stuck machine is replaced, and never shrinks: the number of a machine that has retired goes to
//! the next one that is needed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use super::station::Station;

/// At most as many as were asked for at the beginning.
pub(crate) struct Stations {
    places: Box<[OnceLock<Arc<Station>>]>,
    /// How many places are filled, from the front.
    count: AtomicUsize,
}

impl Stations {
    pub(crate) fn new(most: usize) -> Stations {
        Stations { places: (0..most).map(|_| OnceLock::new()).collect(), count: AtomicUsize::new(0) }
    }

    /// Appends the next one; its number is the count before. One caller at a time.
    pub(super) fn add(&self, station: Arc<Station>) {
        let count = self.count.load(Ordering::Relaxed);
        assert!(self.places[count].set(station).is_ok(), "one caller at a time");
        // Release: whoever sees the count sees the station.
        self.count.store(count + 1, Ordering::Release);
    }

    /// Whether there is room for another one.
    pub(super) fn has_room(&self) -> bool {
        self.len() < self.places.len()
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    #[inline]
    pub(crate) fn get(&self, number: usize) -> &Arc<Station> {
        self.places[number].get().expect("a number below the count")
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Station>> {
        (0..self.len()).map(|number| self.get(number))
    }

    /// All of them, from `start` on and round.
    pub(super) fn from(&self, start: usize) -> impl Iterator<Item = &Arc<Station>> {
        let count = self.len();
        (0..count).map(move |i| self.get((start % count + i) % count))
    }
}
