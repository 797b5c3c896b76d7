//! Memory for bodies (body.rs): rooms of one size, in a table, and a few free ones that each thread keeps for itself.
//!
//! A body lives from a spawn to a join, so they come and go in thousands at a time; malloc keeps seven of a size for a thread
//! (glibc, tcache), and takes 200 instructions for each of the others. Here it is 20, and a lock for 64 of them.
//!
//! # Invariants
//! 1. A room is handed out by `take` and comes back by `put`, once; meanwhile it is its tenant's alone.
//! 2. What a thread keeps is never touched across a switch: `take` and `put` do not suspend, and are not inlined into
//!    who does, which may go on on another thread.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::{RefCell, UnsafeCell};
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::table::{Place, Table};

/// What lives in one has at most the size and the alignment of this: a body with five words to capture, or to return.
#[repr(C, align(16))]
pub(super) struct Room(UnsafeCell<MaybeUninit<[u8; 112]>>);

// SAFETY: what lives in it is its tenant's (invariant 1), and who may have that is body.rs's affair.
unsafe impl Sync for Room {}

impl Place for Room {
    fn vacant() -> Room {
        Room(UnsafeCell::new(MaybeUninit::uninit()))
    }
}

/// For two million; beyond, and where so much address space (224 MiB) is not granted, rooms are malloc's after all.
static TABLE: Table<Room> = Table::with_places(1 << 21);

/// The table has refused to give any, and has not got any back since. A hint: where it is wrong, rooms are malloc's until the
/// next ones come back, or the table is asked for nothing.
static IS_EMPTY: AtomicBool = AtomicBool::new(false);

/// How many rooms go between a thread and the table at a time.
const BATCH: usize = 64;

/// The numbers of rooms that nobody has.
struct Free(Vec<u32>);

impl Drop for Free {
    fn drop(&mut self) {
        give_back(self.0.drain(..));
    }
}

thread_local! {
    static FREE: RefCell<Free> = const { RefCell::new(Free(Vec::new())) };
}

/// Whether a `T` can live in a room.
pub(super) const fn fits<T>() -> bool {
    size_of::<T>() <= size_of::<Room>() && align_of::<T>() <= align_of::<Room>()
}

/// A room, for nobody else until it is [`put`] back.
#[inline(never)]
pub(super) fn take() -> NonNull<Room> {
    let number = FREE.try_with(|free| {
        let Free(numbers) = &mut *free.borrow_mut();
        if numbers.is_empty() {
            refill(numbers);
        }
        numbers.pop()
    });
    number.ok().flatten().map_or_else(outside, |number| NonNull::from(TABLE.get(number)))
}

#[cold]
fn refill(numbers: &mut Vec<u32>) {
    if !IS_EMPTY.load(Ordering::Relaxed) && TABLE.allocate(BATCH as u32, numbers).is_err() {
        IS_EMPTY.store(true, Ordering::Relaxed);
    }
}

fn give_back(numbers: impl IntoIterator<Item = u32>) {
    TABLE.free(numbers);
    if IS_EMPTY.load(Ordering::Relaxed) {
        IS_EMPTY.store(false, Ordering::Relaxed);
    }
}

/// Where the table is full, or has no address space; and for destructors at a thread's end.
#[cold]
fn outside() -> NonNull<Room> {
    let layout = Layout::new::<Room>();
    // SAFETY: of a size that is not zero.
    let room = unsafe { alloc(layout) };
    NonNull::new(room.cast()).unwrap_or_else(|| handle_alloc_error(layout))
}

/// Takes a room back.
///
/// # Safety
/// It is of [`take`], and what lived there has moved out.
#[inline(never)]
pub(super) unsafe fn put(room: NonNull<Room>) {
    let Some(number) = TABLE.number_of(room) else {
        // SAFETY: not of the table, so it is of `outside`; invariant 1.
        return unsafe { dealloc(room.as_ptr().cast(), Layout::new::<Room>()) };
    };
    let kept = FREE.try_with(|free| {
        let Free(numbers) = &mut *free.borrow_mut();
        numbers.push(number);
        if numbers.len() >= 2 * BATCH {
            give_back(numbers.drain(..BATCH));
        }
    });
    if kept.is_err() {
        give_back([number]);
    }
}
