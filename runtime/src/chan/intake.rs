//! A second entrance to a channel with many places, so that those who send and those who receive do not take turns at one
//! lock.
//!
//! # Why
//! Between two processors a lock costs what it takes to move its cache line there and back, and each message passes it
//! twice: 60 ns of which 30 are the way. So while values lie ready and nobody waits, senders leave theirs here, under a
//! lock of their own, in places that were given to them beforehand. Whoever receives comes here once the buffer is empty, and
//! takes all that there are. (The two ends of a queue under a lock each: Michael and Scott, PODC 1996.)
//!
//! | | shut | open |
//! |---|---|---|
//! | values | none | those that came after the buffer's |
//! | `room` | 0 | places that are reserved for who sends here |
//! | who waits | anybody | nobody |
//!
//! # Invariants
//! 1. It is opened and shut under the channel's lock. Places come from there, and values go there, under both; the channel's
//!    is taken first.
//! 2. While it is open nobody is listed as waiting to send or to receive, and nothing is added to the buffer: so the values here
//!    are the younger ones. Who wants to do either shuts it first, in the same section. Who watches is told by whoever opens it.
//!
//! # Nobody waits in vain
//! Who is about to wait holds the channel's lock and shuts the intake under both. A sender that was here before has left its
//! value to be found then; one that comes later finds no room, and goes to the channel's lock, where it finds who waits.

use std::mem;

use super::buffer::Buffer;
use super::rt::{AtomicBool, LEAST_PLACES, Lock, MOST_PLACES, Ordering};

/// What all places may take. It is moved in some microseconds.
const MOST_BYTES: usize = 16 * 1024;

/// A line of its own (two, since they are fetched in pairs): that of the channel's lock belongs to who receives.
#[repr(align(128))]
pub(super) struct Intake<T> {
    /// A hint for who does not hold the channel's lock.
    is_open: AtomicBool,
    inside: Lock<Inside<T>>,
}

struct Inside<T> {
    values: Buffer<T>,
    room: usize,
}

impl<T> Intake<T> {
    /// For a channel of so many places, if it is of use there: with few of them somebody waits after some messages, and all go
    /// through the channel's lock; and large values would be moved for long while others wait for a lock.
    pub(super) fn of(capacity: Option<usize>) -> Option<Box<Intake<T>>> {
        let places = capacity.filter(|places| (LEAST_PLACES..=MOST_PLACES).contains(places))?;
        (places * size_of::<T>() <= MOST_BYTES).then(|| {
            let inside = Inside { values: Buffer::without_places(places), room: 0 };
            Box::new(Intake { is_open: AtomicBool::new(false), inside: Lock::new(inside) })
        })
    }

    /// Whether it is open: a hint, or the truth for who holds the channel's lock.
    #[inline(always)]
    pub(super) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    /// Sender: leaves the value here, if there is room.
    #[inline(always)]
    pub(super) fn push(&self, value: T) -> Result<(), T> {
        let mut inside = self.inside.lock();
        if inside.room == 0 {
            return Err(value);
        }
        inside.room -= 1;
        inside.values.push(value);
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.inside.lock().values.len()
    }

    pub(super) fn has_room(&self) -> bool {
        self.inside.lock().room > 0
    }

    /// With the channel's lock: reserves the `free` places for those who send.
    pub(super) fn open(&self, free: &mut usize) {
        let mut inside = self.inside.lock();
        inside.values.make_places();
        inside.room += mem::take(free);
        self.is_open.store(true, Ordering::Relaxed);
    }

    /// With the channel's lock: moves what is here to `buffer`, which is empty, and reserves the `free` places for those who send.
    pub(super) fn exchange(&self, buffer: &mut Buffer<T>, free: &mut usize) {
        debug_assert!(buffer.is_empty());
        let mut inside = self.inside.lock();
        mem::swap(&mut inside.values, buffer);
        inside.room += mem::take(free);
    }

    /// With the channel's lock: moves what is here behind what is in the buffer. Returns how many places are not reserved any
    /// more.
    pub(super) fn shut(&self, buffer: &mut Buffer<T>) -> usize {
        self.is_open.store(false, Ordering::Relaxed);
        let mut inside = self.inside.lock();
        if buffer.is_empty() {
            mem::swap(&mut inside.values, buffer);
        }
        while let Some(value) = inside.values.pop() {
            buffer.push(value);
        }
        mem::take(&mut inside.room)
    }
}
