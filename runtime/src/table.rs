//! Type-stable tables: numbered places that are never unmapped.
//!
//! A late waker or a late event may look at a place whose tenant is long gone. In such a table it finds the
//! next tenant or nobody, but always a valid `T`, and decides by an epoch or generation inside it.
//!
//! # Invariants
//! 1. Places below `opened` hold an initialised `T` for ever; no place is moved.
//! 2. A number is handed out by `allocate` and comes back by `free`, once; numbers are below `opened`.
#![allow(unsafe_code)]

use std::io;
use std::mem;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::sys::memory::{self, PAGE};

/// Bits of a place's number.
pub(crate) const INDEX_BITS: u32 = 24;

/// Places of a table: 16.7 million.
pub(crate) const PLACES: u32 = 1 << INDEX_BITS;

/// Places that are made accessible at a time: whole pages, whatever their size.
const CHUNK: u32 = 1024;

/// What can live in a table.
pub(crate) trait Place: Sync + 'static {
    /// A place without a tenant.
    fn vacant() -> Self;
}

#[derive(Debug)]
struct Depot {
    /// Places that hold a `T`.
    opened: u32,
    /// Places that the mapping has room for.
    mapped: u32,
    free: Vec<u32>,
}

/// A table of `T`.
#[derive(Debug)]
pub(crate) struct Table<T> {
    base: AtomicUsize,
    /// How many places there may be.
    places: u32,
    depot: Mutex<Depot>,
    marker: std::marker::PhantomData<fn() -> T>,
}

impl<T: Place> Table<T> {
    pub(crate) const fn new() -> Table<T> {
        Table::with_places(PLACES)
    }

    /// With no more than so many places: it reserves address space for all of them.
    pub(crate) const fn with_places(places: u32) -> Table<T> {
        assert!(places <= PLACES);
        Table {
            base: AtomicUsize::new(0),
            places,
            depot: Mutex::new(Depot { opened: 0, mapped: 0, free: Vec::new() }),
            marker: std::marker::PhantomData,
        }
    }

    /// The place of that number, which must have come from `allocate`.
    #[inline]
    pub(crate) fn get(&'static self, index: u32) -> &'static T {
        let base = self.base.load(Ordering::Relaxed);
        debug_assert!(base != 0 && index < self.places);
        // SAFETY: invariants 1 and 2. Whoever knows a number got it after `allocate` had stored the base and
        // written the place, through a channel that orders memory (a lock or an acquiring load).
        unsafe { &*((base + index as usize * mem::size_of::<T>()) as *const T) }
    }

    /// The number of a place of this table.
    #[inline]
    pub(crate) fn index_of(&'static self, place: &'static T) -> u32 {
        self.distance_to(NonNull::from(place)) as u32
    }

    /// The number of what lies at `place`, if that is one of this table.
    #[inline]
    pub(crate) fn number_of(&'static self, place: NonNull<T>) -> Option<u32> {
        let number = self.distance_to(place);
        let has_any = self.base.load(Ordering::Relaxed) != 0;
        (has_any && number < self.places as usize).then_some(number as u32)
    }

    /// How many places `place` lies behind the first one.
    #[inline]
    fn distance_to(&'static self, place: NonNull<T>) -> usize {
        place.addr().get().wrapping_sub(self.base.load(Ordering::Relaxed)) / mem::size_of::<T>()
    }

    /// Takes `count` numbers and appends them to `into`; all or none.
    pub(crate) fn allocate(&'static self, count: u32, into: &mut Vec<u32>) -> io::Result<()> {
        let mut depot = self.depot.lock();
        let from_free = (count as usize).min(depot.free.len());
        let fresh = count - from_free as u32;
        self.open(&mut depot, fresh)?;
        let keep = depot.free.len() - from_free;
        into.extend(depot.free.drain(keep..));
        into.extend(depot.opened - fresh..depot.opened);
        Ok(())
    }

    /// Gives numbers back.
    pub(crate) fn free(&'static self, indices: impl IntoIterator<Item = u32>) {
        self.depot.lock().free.extend(indices);
    }

    /// How many places have ever been in use at once: numbers to look through.
    pub(crate) fn opened(&'static self) -> u32 {
        self.depot.lock().opened
    }

    /// How many places are in use.
    pub(crate) fn in_use(&'static self) -> usize {
        let depot = self.depot.lock();
        depot.opened as usize - depot.free.len()
    }

    fn open(&'static self, depot: &mut Depot, count: u32) -> io::Result<()> {
        if count > self.places - depot.opened {
            let message = format!("more than {} at once", self.places);
            return Err(io::Error::new(io::ErrorKind::OutOfMemory, message));
        }
        let size = mem::size_of::<T>();
        const { assert!((CHUNK as usize * mem::size_of::<T>()).is_multiple_of(PAGE)) };
        if self.base.load(Ordering::Relaxed) == 0 {
            let base = memory::reserve(size * self.places as usize)?;
            debug_assert!(base.is_multiple_of(mem::align_of::<T>()));
            self.base.store(base, Ordering::Release);
        }
        let base = self.base.load(Ordering::Relaxed);
        while depot.mapped < depot.opened + count {
            let chunk = base + depot.mapped as usize * size;
            // SAFETY: the chunk lies in the reservation made above; it is not open yet.
            unsafe { memory::open(chunk, CHUNK as usize * size)? };
            depot.mapped += CHUNK;
        }
        for index in depot.opened..depot.opened + count {
            let place = (base + index as usize * size) as *mut T;
            // SAFETY: open memory of the right size and alignment that nobody knows yet.
            unsafe { place.write(T::vacant()) };
        }
        depot.opened += count;
        Ok(())
    }
}
