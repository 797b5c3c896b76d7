//! The hot part of a started coroutine, at the top of its own stack's slot.
//!
//! ```text
//!   slot top
//!   | colour (0 to 960 bytes) |
//!   | Record, 256 bytes       |  <- ceiling - 256; an idle coroutine touches the page of this, and no other
//!   | first frame ...         |
//! ```
//! # Invariants
//! 1. A record belongs to the machine that started the coroutine: only its thread touches it, be it from the
//!    scheduler's stack or from the coroutine's. (Exceptions: the fault handler of the same thread.) Where coroutines
//!    move, it belongs to the machine that has taken the coroutine out of a queue, until that machine commits a wait
//!    or queues it again, and then to nobody.
//! 2. It is valid from `place` until the machine gives the slot back, after the coroutine's end.
//! 3. On a slot that `grow` borrows, the place of the record holds an `owner` and nothing else: the record of
//!    whoever runs there, or null for a plain thread.
//! 4. `ready_at` of a coroutine that has been woken is its waker's, who holds it (a `Runnable`) until it is queued, on
//!    whatever thread; else the field is as the others. The wake orders it after what the machine wrote before its commit,
//!    and the queue before what it reads when it runs it.
#![allow(unsafe_code)]

use std::cell::{Cell, OnceCell, UnsafeCell};
use std::mem::{self, MaybeUninit, offset_of};
use std::num::NonZeroU64;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};

use super::ambient::Ambient;
use super::awaits::Awaits;
use super::birth::Birth;
use super::body::Ended;
use super::entry::Entry;
use super::handle::Coroutine;
use super::home::Home;
use super::locals::Locals;
use super::seen::Seen;
use super::switch::{BorrowedStack, Suspend, Switch, Yielder};
use crate::stack::{Slot, ceiling_at, slot_at};
use crate::sys::clock::Nanos;
use crate::sys::own_memory;
use crate::sys::prefetch::{LINE, prefetch};
use crate::sys::registers::{Registers, stack_pointer};

/// A started coroutine.
#[repr(C, align(64))]
pub(crate) struct Record {
    /// Itself; see invariant 3.
    owner: Cell<*const Record>,
    pub(crate) coroutine: Coroutine,
    /// The machine that runs it, or has run it last: the scheduler's type, opaque on this floor.
    machine: Cell<NonNull<()>>,
    yielder: Cell<*const Yielder>,
    switch: UnsafeCell<MaybeUninit<Switch>>,
    /// What is looked at from outside.
    pub(super) seen: Seen,
    /// When it was made ready, if that is to be measured; 0: it is not (sched/sampling.rs). See invariant 4. Here it lies on
    /// the line that every switch touches.
    pub(crate) ready_at: Cell<Nanos>,
    pub(crate) locals: OnceCell<Box<Locals>>,
    /// Depth of `no_park` sections.
    pub(crate) no_park: Cell<u16>,
    pub(crate) trim_listed: Cell<bool>,
    /// Its runtime has stopped without it: it leaves what it waits for, and never runs again.
    pub(crate) abandoned: Cell<bool>,
    /// Its number on the machine's list of stacks to trim, while it is listed.
    pub(crate) trim_note: Cell<u32>,
    pub(crate) joiner: Cell<Option<super::entry::Ticket>>,
    pub(crate) ambient: Ambient,
    /// The timer of its last wait with a deadline, which may not have fired (park/waiter.rs); opaque on this floor.
    pub(crate) timer: Cell<Option<NonZeroU64>>,
    /// It waits without having left its stack, on the machine of this home (sched/block.rs); null: it does not.
    blocked_at: AtomicPtr<Home>,
}

const SIZE: usize = mem::size_of::<Record>();
const _: () = assert!(SIZE <= 256, "an idle coroutine has one page for everything");

thread_local! {
    /// The coroutine that this thread runs, for code on a stack that is not ours (a nested one such as
    /// `stacker`'s). Null on the scheduler's own stack and on other threads.
    static CURRENT: Cell<*const Record> = const { Cell::new(ptr::null()) };
}

/// The calling thread's `CURRENT`, found once. Valid on this thread only: a raw pointer keeps it there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CurrentCell(*const Cell<*const Record>);

impl CurrentCell {
    pub(crate) fn of_this_thread() -> CurrentCell {
        CurrentCell(CURRENT.with(ptr::from_ref))
    }

    /// Says which coroutine the thread runs; null for none.
    #[inline]
    pub(crate) fn set(self, record: *const Record) {
        // SAFETY: the thread-local lives as long as its thread, and the value is not Send.
        unsafe { (*self.0).set(record) };
    }
}

/// Never inlined and returning the value: an address kept across a switch would be another thread's under a
/// policy that moves coroutines (design.md, "Thread-locals").
#[inline(never)]
#[cold]
fn current_of_thread() -> *const Record {
    CURRENT.with(Cell::get)
}

/// Runs `f` on the record of the coroutine that executes this code.
///
/// Found by the stack pointer, in a few instructions, without a thread-local.
#[inline(always)]
pub(crate) fn current() -> Option<&'static Record> {
    let record = match ceiling_at(stack_pointer()) {
        // SAFETY: this code runs on the slot's stack, so the slot is in use and has an owner (invariant 3).
        Some(ceiling) => unsafe { (*Record::place_below(ceiling)).owner.get() },
        None => current_of_thread(),
    };
    // SAFETY: null, or the record of the running coroutine: valid while that coroutine runs this code, which is
    // as long as anybody on its stack can hold the reference (invariant 2).
    unsafe { record.as_ref() }
}

impl Record {
    #[inline]
    fn place_of(slot: Slot) -> *const Record {
        Self::place_below(slot.ceiling())
    }

    #[inline]
    fn place_below(ceiling: usize) -> *const Record {
        (ceiling - SIZE) as *const Record
    }

    /// The record on a slot that is in use, for the fault handler.
    ///
    /// # Safety
    /// The slot is in use, by code of the calling thread.
    pub(crate) unsafe fn on_slot(slot: Slot) -> Option<&'static Record> {
        // SAFETY: in use, so invariant 3 holds.
        unsafe { (*Self::place_of(slot)).owner.get().as_ref() }
    }

    /// Puts a record on `slot` and prepares `main` to run below it.
    ///
    /// # Safety
    /// The caller owns the slot and gives it back only after the end. `machine` stays valid as long.
    #[inline(always)]
    pub(crate) unsafe fn place<F>(
        slot: Slot,
        coroutine: Coroutine,
        birth: Birth,
        machine: NonNull<()>,
        main: F,
    ) -> &'static Record
    where
        F: FnOnce(&'static Record) + 'static,
    {
        let place = Self::place_of(slot).cast_mut();
        let entry = coroutine.entry();
        // SAFETY: the place lies in the slot, is aligned (ceilings are multiples of 64), and is the caller's.
        let record: &'static Record = unsafe {
            place.write(Record {
                owner: Cell::new(place),
                coroutine,
                machine: Cell::new(machine),
                yielder: Cell::new(ptr::null()),
                switch: UnsafeCell::new(MaybeUninit::uninit()),
                seen: Seen::new(place as usize, birth),
                locals: OnceCell::new(),
                no_park: Cell::new(0),
                trim_listed: Cell::new(false),
                trim_note: Cell::new(0),
                joiner: Cell::new(None),
                ambient: Ambient::of_lineage(birth.lineage),
                timer: Cell::new(None),
                ready_at: Cell::new(0),
                abandoned: Cell::new(false),
                blocked_at: AtomicPtr::new(ptr::null_mut()),
            });
            &*place
        };
        // SAFETY: the part of the slot below the record.
        let stack = unsafe { BorrowedStack::new(place as usize, slot.bottom()) };
        let switch = Switch::new(stack, move |yielder| {
            record.yielder.set(yielder);
            main(record);
        });
        // SAFETY: nobody uses it yet.
        unsafe { (*record.switch.get()).write(switch) };
        entry.set_record(place.cast());
        record
    }

    /// The record of a started coroutine.
    #[inline]
    pub(crate) fn of(entry: &Entry) -> Option<&'static Record> {
        // SAFETY: null or set by `place`; callers hold the coroutine or are its machine (invariant 2).
        unsafe { entry.record().cast::<Record>().as_ref() }
    }

    /// Whether `stack_pointer` is on the stack of the coroutine that `entry` holds now, or on one that this has borrowed;
    /// for somebody who only looks.
    pub(crate) fn stands_on(entry: &Entry, stack_pointer: usize) -> bool {
        let Some(ceiling) = ceiling_at(stack_pointer) else { return false };
        let (place, record) = (Self::place_below(ceiling).addr(), entry.record().addr());
        let owner = || own_memory::read_words((place + offset_of!(Record, owner)) as u64);
        // Invariant 3.
        place == record || record != 0 && owner() == Some([record as u64])
    }

    #[inline]
    pub(crate) fn entry(&self) -> &'static Entry {
        self.coroutine.entry()
    }

    #[inline]
    pub(crate) fn machine(&self) -> NonNull<()> {
        self.machine.get()
    }

    /// Machine: from here on it is this one. Only for whoever is about to resume it.
    #[inline]
    pub(crate) fn move_to(&self, machine: NonNull<()>) {
        self.machine.set(machine);
    }

    pub(crate) fn slot(&self) -> Slot {
        slot_at(ptr::from_ref(self).addr()).expect("a record lies on a slot")
    }

    pub(crate) fn stack_pointer(&self) -> usize {
        self.seen.stack_pointer()
    }

    /// Coroutine: where it keeps the address of what it was given to begin with.
    pub(crate) fn given(&self) -> &Cell<usize> {
        &self.seen.given
    }

    /// Coroutine: says what it is about to wait for.
    #[inline]
    pub(crate) fn awaits(&self, what: Awaits) {
        self.seen.awaits(what);
    }

    /// Machine: it waits from now on.
    #[inline]
    pub(crate) fn waits(&self, now: Nanos) {
        self.seen.waits(now);
    }

    /// It is resumed after a few others: has it fetched, where it may have waited for long.
    #[inline]
    pub(crate) fn prefetch(&self) {
        let place = ptr::from_ref(self).addr();
        (place..place + SIZE).step_by(LINE).for_each(prefetch);
    }

    /// It is resumed after one other: the same for the frames that it goes on with.
    #[inline]
    pub(crate) fn prefetch_frames(&self) {
        let stood = self.seen.stack_pointer();
        (stood - LINE..stood + 2 * LINE).step_by(LINE).for_each(prefetch);
    }

    /// Machine: runs it until it suspends (and why) or ends (`None`).
    ///
    /// # Safety
    /// On the thread of its machine, not on its own stack, and it has not ended.
    #[inline]
    pub(crate) unsafe fn resume(&self) -> Option<Suspend> {
        // SAFETY: written by `place`; the only other user of the cell would be a resume below us on this
        // thread, which the caller excludes.
        unsafe { (*self.switch.get()).assume_init_mut() }.resume()
    }

    /// Coroutine: leaves its stack; returns when it is resumed.
    #[inline(always)]
    pub(crate) fn suspend(&self, why: Suspend) {
        self.seen.stands(Registers::now());
        // SAFETY: set at the first entry; the yielder lives at the base of the stack until the end.
        unsafe { (*self.yielder.get()).suspend(why) };
    }

    /// Machine: it waits on its stack, here.
    pub(crate) fn stay_on_stack(&self, home: &'static Home) {
        self.seen.stands(Registers::now());
        // Relaxed: whoever finds it has the coroutine from a waker, and the commit releases.
        self.blocked_at.store(ptr::from_ref(home).cast_mut(), Ordering::Relaxed);
    }

    /// Whether it waits on its stack.
    pub(crate) fn is_on_stack(&self) -> bool {
        // Acquire: what the waker wrote before is seen after.
        !self.blocked_at.load(Ordering::Acquire).is_null()
    }

    /// Whoever has taken it out of a queue: if it is on its stack, its wait is over, and it is run on by the machine
    /// of this home, which is to be told.
    pub(crate) fn return_to_stack(&self) -> Option<&'static Home> {
        if self.blocked_at.load(Ordering::Relaxed).is_null() {
            return None;
        }
        // SAFETY: from a `&'static Home`.
        unsafe { self.blocked_at.swap(ptr::null_mut(), Ordering::AcqRel).as_ref() }
    }

    /// Coroutine: it has ended, and its machine wants to know how.
    pub(crate) fn set_ended(&self, ended: Ended) {
        self.joiner.set(ended.joiner);
    }

    /// Machine: after the end. The slot is the machine's again.
    ///
    /// # Safety
    /// It has ended, and nobody uses the record after.
    #[inline]
    pub(crate) unsafe fn remove(&'static self) -> Slot {
        self.entry().set_record(ptr::null_mut());
        if !self.holds_nothing() {
            // SAFETY: the caller's promise. The switch is not dropped: a finished one holds nothing.
            unsafe { ptr::drop_in_place(ptr::from_ref(self).cast_mut()) };
        }
        self.slot()
    }

    /// Whether to drop it would do nothing, as mostly: a look at each field that may own something is cheaper.
    #[inline]
    fn holds_nothing(&self) -> bool {
        self.coroutine.name().is_none() && self.locals.get().is_none() && self.ambient.holds_nothing()
    }

    /// Lends `slot`'s stack to whoever runs here now, for code that [`current`] must recognise.
    ///
    /// # Safety
    /// The caller owns the slot, and code runs on it only until the caller gives it back.
    pub(crate) unsafe fn lend(slot: Slot, to: Option<&'static Record>) -> BorrowedStack {
        let place = Self::place_of(slot).cast_mut();
        let owner = to.map_or(ptr::null(), ptr::from_ref);
        // SAFETY: the place is the caller's; the field is written as a whole, nothing else is ever read there.
        unsafe {
            (&raw mut (*place).owner).write(Cell::new(owner));
            BorrowedStack::new(place as usize, slot.bottom())
        }
    }
}
