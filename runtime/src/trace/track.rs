//! Where events are recorded: a ring for each machine, and one for all other threads.
//!
//! A ring is made when its machine first records something; a program that never records has none. The list of them
//! is the process's, so that a recording has the machines of all runtimes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::event::{Event, MachineName};
use crate::lockfree::flight_ring::FlightRing;
use crate::sys::clock;

/// Places of a machine's ring: 2 MiB. At ten million events a second they last for 6 ms, at what a server makes for
/// a tenth of a second.
const PLACES: usize = 1 << 16;

/// The other threads share one, and only what they do to coroutines is in it.
const PLACES_OF_OTHERS: usize = 1 << 14;

/// Whether events are recorded. Written by the recorder alone.
static ON: AtomicBool = AtomicBool::new(false);

static RINGS: Mutex<Vec<Arc<Ring>>> = Mutex::new(Vec::new());

/// Of the threads that are no machine. Each records with the lock held.
static OTHERS: Mutex<Option<Arc<Ring>>> = Mutex::new(None);

/// Whether events are recorded: a load of a word that hardly ever changes, to be followed by a branch.
#[inline(always)]
pub(crate) fn is_on() -> bool {
    // Relaxed: an event more or less where it changes is as good.
    ON.load(Ordering::Relaxed)
}

pub(super) fn set_on(on: bool) {
    ON.store(on, Ordering::Relaxed);
}

/// Events of one machine, or of all other threads.
#[derive(Debug)]
pub(super) struct Ring {
    pub(super) flight: FlightRing,
    /// `None`: that of the other threads.
    pub(super) machine: Option<MachineName>,
    /// The machine is gone for good: what is in it is to be looked at once more. Written with the list locked.
    left: AtomicBool,
}

impl Ring {
    fn new(places: usize, machine: Option<MachineName>) -> Arc<Ring> {
        let ring = Arc::new(Ring { flight: FlightRing::new(places), machine, left: AtomicBool::new(false) });
        RINGS.lock().push(ring.clone());
        ring
    }

    /// Whether nothing will be added.
    pub(super) fn has_left(&self) -> bool {
        self.left.load(Ordering::Acquire)
    }
}

/// All rings that there are.
pub(super) fn rings() -> Vec<Arc<Ring>> {
    RINGS.lock().clone()
}

/// Drops one that has left.
pub(super) fn forget(gone: &Arc<Ring>) {
    RINGS.lock().retain(|ring| !Arc::ptr_eq(ring, gone));
}

/// Nothing is recorded any more: drops the rings that no machine has.
pub(super) fn forget_unused() {
    *OTHERS.lock() = None;
    RINGS.lock().retain(|ring| ring.machine.is_some() && !ring.has_left());
}

/// A machine's part. Only the thread that is the machine records.
#[derive(Debug)]
pub(crate) struct Track {
    machine: MachineName,
    ring: OnceLock<Arc<Ring>>,
}

impl Track {
    pub(crate) fn new(runtime: u64, number: usize) -> Track {
        Track { machine: MachineName { runtime, number: number as u64 }, ring: OnceLock::new() }
    }

    pub(crate) fn machine(&self) -> MachineName {
        self.machine
    }

    /// Its machine: `event` happens now. Below 50 ns, most of them for the clock.
    #[cold]
    #[inline(never)]
    pub(crate) fn record(&self, event: Event) {
        let ring = self.ring.get_or_init(|| Ring::new(PLACES, Some(self.machine)));
        ring.flight.record(event.to_words(clock::now()));
    }
}

impl Drop for Track {
    fn drop(&mut self) {
        let Some(ring) = self.ring.get() else { return };
        // With the list locked: either `forget_unused` finds that it has left, or this finds that it came before.
        let mut rings = RINGS.lock();
        ring.left.store(true, Ordering::Release);
        if !is_on() {
            rings.retain(|other| !Arc::ptr_eq(other, ring));
        }
    }
}

/// A thread that is no machine: `event` happens now.
#[cold]
pub(crate) fn record_elsewhere(event: Event) {
    let mut others = OTHERS.lock();
    let ring = others.get_or_insert_with(|| Ring::new(PLACES_OF_OTHERS, None));
    // With the lock held: the times in a ring are in order.
    ring.flight.record(event.to_words(clock::now()));
}
