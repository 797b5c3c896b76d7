//! The closure of a spawn, and in its place the result: one room (rooms.rs), or one allocation if that is too small, freed by
//! whoever comes last.
//!
//! # Who owns what
//! | phase | the payload holds | owned by |
//! |---|---|---|
//! | fresh | the closure | the coroutine, which is in some queue |
//! | running | nothing | nobody; the entry still points to the body, unless that is freed already |
//! | abandoned | `Cancelled`, as the result | the handle |
//! | ended, the handle alive | the result | the handle |
//!
//! # Invariants
//! 1. `start` or `discard` is called once, by whoever holds the fresh coroutine; after it the coroutine side
//!    knows the body no more.
//! 2. The handle side calls `take` once, after DONE; or `release` once, after which it knows the body no more.
//! 3. Who frees is decided by lockfree/join_cell.rs.
//! 4. The entry's pointer to the body is null from the moment before the coroutine side ends, or frees it. So
//!    `abandon`, which comes instead of an end and only while the coroutine does not run, never comes after one.
#![allow(unsafe_code)]

use std::any::Any;
use std::cell::Cell;
use std::hint;
use std::mem::{ManuallyDrop, MaybeUninit, needs_drop};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};

use super::birth::Birth;
use super::cancelled::Cancelled;
use super::entry::{Entry, Ticket};
use super::handle::Coroutine;
use super::rooms;
use crate::lockfree::join_cell::{Finish, JoinCell};
use crate::stack::SizeClass;

/// What a joiner gets.
pub(crate) type Outcome<T> = std::thread::Result<T>;

/// Is told whether the closure has panicked, before a joiner can know of the end.
pub(crate) type BeforeDone<'a> = &'a dyn Fn(bool);

/// The part of a body that does not depend on its types.
#[derive(Debug)]
pub(crate) struct Header {
    vtable: &'static Vtable,
    pub(crate) join: JoinCell,
    pub(crate) coroutine: Coroutine,
    pub(crate) birth: Birth,
    /// What stack it shall get.
    class: SizeClass,
    /// The closure or its result borrow from whoever waits for the end: it must not be told of one before.
    lends: bool,
}

#[repr(C)]
struct Body<F, T> {
    header: Header,
    payload: Payload<F, T>,
}

union Payload<F, T> {
    closure: ManuallyDrop<F>,
    result: ManuallyDrop<Outcome<T>>,
}

#[derive(Debug)]
struct Vtable {
    start: unsafe fn(NonNull<Header>, &Coroutine, &Cell<usize>, BeforeDone<'_>) -> Ended,
    discard: unsafe fn(NonNull<Header>) -> Option<Ticket>,
    abandon: unsafe fn(NonNull<Header>) -> Option<Ticket>,
    take: unsafe fn(NonNull<Header>, *mut ()),
    free_with_result: unsafe fn(NonNull<Header>),
}

/// A coroutine's closure, where it lay when it began: the bytes stay there until the end, for those who look from outside
/// (leak). They tell what it was given, when it may have given that away.
#[repr(C)]
struct Given<F> {
    /// How many bytes this has.
    len: usize,
    closure: ManuallyDrop<F>,
}

/// How a coroutine ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    /// Who waits for it.
    pub(crate) joiner: Option<Ticket>,
}

/// The coroutine's side: what a fresh one shall run.
#[derive(Debug)]
pub(crate) struct Fresh(NonNull<Header>);

/// The handle's side. Dropping it leaks the body: see `take` and `release`.
#[derive(Debug)]
pub(crate) struct Joint(NonNull<Header>);

/// Makes a body for `closure`; its two sides.
///
/// # Safety
/// Borrows in `F` and `T` outlive the coroutine, and if there are any, it `lends`; `F` and `T` may be sent to another
/// thread.
pub(crate) unsafe fn new<F, T>(
    closure: F,
    coroutine: Coroutine,
    birth: Birth,
    class: SizeClass,
    lends: bool,
) -> (Fresh, Joint)
where
    F: FnOnce() -> T,
{
    let body = Body::<F, T>::place();
    // SAFETY: room for a body, and ours.
    unsafe {
        body.write(Body {
            header: Header {
                vtable: vtable::<F, T>(),
                join: JoinCell::new(),
                coroutine,
                birth,
                class,
                lends,
            },
            payload: Payload { closure: ManuallyDrop::new(closure) },
        });
    }
    let header = body.cast::<Header>();
    (Fresh(header), Joint(header))
}

impl<F, T> Body<F, T> {
    /// Room for one.
    #[inline]
    fn place() -> NonNull<Self> {
        if const { rooms::fits::<Self>() } {
            rooms::take().cast()
        } else {
            NonNull::from(Box::leak(Box::<Self>::new_uninit())).cast()
        }
    }

    /// Drops the header, and gives the room back.
    ///
    /// # Safety
    /// `body` is of `new` and the caller's alone, and its payload is empty.
    #[inline]
    unsafe fn free(body: NonNull<Self>) {
        // SAFETY: by the caller; it came from `place`.
        unsafe {
            (&raw mut (*body.as_ptr()).header).drop_in_place();
            if const { rooms::fits::<Self>() } {
                rooms::put(body.cast());
            } else {
                drop(Box::from_raw(body.cast::<MaybeUninit<Self>>().as_ptr()));
            }
        }
    }
}

fn vtable<F: FnOnce() -> T, T>() -> &'static Vtable {
    &const {
        Vtable {
            start: start::<F, T>,
            discard: discard::<F, T>,
            abandon: abandon::<F, T>,
            take: take::<F, T>,
            free_with_result: free_with_result::<F, T>,
        }
    }
}

impl Fresh {
    /// For the entry's bare pointer.
    pub(crate) fn into_raw(self) -> *mut () {
        self.0.as_ptr().cast()
    }

    /// The body of a fresh coroutine.
    ///
    /// # Safety
    /// The caller holds the coroutine, fresh, and calls this once (invariant 1).
    pub(crate) unsafe fn of(entry: &Entry) -> Fresh {
        // SAFETY: `occupy` got the pointer from `into_raw`.
        Fresh(unsafe { NonNull::new_unchecked(entry.body().cast()) })
    }

    pub(crate) fn coroutine(&self) -> Coroutine {
        // SAFETY: before `start` or `discard` the body is alive.
        unsafe { self.0.as_ref() }.coroutine.clone()
    }

    pub(crate) fn birth(&self) -> Birth {
        // SAFETY: as above.
        unsafe { self.0.as_ref() }.birth
    }

    pub(crate) fn class(&self) -> SizeClass {
        // SAFETY: as above.
        unsafe { self.0.as_ref() }.class
    }

    /// Runs the closure to its end, on the coroutine's own stack. Before, it notes in `given` where there is a [`Given`].
    pub(crate) fn start(self, me: &Coroutine, given: &Cell<usize>, before_done: BeforeDone<'_>) -> Ended {
        // SAFETY: invariant 1.
        unsafe { (self.0.as_ref().vtable.start)(self.0, me, given, before_done) }
    }

    /// Drops the closure; joiners get `Cancelled`. Returns the one who waits.
    pub(crate) fn discard(self) -> Option<Ticket> {
        // SAFETY: invariant 1.
        unsafe { (self.0.as_ref().vtable.discard)(self.0) }
    }
}

impl Joint {
    pub(crate) fn header(&self) -> &Header {
        // SAFETY: before `take` or `release` the body is alive.
        unsafe { self.0.as_ref() }
    }

    /// The result, once it is there.
    ///
    /// # Safety
    /// `T` is the type of `new`; `join.is_done()`.
    pub(crate) unsafe fn take<T>(self) -> Outcome<T> {
        let mut result = MaybeUninit::<Outcome<T>>::uninit();
        // SAFETY: invariant 2, and the caller's promise for the type.
        unsafe {
            (self.0.as_ref().vtable.take)(self.0, result.as_mut_ptr().cast());
            result.assume_init()
        }
    }

    /// Nobody will join.
    pub(crate) fn release(self) {
        let header = self.header();
        if header.join.detach() {
            // SAFETY: DONE, so the body and the result in it are ours (join_cell.rs).
            unsafe { (header.vtable.free_with_result)(self.0) };
        }
    }
}

/// # Safety
/// `header` is that of a fresh `Body<F, T>`, and this is the one call of invariant 1.
unsafe fn start<F: FnOnce() -> T, T>(
    header: NonNull<Header>,
    me: &Coroutine,
    given_at: &Cell<usize>,
    before_done: BeforeDone<'_>,
) -> Ended {
    let place = header.cast::<Body<F, T>>();
    let body = place.as_ptr();
    // SAFETY: invariant 1: fresh, so the payload is the closure, and it is taken here only.
    let closure = unsafe { ManuallyDrop::take(&mut (*body).payload.closure) };
    let mut given = Given { len: size_of::<Given<F>>(), closure: ManuallyDrop::new(closure) };
    if needs_drop::<F>() {
        // Exposed: so the bytes are there whoever looks.
        given_at.set((&raw const given).expose_provenance());
        // And they are nowhere else: what lies in memory that was given back would pass for somebody's.
        // SAFETY: the closure has been moved out, and the payload is the coroutine's.
        unsafe { ptr::write_bytes((&raw mut (*body).payload.closure).cast::<u8>(), 0, size_of::<F>()) };
        hint::black_box(body);
    }
    // A coroutine that nobody can join holds no memory but its stack while it runs.
    // SAFETY: the body is alive.
    let detached = unsafe { (*body).header.join.is_detached() };
    if detached {
        me.entry().forget_body();
        // SAFETY: DETACHED is final, so the body is the coroutine's alone; the closure has been moved out.
        unsafe { Body::free(place) };
    }
    // SAFETY: it is taken once, here; nothing drops it there.
    let closure = || unsafe { ManuallyDrop::take(&mut given.closure) }();
    let result = catch_unwind(AssertUnwindSafe(closure));
    let panicked = result.is_err();
    if panicked {
        report_panic(me);
    }
    before_done(panicked);
    if detached {
        drop_quietly(result);
        return Ended { joiner: None };
    }
    me.entry().forget_body(); // invariant 4
    // SAFETY: not freed: the handle lived at the start, so only `finish` decides.
    Ended { joiner: unsafe { store_and_finish::<F, T>(body, result) } }
}

/// # Safety
/// As for `start`.
unsafe fn discard<F: FnOnce() -> T, T>(header: NonNull<Header>) -> Option<Ticket> {
    let body = header.cast::<Body<F, T>>().as_ptr();
    // SAFETY: as in `start`.
    let closure = unsafe { ManuallyDrop::take(&mut (*body).payload.closure) };
    drop_quietly(closure);
    // SAFETY: nobody has called `finish` yet.
    unsafe { store_and_finish::<F, T>(body, Err(Box::new(Cancelled))) }
}

/// The coroutine will never go on. Returns the one who waits, if it is told.
///
/// # Safety
/// The coroutine does not run and never will. (Of several callers one gets the body.)
pub(crate) unsafe fn abandon_body(entry: &Entry) -> Option<Ticket> {
    let header = NonNull::new(entry.take_body().cast::<Header>())?;
    // SAFETY: invariant 4: it is not freed, and the coroutine side has not ended.
    unsafe { if header.as_ref().lends { None } else { (header.as_ref().vtable.abandon)(header) } }
}

/// # Safety
/// The body is alive, its payload empty, and the coroutine's side has not ended and never will.
unsafe fn abandon<F: FnOnce() -> T, T>(header: NonNull<Header>) -> Option<Ticket> {
    let body = header.cast::<Body<F, T>>().as_ptr();
    // SAFETY: by the caller.
    unsafe { store_and_finish::<F, T>(body, Err(Box::new(Cancelled))) }
}

/// Ends the coroutine's side.
///
/// # Safety
/// The body is alive, its payload empty, and the coroutine's side has not ended before.
unsafe fn store_and_finish<F, T>(body: *mut Body<F, T>, result: Outcome<T>) -> Option<Ticket> {
    // SAFETY: the coroutine owns the payload until `finish` (join_cell.rs); it is empty now.
    let finish = unsafe {
        (*body).payload.result = ManuallyDrop::new(result);
        (*body).header.join.finish()
    };
    match finish {
        Finish::Keep => None,
        Finish::Wake(ticket) => Some(Ticket::from_bits(ticket)),
        Finish::Free => {
            // SAFETY: DETACHED was there: the body is ours.
            unsafe { free_with_result::<F, T>(NonNull::new_unchecked(body).cast()) };
            None
        }
    }
}

/// # Safety
/// DONE; this is the handle's one call (invariant 2); `into` has room for an `Outcome<T>`.
unsafe fn take<F, T>(header: NonNull<Header>, into: *mut ()) {
    // SAFETY: DONE and invariant 2: the body is ours and holds a result; `into` has room for it.
    unsafe {
        let body = header.cast::<Body<F, T>>();
        into.cast::<Outcome<T>>().write(ManuallyDrop::take(&mut (*body.as_ptr()).payload.result));
        Body::free(body);
    }
}

/// # Safety
/// The caller owns the `Body<F, T>`, which holds a result.
unsafe fn free_with_result<F, T>(header: NonNull<Header>) {
    // SAFETY: by the caller: the body is its own and holds a result.
    let result = unsafe {
        let body = header.cast::<Body<F, T>>();
        let result = ManuallyDrop::take(&mut (*body.as_ptr()).payload.result);
        Body::free(body);
        result
    };
    drop_quietly(result);
}

/// Drops what nobody asked for; if its destructor panics, that is reported by the panic hook and ends there.
fn drop_quietly<V>(value: V) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(move || drop(value))) {
        // A payload may panic in its turn when it is dropped: leak that one.
        if let Err(again) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
            std::mem::forget::<Box<dyn Any + Send>>(again);
        }
    }
}

/// One line besides the panic hook's, which knows the thread only.
#[cold]
pub(crate) fn report_panic(me: &Coroutine) {
    use std::io::Write;
    // Not eprintln!: it panics where stderr is closed.
    let _ = writeln!(std::io::stderr(), "{} panicked", me.describe());
}
