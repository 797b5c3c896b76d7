//! The side table: what wakers and handles may touch, even after the coroutine's end.
//!
//! # Who may touch which field
//! | field | written by | when |
//! |---|---|---|
//! | `status` | anyone | see lockfree/status.rs |
//! | `id`, `site`, `name` | the spawner | before `status.occupy`, which publishes them |
//! | `body` | the spawner, before `status.occupy` or, if it is to wait before it begins, before the commit of that wait; cleared by its machine | until it ends, or nobody can join it |
//! | `link` | whoever holds the coroutine | while it is in the global queue or an inbox |
//! | `home`, `record` | the machine that starts it (or gives it to another to start) | before it can first wait |
//!
//! A thread that waits has an entry too, without home and record; waking it is a futex call.
//!
//! Body, home and record stand here as bare pointers: their own files know the types and how to follow them, so
//! that this file needs none of them.
#![allow(unsafe_code)]

use std::io;
use std::num::NonZeroU64;
use std::panic::Location;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use parking_lot::{Mutex, MutexGuard};

use crate::lockfree::inbox::Link;
use crate::lockfree::status::{Status, TICKET_EPOCH_BITS, Wake};
use crate::sys::futex;
use crate::sys::prefetch::prefetch;
use crate::table::{INDEX_BITS, Place, Table};

static TABLE: Table<Entry> = Table::new();

const _: () = assert!(INDEX_BITS + TICKET_EPOCH_BITS <= crate::lockfree::ready_slot::TICKET_BITS);
const _: () = assert!(std::mem::size_of::<Entry>() == 64);

/// One coroutine's (or waiting thread's) place in the side table.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Entry {
    pub(crate) status: Status,
    pub(crate) link: Link<Entry>,
    id: AtomicU64,
    site: AtomicPtr<Location<'static>>,
    body: AtomicPtr<()>,
    home: AtomicPtr<()>,
    record: AtomicPtr<()>,
    /// From `Arc::into_raw`. Read and freed under the lock of [`names_of`].
    name: AtomicPtr<Box<str>>,
}

/// A name for all of one coroutine's handles; thin, since names are rare.
pub(crate) type Name = Arc<Box<str>>;

/// Keeps the names of some entries in place while one is read. Named coroutines alone come here.
static NAMES: [Mutex<()>; 16] = [const { Mutex::new(()) }; 16];

fn names_of(index: u32) -> MutexGuard<'static, ()> {
    NAMES[index as usize % NAMES.len()].lock()
}

impl Place for Entry {
    fn vacant() -> Entry {
        Entry {
            status: Status::vacant(),
            link: Link::new(),
            id: AtomicU64::new(0),
            site: AtomicPtr::new(ptr::null_mut()),
            body: AtomicPtr::new(ptr::null_mut()),
            home: AtomicPtr::new(ptr::null_mut()),
            record: AtomicPtr::new(ptr::null_mut()),
            name: AtomicPtr::new(ptr::null_mut()),
        }
    }
}

/// The right to queue one coroutine that does not wait any more. Exactly one exists for it at a time.
#[must_use = "a runnable coroutine that nobody queues is lost"]
#[derive(Debug)]
pub(crate) struct Runnable(pub(crate) &'static Entry);

/// One whose wait the holder has ended, and has to let know of it: a coroutine, a thread, or nobody.
#[must_use = "a coroutine that nobody queues is lost"]
#[derive(Debug)]
pub(crate) struct Claimed(Option<&'static Entry>);

/// Names one wait of one coroutine or thread. Late or double use is harmless. Never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(NonZeroU64);

/// Set in every ticket, so that there is room for one that is none.
const NOT_NONE: NonZeroU64 = NonZeroU64::new(1 << 63).unwrap();

impl Ticket {
    /// As a number of at most 59 bits.
    pub(crate) fn to_bits(self) -> u64 {
        self.0.get() & !NOT_NONE.get()
    }

    /// The reverse of `to_bits`; the bits must come from there.
    pub(crate) fn from_bits(bits: u64) -> Ticket {
        debug_assert_ne!(bits, 0);
        Ticket(NOT_NONE | bits)
    }

    /// Ends the wait. A thread is woken right here; a coroutine is returned to be queued, if it waited and
    /// nobody was quicker.
    pub(crate) fn wake(self) -> Option<Runnable> {
        let entry = self.entry();
        entry.woken(entry.status.wake(self.to_bits() >> INDEX_BITS))
    }

    /// The same, for whoever has to know whether it was this call that has ended the wait. `None`: it was not.
    #[inline]
    pub(crate) fn claim(self) -> Option<Claimed> {
        let entry = self.entry();
        match entry.status.wake(self.to_bits() >> INDEX_BITS) {
            Wake::Stale => None,
            Wake::Noted => Some(Claimed(None)),
            Wake::Runnable => Some(Claimed(Some(entry))),
        }
    }

    /// It is woken soon: has that fetched which a wake-up looks at.
    #[inline]
    pub(crate) fn prefetch(self) {
        prefetch(ptr::from_ref(self.entry()).addr());
    }

    /// Whose wait it names. By now it may have another tenant.
    #[inline]
    pub(crate) fn entry(self) -> &'static Entry {
        TABLE.get(self.to_bits() as u32 & ((1 << INDEX_BITS) - 1))
    }
}

impl Claimed {
    /// Nobody.
    pub(crate) const NOBODY: Claimed = Claimed(None);

    /// What is to be queued. A thread is woken right here.
    #[inline]
    pub(crate) fn wake(self) -> Option<Runnable> {
        let entry = self.0?;
        entry.woken(Wake::Runnable)
    }
}

impl Entry {
    /// Takes the numbers of `count` vacant entries.
    pub(crate) fn allocate(count: u32, into: &mut Vec<u32>) -> io::Result<()> {
        TABLE.allocate(count, into)
    }

    /// Gives back entries that are vacant.
    pub(crate) fn free(indices: impl IntoIterator<Item = u32>) {
        TABLE.free(indices);
    }

    /// The entry of a number that `allocate` gave.
    #[inline]
    pub(crate) fn get(index: u32) -> &'static Entry {
        TABLE.get(index)
    }

    /// Its number.
    #[inline]
    pub(crate) fn index(&'static self) -> u32 {
        TABLE.index_of(self)
    }

    /// What the next tenant is called, if it is. Only for the owner of the vacant place.
    #[inline]
    pub(crate) fn set_name(&'static self, name: Option<&Name>) {
        if let Some(name) = name {
            self.name.store(Arc::into_raw(name.clone()).cast_mut(), Ordering::Relaxed); // `occupy` releases
        }
    }

    /// A coroutine moves in, fresh, with the body that it shall run.
    pub(crate) fn occupy(&'static self, id: u64, site: &'static Location<'static>, body: *mut ()) {
        // Relaxed throughout: `occupy` releases.
        self.id.store(id, Ordering::Relaxed);
        self.site.store(ptr::from_ref(site).cast_mut(), Ordering::Relaxed);
        self.body.store(body, Ordering::Relaxed);
        self.home.store(ptr::null_mut(), Ordering::Relaxed);
        self.record.store(ptr::null_mut(), Ordering::Relaxed);
        self.status.occupy();
    }

    /// The tenant has ended. Only for its machine.
    #[inline]
    pub(crate) fn vacate(&'static self) {
        if !self.name.load(Ordering::Relaxed).is_null() {
            self.drop_name();
        }
        self.status.vacate();
    }

    #[cold]
    fn drop_name(&'static self) {
        let _kept = names_of(self.index());
        let name = self.name.swap(ptr::null_mut(), Ordering::Relaxed);
        // SAFETY: from `Arc::into_raw`, taken out once, under the lock under which it is read.
        drop(unsafe { Arc::from_raw(name) });
    }

    /// The name of the present tenant, for somebody who does not hold it.
    pub(crate) fn name(&'static self) -> Option<Name> {
        if self.name.load(Ordering::Relaxed).is_null() {
            return None;
        }
        let _kept = names_of(self.index());
        let name = self.name.load(Ordering::Acquire);
        // SAFETY: from `Arc::into_raw`, and not freed while the lock is held: one reference more.
        (!name.is_null()).then(|| unsafe {
            Arc::increment_strong_count(name);
            Arc::from_raw(name)
        })
    }

    /// All there are, vacant ones too. Whoever looks through them does so for a runtime that stops.
    pub(crate) fn all() -> impl Iterator<Item = &'static Entry> {
        (0..TABLE.opened()).map(Entry::get)
    }

    /// The entry that somebody has published as a bare pointer; null: none.
    pub(crate) fn of_pointer(pointer: *mut Entry) -> Option<&'static Entry> {
        // SAFETY: pointers to entries are made from `&'static Entry` only, and they are never freed.
        unsafe { pointer.as_ref() }
    }

    /// The name of the next wait.
    #[inline]
    pub(crate) fn ticket(&'static self) -> Ticket {
        Ticket::from_bits(self.status.epoch() << INDEX_BITS | u64::from(self.index()))
    }

    /// What a coroutine that came without a body shall run. Only for whoever holds it, fresh.
    pub(crate) fn furnish(&self, body: *mut ()) {
        self.body.store(body, Ordering::Relaxed);
    }

    /// The next one in the list that it is in. Only for whoever holds both.
    pub(crate) fn next_in_list(&self) -> Option<&'static Entry> {
        // SAFETY: links of entries are null or point to entries, which are never freed.
        unsafe { self.link.get().as_ref() }
    }

    /// For `Inbox::drain`.
    pub(crate) fn link_of(entry: *mut Entry) -> &'static Link<Entry> {
        // SAFETY: inboxes hold entries, which are never freed.
        unsafe { &(*entry).link }
    }

    /// The entry that a queue of bare pointers holds.
    ///
    /// # Safety
    /// `pointer` was made from a `&'static Entry`.
    pub(crate) unsafe fn from_raw(pointer: *mut Entry) -> &'static Entry {
        // SAFETY: the caller's promise; entries are never freed.
        unsafe { &*pointer }
    }

    /// For queues of bare pointers.
    pub(crate) fn as_raw(&'static self) -> *mut Entry {
        ptr::from_ref(self).cast_mut()
    }

    pub(crate) fn id(&self) -> u64 {
        self.id.load(Ordering::Relaxed)
    }

    /// Gives the coroutine with this id its park token, if it still lives.
    pub(crate) fn unpark(&'static self, id: u64) -> Option<Runnable> {
        self.woken(self.status.unpark(|| self.id() == id))
    }

    /// Cancels the tenant if `meant` says so, which looks at what belongs to the tenant.
    pub(crate) fn cancel_if(&'static self, meant: impl Fn(&Entry) -> bool) -> Option<Runnable> {
        self.woken(self.status.cancel(|| meant(self)))
    }

    /// Has the tenant look around, if it still is the one with this id.
    pub(crate) fn alert(&'static self, id: u64) -> Option<Runnable> {
        self.woken(self.status.alert(|| self.id() == id))
    }

    #[inline]
    fn woken(&'static self, wake: Wake) -> Option<Runnable> {
        if wake != Wake::Runnable {
            return None;
        }
        if self.home().is_null() {
            // No home, and yet it waited: a thread.
            futex::wake(self.status.word());
            return None;
        }
        Some(Runnable(self))
    }

    /// Where it was spawned.
    pub(crate) fn site(&self) -> Option<&'static Location<'static>> {
        // SAFETY: null, or made from a `&'static Location` by `occupy`.
        unsafe { self.site.load(Ordering::Relaxed).as_ref() }
    }

    /// The `Home` that it lives on; null for a fresh one that has not been placed, and for threads.
    #[inline]
    pub(super) fn home(&self) -> *mut () {
        self.home.load(Ordering::Relaxed)
    }

    /// Places it, for life. Only for whoever holds it, fresh.
    pub(super) fn set_home(&self, home: *mut ()) {
        self.home.store(home, Ordering::Relaxed);
    }

    /// Its `Record`; null while it is fresh.
    #[inline]
    pub(super) fn record(&self) -> *mut () {
        self.record.load(Ordering::Relaxed)
    }

    /// It gets a stack. Only for its machine.
    pub(super) fn set_record(&self, record: *mut ()) {
        self.record.store(record, Ordering::Relaxed);
    }

    /// The `Header` of what it shall run. Only for whoever holds it, fresh, and for its machine.
    pub(super) fn body(&self) -> *mut () {
        self.body.load(Ordering::Relaxed)
    }

    /// The same for those who give the coroutine up: one of them gets it.
    pub(super) fn take_body(&self) -> *mut () {
        self.body.swap(ptr::null_mut(), Ordering::AcqRel)
    }

    /// The body is not the coroutine's any more.
    pub(super) fn forget_body(&self) {
        self.body.store(ptr::null_mut(), Ordering::Relaxed);
    }
}
