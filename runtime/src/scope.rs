//! Coroutines that borrow from who starts them.
//!
//! # Invariants
//! 1. `scope` does not return or unwind before every child has ended: each holds an [`Ending`], whose drop is the last
//!    that touches anything of the child, and `scope` waits until there is none. A child that is dropped without having
//!    run drops its `Ending` too; one that is abandoned never does, and then `scope` never returns.
//! 2. A child's closure, and what it returned, are gone before its `Ending` is.
#![allow(unsafe_code)]

use std::any::Any;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use parking_lot::Mutex;

use crate::coroutine::ambient::Bounds;
use crate::coroutine::awaits::{Awaited, Awaits};
use crate::coroutine::body::report_panic;
use crate::coroutine::cancelled::Cancelled;
use crate::coroutine::handle::Coroutine;
use crate::coroutine::record;
use crate::park::ambient;
use crate::park::lending::lend;
use crate::park::waiter::Waiter;
use crate::sched::machine::Machine;
use crate::spawn::{Held, JoinHandle, Starter, no_coroutine};
use crate::sync::Once;
use crate::trace::{Event, Transition};

type Payload = Box<dyn Any + Send>;

/// Starts coroutines that may borrow from the caller, and waits for all of them before it returns.
///
/// As `std::thread::scope`: all that were not joined inside are joined at the end, also if `f` panics. If one of these
/// has panicked, its panic is passed on. Children inherit the caller's ambient deadline
/// ([`with_timeout`](crate::face::with_timeout)), and what is inherited of its coroutine-locals.
///
/// The end is not affected by cancellation.
///
/// # Panics
/// With `f`'s panic, or with that of a child that was not joined. Inside `no_park`.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// gopark::run(|| {
///     let numbers = [1, 2, 3];
///     let mut sum = 0;
///     gopark::scope(|s| {
///         s.go(|| sum = numbers.iter().sum());
///         s.go(|| assert_eq!(numbers.len(), 3));
///     });
///     assert_eq!(sum, 6);
/// });
/// ```
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    // First: it panics where this call must not wait, and with children alive that would be too late.
    let _ = Waiter::current();
    let children = Arc::new(Children::new());
    let scope =
        Scope { children: children.clone(), attached: OnceLock::new(), scope: PhantomData, env: PhantomData };
    let result = catch_unwind(AssertUnwindSafe(|| f(&scope)));
    children.leave();
    let lent = (children.alive.load(Ordering::Relaxed) > 0).then(|| lend(0));
    children.none_left.wait_saying(Awaits::at(Awaited::Children, &children.alive));
    drop(lent);
    let panic = children.panic.lock().take();
    match (result, panic) {
        (Err(payload), _) | (Ok(_), Some(payload)) => resume_unwind(payload),
        (Ok(result), None) => result,
    }
}

/// What [`scope`] gives to its closure: starts coroutines.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
///
/// gopark::run(|| {
///     let sum = AtomicU32::new(0);
///     gopark::scope(|s| {
///         s.go(|| {
///             sum.fetch_add(1, Relaxed);
///             s.go(|| sum.fetch_add(2, Relaxed)); // a child may start others
///         });
///     });
///     assert_eq!(sum.into_inner(), 3);
/// });
/// ```
pub struct Scope<'scope, 'env: 'scope> {
    children: Arc<Children>,
    attached: OnceLock<Box<dyn Any + Send + Sync>>,
    // Invariant, as in std: neither lifetime may be made longer or shorter.
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// Owns the right to wait for a coroutine of a scope and to take its result.
///
/// Dropping it leaves the waiting to the scope, which passes the coroutine's panic on.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// gopark::run(|| {
///     let word = String::from("hello");
///     gopark::scope(|s| {
///         let child = s.go(|| word.len());
///         assert_ne!(Some(child.coroutine()), gopark::coroutine::current().as_ref());
///         while !child.is_finished() {
///             gopark::yield_now();
///         }
///         assert_eq!(child.join().unwrap(), 5);
///     });
/// });
/// ```
pub struct ScopedJoinHandle<'scope, T> {
    handle: JoinHandle<()>,
    packet: Arc<Packet<T>>,
    scope: PhantomData<&'scope ()>,
}

/// What all children of a scope share. Borrows nothing.
struct Children {
    /// How many are alive. The body of the scope counts as one: only who is alive makes more of them.
    alive: AtomicUsize,
    none_left: Once,
    /// Of the first that nobody has asked for.
    panic: Mutex<Option<Payload>>,
}

/// The result of a child, for whoever asks for it.
struct Packet<T> {
    result: Mutex<Option<thread::Result<T>>>,
    children: Arc<Children>,
}

/// Says at its drop that a child has ended.
struct Ending(Arc<Children>);

/// A child's part; dropped in this order (invariant 2).
struct Child<F, T> {
    f: F,
    packet: Arc<Packet<T>>,
    bounds: Bounds,
    ending: Ending,
}

impl<'scope> Scope<'scope, '_> {
    /// Starts a coroutine as [`go`](crate::face::go) does; it may borrow what outlives the scope.
    ///
    /// # Panics
    /// Where no runtime is current, and where there is no room for another stack.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let words = ["to", "be"];
    ///     let letters: usize = gopark::scope(|s| {
    ///         let counts: Vec<_> = words.iter().map(|word| s.go(move || word.len())).collect();
    ///         counts.into_iter().map(|count| count.join().unwrap()).sum()
    ///     });
    ///     assert_eq!(letters, 4);
    /// });
    /// ```
    #[track_caller]
    pub fn go<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let starter = Starter::current();
        let (held, handle) =
            self.hold(&starter, f, None, Location::caller()).unwrap_or_else(|error| no_coroutine(&error));
        starter.start(held);
        handle
    }

    /// Keeps `value` as long as the scope, once.
    #[doc(hidden)]
    pub fn attach<T: Any + Send + Sync>(&'scope self, value: T) -> &'scope T {
        let attached = self.attached.get_or_init(|| Box::new(value));
        attached.downcast_ref().expect("one value for a scope")
    }

    /// A child that has yet to be let go; the end of the scope waits for it all the same.
    ///
    /// # Errors
    /// As [`Starter::hold`].
    #[doc(hidden)]
    pub fn hold<F, T>(
        &'scope self,
        starter: &Starter,
        f: F,
        name: Option<Arc<Box<str>>>,
        site: &'static Location<'static>,
    ) -> io::Result<(Held, ScopedJoinHandle<'scope, T>)>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let packet = Arc::new(Packet { result: Mutex::new(None), children: self.children.clone() });
        let ending = Ending::new(&self.children);
        let child = Child { f, packet: packet.clone(), bounds: ambient::bounds(), ending };
        // SAFETY: `f` and its result may be sent, and what they borrow outlives 'scope, before whose end `scope` waits
        // for the child (invariants 1 and 2).
        let (held, handle) = unsafe { starter.hold_lent(move || child.live(), name, site, true)? };
        Ok((held, ScopedJoinHandle { handle, packet, scope: PhantomData }))
    }
}

impl<F: FnOnce() -> T, T> Child<F, T> {
    fn live(self) {
        let Child { f, packet, bounds, ending } = self;
        let result = catch_unwind(AssertUnwindSafe(|| ambient::within(bounds, f)));
        if result.is_err()
            && let Some(record) = record::current()
        {
            report_panic(&record.coroutine);
            Machine::of(record).pass(Transition::Panic, || Event::Panicked { id: record.coroutine.id() });
        }
        *packet.result.lock() = Some(result);
        drop(packet);
        drop(ending);
    }
}

impl<T> ScopedJoinHandle<'_, T> {
    /// As [`JoinHandle::join`](crate::face::coroutine::JoinHandle::join).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     gopark::scope(|s| {
    ///         let fails = s.go(|| "seven".parse::<u32>().unwrap());
    ///         assert!(fails.join().is_err()); // so the scope does not pass the panic on
    ///     });
    /// });
    /// ```
    pub fn join(self) -> thread::Result<T> {
        let _ = self.handle.join();
        let result = self.packet.result.lock().take();
        result.unwrap_or_else(|| Err(Box::new(Cancelled)))
    }

    /// Whether the coroutine has ended. Never waits.
    pub fn is_finished(&self) -> bool {
        self.handle.is_finished()
    }

    /// As [`JoinHandle::cancel`](crate::face::coroutine::JoinHandle::cancel).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let (_sender, receiver) = gopark::chan::bounded::<u32>(0);
    ///     gopark::scope(|s| {
    ///         let waits = s.go(|| receiver.recv().ok());
    ///         waits.cancel(); // else the scope would wait for ever
    ///         assert_eq!(waits.join().unwrap(), None);
    ///     });
    /// });
    /// ```
    pub fn cancel(&self) {
        self.handle.cancel();
    }

    /// The coroutine behind the handle.
    pub fn coroutine(&self) -> &Coroutine {
        self.handle.coroutine()
    }
}

impl<T> Drop for Packet<T> {
    fn drop(&mut self) {
        // Nobody has asked for it: what it returned is dropped here, and a panic is the scope's.
        match self.result.get_mut().take() {
            Some(Err(payload)) => drop(self.children.panic.lock().get_or_insert(payload)),
            Some(Ok(result)) => {
                if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(result))) {
                    self.children.panic.lock().get_or_insert(payload);
                }
            }
            None => {}
        }
    }
}

impl Children {
    fn new() -> Children {
        Children { alive: AtomicUsize::new(1), none_left: Once::new(), panic: Mutex::new(None) }
    }

    fn leave(&self) {
        // AcqRel: the last one comes after everything that the others did.
        if self.alive.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.none_left.call_once(|| ()); // nobody else calls it, so it does not wait
        }
    }
}

impl Ending {
    fn new(children: &Arc<Children>) -> Ending {
        // Relaxed: whoever makes a child is alive himself, so the count is not 0.
        children.alive.fetch_add(1, Ordering::Relaxed);
        Ending(children.clone())
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alive = self.children.alive.load(Ordering::Relaxed);
        f.debug_struct("Scope").field("alive", &alive).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJoinHandle").field("coroutine", self.coroutine()).finish_non_exhaustive()
    }
}
