//! Values that belong to one coroutine: `coroutine_local!`.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::locals::{AccessError, Copy, Inherited, Locals};
use super::record::{self, Record};

thread_local! {
    static OF_THREAD: Locals = Locals::default();
}

/// A value of which every coroutine has its own; made by [`coroutine_local!`](crate::coroutine_local!).
///
/// On a plain thread there is one for the thread. The first access in a coroutine runs the initialiser; a
/// further one costs about 5 ns (a search by the stack pointer, an index and a reference count). The value is
/// dropped when its coroutine ends, before a joiner learns of it; in which order is not specified.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use std::cell::RefCell;
///
/// gopark::coroutine_local! {
///     static LOG: RefCell<Vec<u32>> = RefCell::new(Vec::new());
/// }
///
/// gopark::run(|| {
///     LOG.with_borrow_mut(|log| log.push(1));
///     let child = gopark::go(|| LOG.with_borrow(Vec::len));
///     assert_eq!(child.join().unwrap(), 0);
///     LOG.with_borrow(|log| assert_eq!(*log, [1]));
/// });
/// ```
pub struct LocalKey<T: 'static> {
    init: fn() -> T,
    copy: Option<Copy>,
    /// 0: not numbered yet.
    number: AtomicU32,
}

impl<T: 'static> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey").finish_non_exhaustive()
    }
}

impl<T: 'static> LocalKey<T> {
    #[doc(hidden)]
    pub const fn new(init: fn() -> T) -> LocalKey<T> {
        LocalKey { init, copy: None, number: AtomicU32::new(0) }
    }

    #[doc(hidden)]
    pub const fn inheriting(init: fn() -> T) -> LocalKey<T>
    where
        T: Clone + Send,
    {
        LocalKey { init, copy: Some(copy_of::<T>), number: AtomicU32::new(0) }
    }

    fn key(&self) -> u32 {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        match self.number.load(Ordering::Relaxed) {
            0 => {
                let new = NEXT.fetch_add(1, Ordering::Relaxed);
                match self.number.compare_exchange(0, new, Ordering::Relaxed, Ordering::Relaxed) {
                    Ok(_) => new,
                    Err(first) => first,
                }
            }
            number => number,
        }
    }

    /// Gives `f` a reference to the value of this coroutine.
    ///
    /// `f` may wait: the value is the coroutine's, whatever runs on its thread meanwhile.
    ///
    /// # Errors
    /// [`AccessError`] when the value has been dropped already (in a destructor of another one).
    ///
    /// # Panics
    /// If the initialiser or `f` does.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    ///
    /// struct Last;
    /// impl Drop for Last {
    ///     fn drop(&mut self) {
    ///         WAS_GONE.store(LAST.try_with(|_| ()).is_err(), Relaxed);
    ///     }
    /// }
    /// gopark::coroutine_local! { static LAST: Last = Last; }
    /// static WAS_GONE: AtomicBool = AtomicBool::new(false);
    ///
    /// gopark::run(|| LAST.try_with(|_| ()).unwrap());
    /// assert!(WAS_GONE.load(Relaxed));
    /// ```
    pub fn try_with<R>(&'static self, f: impl FnOnce(&T) -> R) -> Result<R, AccessError> {
        let value = self.value()?;
        Ok(f(value.downcast_ref().expect("a key has one type")))
    }

    /// Makes the first value by `init`; returns `init`, if there is one already.
    fn set_first<F: FnOnce() -> T>(&'static self, init: F) -> Option<F> {
        let mut init = Some(init);
        let _ = self.value_or(|| init.take().expect("it is called once")()).expect(DESTROYED);
        init
    }

    /// As [`try_with`](LocalKey::try_with).
    ///
    /// # Panics
    /// When the value has been dropped already; if the initialiser or `f` does.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::coroutine_local! { static NAME: String = String::from("nobody"); }
    ///
    /// gopark::run(|| {
    ///     let length = NAME.with(|name| {
    ///         gopark::yield_now(); // the reference stays valid
    ///         name.len()
    ///     });
    ///     assert_eq!(length, 6);
    /// });
    /// ```
    pub fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        self.try_with(f).expect(DESTROYED)
    }

    fn value(&'static self) -> Result<Rc<dyn Any>, AccessError> {
        self.value_or(self.init)
    }

    /// The value; the first access makes it by `init`.
    fn value_or(&'static self, init: impl FnOnce() -> T) -> Result<Rc<dyn Any>, AccessError> {
        let key = self.key();
        if let Some(value) = with_locals(|locals| locals.get(key))?? {
            return Ok(value);
        }
        // Outside of any borrow: the initialiser may use other locals, or wait.
        let value: Rc<dyn Any> = Rc::new(init());
        with_locals(|locals| {
            locals.set(key, value.clone());
            if let Some(copy) = self.copy {
                locals.leave_to_children(key, copy);
            }
        })?;
        Ok(value)
    }
}

const DESTROYED: &str = "a coroutine-local was used during or after its destruction";

impl<T: 'static> LocalKey<Cell<T>> {
    /// Replaces the value. As the first access it makes it, without the initialiser.
    ///
    /// # Panics
    /// As [`with`](LocalKey::with).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::coroutine_local! { static LEVEL: std::cell::Cell<u32> = std::cell::Cell::new(1); }
    ///
    /// gopark::run(|| {
    ///     LEVEL.set(2);
    ///     assert_eq!(LEVEL.get(), 2);
    /// });
    /// ```
    pub fn set(&'static self, value: T) {
        let value = Cell::new(value);
        if let Some(make) = self.set_first(move || value) {
            self.with(|cell| cell.swap(&make()));
        }
    }

    /// Copies the value.
    ///
    /// # Panics
    /// As [`with`](LocalKey::with).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::coroutine_local! { static LEVEL: std::cell::Cell<u32> = std::cell::Cell::new(1); }
    ///
    /// assert_eq!(LEVEL.get(), 1); // on a plain thread: the thread's own
    /// ```
    pub fn get(&'static self) -> T
    where
        T: core::marker::Copy,
    {
        self.with(Cell::get)
    }

    /// Takes the value and leaves the default: that of the type, not what the initialiser makes.
    ///
    /// # Panics
    /// As [`with`](LocalKey::with).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::coroutine_local! { static LEVEL: std::cell::Cell<u32> = std::cell::Cell::new(1); }
    ///
    /// gopark::run(|| assert_eq!((LEVEL.take(), LEVEL.get()), (1, 0)));
    /// ```
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(Cell::take)
    }

    /// Replaces the value and returns the old one.
    ///
    /// # Panics
    /// As [`with`](LocalKey::with).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::coroutine_local! { static LEVEL: std::cell::Cell<u32> = std::cell::Cell::new(1); }
    ///
    /// gopark::run(|| {
    ///     let before = LEVEL.replace(2);
    ///     assert_eq!((before, LEVEL.get()), (1, 2));
    /// });
    /// ```
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> LocalKey<RefCell<T>> {
    /// Borrows the value. As long as `f` waits, it stays borrowed.
    ///
    /// # Panics
    /// As [`RefCell::borrow`], and as [`with`](LocalKey::with).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use std::cell::RefCell;
    ///
    /// gopark::coroutine_local! { static WORDS: RefCell<Vec<&'static str>> = RefCell::new(vec!["hello"]); }
    ///
    /// gopark::run(|| assert_eq!(WORDS.with_borrow(|words| words.concat()), "hello"));
    /// ```
    pub fn with_borrow<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        self.with(|cell| f(&cell.borrow()))
    }

    /// Borrows the value to change it. As long as `f` waits, it stays borrowed.
    ///
    /// # Panics
    /// As [`RefCell::borrow_mut`], and as [`with`](LocalKey::with).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use std::cell::RefCell;
    ///
    /// gopark::coroutine_local! { static WORDS: RefCell<Vec<&'static str>> = RefCell::new(vec!["hello"]); }
    ///
    /// gopark::run(|| {
    ///     WORDS.with_borrow_mut(|words| words.push("again"));
    ///     assert_eq!(WORDS.with_borrow(Vec::len), 2);
    /// });
    /// ```
    pub fn with_borrow_mut<R>(&'static self, f: impl FnOnce(&mut T) -> R) -> R {
        self.with(|cell| f(&mut cell.borrow_mut()))
    }
}

fn copy_of<T: Clone + Send + 'static>(value: &dyn Any) -> Box<dyn Any + Send> {
    Box::new(value.downcast_ref::<T>().expect("a key has one type").clone())
}

fn with_locals<R>(f: impl FnOnce(&Locals) -> R) -> Result<R, AccessError> {
    match record::current() {
        Some(record) => Ok(f(record.locals.get_or_init(Box::default))),
        None => OF_THREAD.try_with(f).map_err(|_| AccessError),
    }
}

/// Whether a coroutine that `caller`, or the calling thread, spawns inherits nothing: almost free to ask for a coroutine.
#[inline]
pub(crate) fn leaves_nothing(caller: Option<&Record>) -> bool {
    match caller {
        Some(record) => record.locals.get().is_none_or(|locals| locals.leave_nothing()),
        None => OF_THREAD.try_with(Locals::leave_nothing).unwrap_or(true),
    }
}

/// What it inherits.
pub(crate) fn inherited() -> Inherited {
    with_locals(Locals::copies).unwrap_or_default()
}

/// Gives the running coroutine what its parent left to it.
pub(crate) fn adopt(inherited: Inherited) {
    // Fails only on a thread that is about to end, which is no coroutine.
    let _ = with_locals(|locals| locals.adopt(inherited));
}
