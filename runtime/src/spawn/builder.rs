//! `go` and its long form.
#![allow(unsafe_code)]

use std::io;
use std::panic::Location;
use std::sync::Arc;

use super::entered::current_scheduler;
use super::handle::JoinHandle;
use super::make::{Plan, spawn_in};
use crate::coroutine::entry::Name;
use crate::sched::machine::Machine;
use crate::sched::scheduler::Scheduler;
use crate::stack::SizeClass;

pub(crate) const NO_RUNTIME: &str = "there is no gopark runtime here: call this inside gopark::run, in a coroutine, or on a \
                          thread that has entered a Runtime";

/// Starts a coroutine that runs `f`. The closure and its result are `Send`; what it makes for itself need not be,
/// since a coroutine never changes its thread after its first instruction.
///
/// From a coroutine it costs about 60 ns and takes neither a lock nor a system call, and 256 KiB of address
/// space, of which one page is touched once the coroutine runs. It never switches.
///
/// # Soundness
/// `go` is safe for std and for every crate that does not rely on LIFO nesting of raw scoped thread-locals: two
/// coroutines that wait inside `scoped_tls`'s `KEY.set(&value, || ..)` and leave it in another order leave a
/// dangling pointer behind (corosensei's safe interface has the same limit).
/// [`no_park`](crate::face::coroutine::no_park) turns a wait inside such a section into a panic.
///
/// # Panics
/// Where no runtime is current, and where there is no room for another stack:
/// [`Builder::spawn`] returns that as an error.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let sum = gopark::run(|| {
///     let handles: Vec<_> = (0..10).map(|i| gopark::go(move || i * i)).collect();
///     handles.into_iter().map(|handle| handle.join().unwrap()).sum::<i32>()
/// });
/// assert_eq!(sum, 285);
/// ```
#[track_caller]
#[inline]
pub fn go<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let site = Location::caller();
    let spawned = match Machine::current() {
        Some(machine) => spawn_static(&machine.scheduler, f, None, None, site),
        None => spawn_static(&current_scheduler().expect(NO_RUNTIME), f, None, None, site),
    };
    spawned.unwrap_or_else(|error| no_coroutine(&error))
}

/// For calls that tell of no errors.
///
/// # Panics
/// It does.
#[cold]
#[track_caller]
pub fn no_coroutine(error: &io::Error) -> ! {
    panic!("cannot start a coroutine: {error}")
}

/// Spawns what borrows nothing.
#[inline]
pub(crate) fn spawn_static<F, T>(
    scheduler: &Arc<Scheduler>,
    f: F,
    name: Option<Name>,
    class: Option<SizeClass>,
    site: &'static Location<'static>,
) -> io::Result<JoinHandle<T>>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let plan = Plan { name, class: class.unwrap_or(scheduler.stack_class), site, lends: false };
    // SAFETY: both are Send and 'static, and `T` is the result type.
    unsafe { Ok(JoinHandle::new(spawn_in(scheduler, f, plan)?)) }
}

/// Makes a coroutine with a name or a stack size of its own; the form of `go` that returns errors.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// # gopark::run(|| {
/// let handle = gopark::coroutine::Builder::new().name("parser").stack_size(1 << 20).spawn(|| {
///     gopark::coroutine::current().unwrap().name().map(str::to_owned)
/// })?;
/// assert_eq!(handle.join().unwrap().as_deref(), Some("parser"));
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until spawn"]
pub struct Builder {
    name: Option<String>,
    stack_size: Option<usize>,
}

impl Builder {
    /// A coroutine like that of `go`.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let handle = gopark::coroutine::Builder::new().spawn(|| 7).unwrap();
    ///     assert_eq!(handle.coroutine().name(), None);
    ///     assert_eq!(handle.join().unwrap(), 7);
    /// });
    /// ```
    pub fn new() -> Builder {
        Builder::default()
    }

    /// Names it, for reports, which print 64 characters of it. Costs two allocations.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let handle = gopark::coroutine::Builder::new().name("parser").spawn(|| ()).unwrap();
    ///     assert_eq!(handle.coroutine().name(), Some("parser"));
    /// });
    /// ```
    pub fn name(mut self, name: impl Into<String>) -> Builder {
        self.name = Some(name.into());
        self
    }

    /// The size of its stack in bytes, guard included, rounded up to a size class: 64 KiB (16 of them guard),
    /// 256 KiB, 1 MiB, and by fours up to 1 GiB (64 KiB guard). It is address space: memory is taken page by
    /// page, as it is touched.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let large = gopark::coroutine::Builder::new().stack_size(4 << 20);
    ///     let filled = large.spawn(|| std::hint::black_box([1_u8; 1 << 20]).iter().all(|&byte| byte == 1));
    ///     assert!(filled.unwrap().join().unwrap());
    /// });
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Builder {
        self.stack_size = Some(bytes);
        self
    }

    /// Starts it.
    ///
    /// # Errors
    /// `InvalidInput` for a stack size of 0 or above 1 GiB; `OutOfMemory` where there is no address space, no
    /// slot of that size, or (on kernels without `MADV_GUARD_INSTALL`) no memory mapping left for another stack;
    /// the closure is dropped then.
    ///
    /// # Panics
    /// Where no runtime is current.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let builder = gopark::coroutine::Builder::new();
    ///     let refused = builder.clone().stack_size(2 << 30).spawn(|| ());
    ///     assert_eq!(refused.unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
    ///     assert_eq!(builder.spawn(|| 6 * 7).unwrap().join().unwrap(), 42);
    /// });
    /// ```
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let site = Location::caller();
        let class = self.stack_size.map(SizeClass::for_size).transpose()?;
        let name = self.name.map(|name| Arc::new(name.into_boxed_str()));
        spawn_static(&current_scheduler().expect(NO_RUNTIME), f, name, class, site)
    }
}
