//! Free slots, and the promise that a coroutine will find one when it starts.
//!
//! A coroutine gets its stack when it *starts*, on the machine that will be its home: a fresh one owns none, and
//! one that runs to its end without waiting gives its hot stack to the next. But "no stack left" must be an
//! error of the spawn. So a spawn takes a *claim*, and slots are opened when claims are made, not when stacks
//! are taken.
//!
//! # Invariants (for each class, under its lock)
//! 1. `opened >= claims + caches * class.cached()`.
//! 2. A slot is in the depot, in one cache, or in use; a slot in use is backed by a claim.
//!
//! So `take` never fails for the holder of a claim: the slots in use by others number less than the claims, the
//! ones in caches at most `caches * class.cached()`, and the rest, at least one, is here, or is being trimmed
//! and comes back in a moment.
#![allow(unsafe_code)]

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::arena::{Slot, capacity, ensure_reserved};
use super::class::{CLASSES, SizeClass};
use super::guard::{self, GuardKind};
use super::high_water::note_depth;
use crate::sys::memory::{self, ADVISE_BATCH, Pages};

/// Address space that is opened at a time: fewer system calls, and neighbours share a mapping.
const CHUNK: usize = 64 << 20;

/// Free slots whose pages stay, for the next tenants: a cold start costs 2 us, a hot one 13 ns.
const KEEP_HOT: usize = 512;

#[derive(Debug)]
struct Depot {
    opened: u32,
    claims: u64,
    /// Free, its pages maybe still there; the most recently used last.
    hot: VecDeque<u32>,
    /// Free, nothing touched.
    cold: Vec<u32>,
}

static DEPOTS: [Mutex<Depot>; CLASSES] =
    [const { Mutex::new(Depot { opened: 0, claims: 0, hot: VecDeque::new(), cold: Vec::new() }) }; CLASSES];

/// Caches that may hold slots back.
static CACHES: AtomicUsize = AtomicUsize::new(0);

/// Held while slots are out of the depot to be trimmed.
static TRIMMING: Mutex<()> = Mutex::new(());

fn ensure_ready() -> io::Result<()> {
    guard::choose()?;
    ensure_reserved()
}

fn depot(class: SizeClass) -> &'static Mutex<Depot> {
    &DEPOTS[class.index()]
}

/// How many slots of `class` each cache may keep.
pub(super) fn cache_limit(class: SizeClass) -> usize {
    // With a mapping for each stack they are too scarce to lie about.
    if guard::kind() == GuardKind::Mprotect { 0 } else { class.cached() }
}

/// Promises `count` stacks of `class`.
pub(crate) fn claim(class: SizeClass, count: u32) -> io::Result<()> {
    ensure_ready()?;
    let mut depot = depot(class).lock();
    let claims = depot.claims + u64::from(count);
    depot.open_for(class, claims)?;
    depot.claims = claims;
    Ok(())
}

/// Gives promises back, used or not.
pub(crate) fn release_claims(class: SizeClass, count: u32) {
    let mut depot = depot(class).lock();
    depot.claims -= u64::from(count);
}

/// Counts one more cache; from now on it may keep slots.
pub(super) fn add_cache() -> io::Result<()> {
    ensure_ready()?;
    CACHES.fetch_add(1, Ordering::Relaxed);
    for class in SizeClass::all() {
        let mut depot = depot(class).lock();
        if depot.opened == 0 {
            continue; // the first claim will see the new count
        }
        let claims = depot.claims;
        if let Err(error) = depot.open_for(class, claims) {
            CACHES.fetch_sub(1, Ordering::Relaxed);
            return Err(error);
        }
    }
    Ok(())
}

/// The reverse of [`add_cache`], when its slots have come back.
pub(super) fn remove_cache() {
    CACHES.fetch_sub(1, Ordering::Relaxed);
}

/// Takes `count` slots at most, one at least. The caller holds a claim for one more than it has in use.
pub(crate) fn take(class: SizeClass, count: usize, into: &mut Vec<Slot>) {
    take_free(class, count, into);
    if into.is_empty() {
        // The last free ones are in the hands of `trim_free`.
        let _trimmed = TRIMMING.lock();
        take_free(class, count, into);
    }
    assert!(!into.is_empty(), "a claim without a stack: see invariant 1 of stack/depot.rs");
}

fn take_free(class: SizeClass, count: usize, into: &mut Vec<Slot>) {
    let mut depot = depot(class).lock();
    for _ in 0..count {
        let Some(index) = depot.hot.pop_back().or_else(|| depot.cold.pop()) else { break };
        into.push(Slot { class, index });
    }
}

/// Takes slots back.
pub(crate) fn put_back(class: SizeClass, slots: impl IntoIterator<Item = Slot>) {
    depot(class).lock().hot.extend(slots.into_iter().map(|slot| slot.index));
}

/// Whether [`trim_free`] has something to do.
pub(crate) fn has_excess() -> bool {
    SizeClass::all().any(|class| depot(class).lock().hot.len() > KEEP_HOT)
}

/// Returns the memory of one batch of free slots to the kernel, if there are more than are worth keeping.
/// Returns how many.
pub(crate) fn trim_free() -> usize {
    let Some(_trimming) = TRIMMING.try_lock() else { return 0 };
    let mut trimmed = 0;
    for class in SizeClass::all() {
        let batch: Vec<u32> = {
            let mut depot = depot(class).lock();
            let excess = depot.hot.len().saturating_sub(KEEP_HOT).min(ADVISE_BATCH);
            depot.hot.drain(..excess).collect()
        };
        if batch.is_empty() {
            continue;
        }
        let slots = batch.iter().map(|&index| Slot { class, index });
        let mut pages: Vec<Pages> = slots.inspect(|&slot| note_depth(slot)).map(Slot::pages).collect();
        pages.sort_unstable();
        // SAFETY: the slots are free and nobody can take them while they are in `batch`.
        unsafe { memory::discard(&pages) };
        trimmed += batch.len();
        depot(class).lock().cold.extend(batch);
    }
    trimmed
}

/// What the stacks take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Coroutines that have a stack or a promise of one (promises that machines hold in advance included).
    pub(crate) claimed: u64,
    /// Slots that have been made usable.
    pub(crate) opened: u64,
    /// Free slots whose memory has not been returned.
    pub(crate) hot: u64,
    /// Free slots without memory.
    pub(crate) cold: u64,
}

/// Counts over all classes.
pub(crate) fn usage() -> Usage {
    SizeClass::all().fold(Usage::default(), |sum, class| {
        let depot = depot(class).lock();
        Usage {
            claimed: sum.claimed + depot.claims,
            opened: sum.opened + u64::from(depot.opened),
            hot: sum.hot + depot.hot.len() as u64,
            cold: sum.cold + depot.cold.len() as u64,
        }
    })
}

impl Depot {
    /// Opens slots until invariant 1 holds for `claims`.
    fn open_for(&mut self, class: SizeClass, claims: u64) -> io::Result<()> {
        let held_back = CACHES.load(Ordering::Relaxed) * cache_limit(class);
        let wanted = claims + held_back as u64;
        if wanted <= u64::from(self.opened) {
            return Ok(());
        }
        if wanted > u64::from(capacity(class)) {
            let message = format!(
                "no room for another stack of {} KiB: all {} of that size are in use",
                class.size() >> 10,
                capacity(class)
            );
            return Err(io::Error::new(io::ErrorKind::OutOfMemory, message));
        }
        let missing = (wanted - u64::from(self.opened)) as u32;
        let at_once = match guard::kind() {
            GuardKind::Madvise => (CHUNK / class.size()).max(1) as u32,
            GuardKind::Mprotect => 1,
        };
        let count = missing.next_multiple_of(at_once).min(capacity(class) - self.opened);
        guard::open(Slot { class, index: self.opened }, count)?;
        // Backwards, so that the lowest is taken first and neighbours stay together.
        self.cold.extend((self.opened..self.opened + count).rev());
        self.opened += count;
        Ok(())
    }
}
