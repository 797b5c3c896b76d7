//! Values that belong to one coroutine: `coroutine_local!`.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::record;

/// The value was used while or after the coroutine's locals were dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessError;

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("already destroyed")
    }
}

impl Error for AccessError {}

enum Value {
    Unset,
    Alive(Rc<dyn Any>),
    Destroyed,
}

/// What a child gets of its parent's value.
type Copy = fn(&dyn Any) -> Box<dyn Any + Send>;

/// Values on their way from a parent to a child.
pub(crate) type Inherited = Vec<(u32, Copy, Box<dyn Any + Send>)>;

/// One coroutine's values (or one plain thread's), by key.
#[derive(Default)]
pub(crate) struct Locals {
    values: RefCell<Vec<Value>>,
    inheritable: RefCell<Vec<(u32, Copy)>>,
}

thread_local! {
    static OF_THREAD: Locals = Locals::default();
}

impl Locals {
    fn get(&self, key: u32) -> Result<Option<Rc<dyn Any>>, AccessError> {
        match self.values.borrow().get(key as usize) {
            None | Some(Value::Unset) => Ok(None),
            Some(Value::Alive(value)) => Ok(Some(value.clone())),
            Some(Value::Destroyed) => Err(AccessError),
        }
    }

    fn set(&self, key: u32, value: Rc<dyn Any>) {
        let mut values = self.values.borrow_mut();
        if values.len() <= key as usize {
            values.resize_with(key as usize + 1, || Value::Unset);
        }
        values[key as usize] = Value::Alive(value);
    }

    /// Copies what a child inherits.
    fn copies(&self) -> Inherited {
        let inheritable = self.inheritable.borrow().clone();
        let copy = |&(key, copy): &(u32, Copy)| {
            let value = self.get(key).ok().flatten()?;
            Some((key, copy, copy(&*value)))
        };
        inheritable.iter().filter_map(copy).collect()
    }

    fn adopt(&self, inherited: Inherited) {
        for (key, copy, value) in inherited {
            let value: Box<dyn Any> = value;
            self.set(key, Rc::from(value));
            self.inheritable.borrow_mut().push((key, copy));
        }
    }

    /// Drops every value; destructors may use the others, and set new ones, which are dropped in their turn.
    pub(super) fn destroy(&self) {
        loop {
            let next = self.values.borrow_mut().iter_mut().find_map(|place| match place {
                Value::Alive(_) => Some(std::mem::replace(place, Value::Destroyed)),
                _ => None,
            });
            let Some(value) = next else { return };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(move || drop(value))) {
                // The hook has reported it; a payload whose own drop panics must not stop the others.
                std::mem::forget(payload);
            }
        }
    }
}

/// A value of which every coroutine has its own; made by [`coroutine_local!`](crate::coroutine_local!).
///
/// On a plain thread there is one for the thread. The first access in a coroutine runs the initialiser; a
/// further one costs about 5 ns (a search by the stack pointer, an index and a reference count). The value is
/// dropped when its coroutine ends, before a joiner learns of it.
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
    pub fn try_with<R>(&'static self, f: impl FnOnce(&T) -> R) -> Result<R, AccessError> {
        let value = self.value()?;
        Ok(f(value.downcast_ref().expect("a key has one type")))
    }

    /// As [`try_with`](LocalKey::try_with).
    ///
    /// # Panics
    /// When the value has been dropped already.
    pub fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        self.try_with(f).expect("a coroutine-local was used during or after its destruction")
    }

    fn value(&'static self) -> Result<Rc<dyn Any>, AccessError> {
        let key = self.key();
        if let Some(value) = with_locals(|locals| locals.get(key))?? {
            return Ok(value);
        }
        // Outside of any borrow: the initialiser may use other locals, or wait.
        let value: Rc<dyn Any> = Rc::new((self.init)());
        with_locals(|locals| {
            locals.set(key, value.clone());
            if let Some(copy) = self.copy {
                locals.inheritable.borrow_mut().push((key, copy));
            }
        })?;
        Ok(value)
    }
}

impl<T: 'static> LocalKey<Cell<T>> {
    /// Replaces the value.
    pub fn set(&'static self, value: T) {
        self.with(|cell| cell.set(value));
    }

    /// Copies the value.
    pub fn get(&'static self) -> T
    where
        T: core::marker::Copy,
    {
        self.with(Cell::get)
    }

    /// Takes the value and leaves the default.
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(Cell::take)
    }

    /// Replaces the value and returns the old one.
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> LocalKey<RefCell<T>> {
    /// Borrows the value.
    ///
    /// # Panics
    /// As [`RefCell::borrow`].
    pub fn with_borrow<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        self.with(|cell| f(&cell.borrow()))
    }

    /// Borrows the value to change it.
    ///
    /// # Panics
    /// As [`RefCell::borrow_mut`].
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

/// Declares values of which every coroutine has its own: as `thread_local!`, and on a plain thread just that.
///
/// With `inherit` in front, a coroutine begins with a copy of its spawner's value, if the spawner has one; the
/// type is then `Clone + Send`.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use std::cell::Cell;
///
/// gopark::coroutine_local! {
///     static VISITS: Cell<u32> = Cell::new(0);
///     inherit static REQUEST: Cell<u32> = Cell::new(0);
/// }
///
/// gopark::run(|| {
///     VISITS.set(1);
///     REQUEST.set(7);
///     let child = gopark::go(|| (VISITS.get(), REQUEST.get()));
///     assert_eq!(child.join().unwrap(), (0, 7));
/// });
/// ```
#[macro_export]
macro_rules! coroutine_local {
    () => {};
    ($(#[$meta:meta])* inherit $vis:vis static $name:ident : $type:ty = $init:expr $(; $($rest:tt)*)?) => {
        $(#[$meta])*
        $vis static $name: $crate::face::coroutine::LocalKey<$type> = {
            fn init() -> $type {
                $init
            }
            $crate::face::coroutine::LocalKey::inheriting(init)
        };
        $($crate::coroutine_local! { $($rest)* })?
    };
    ($(#[$meta:meta])* $vis:vis static $name:ident : $type:ty = $init:expr $(; $($rest:tt)*)?) => {
        $(#[$meta])*
        $vis static $name: $crate::face::coroutine::LocalKey<$type> = {
            fn init() -> $type {
                $init
            }
            $crate::face::coroutine::LocalKey::new(init)
        };
        $($crate::coroutine_local! { $($rest)* })?
    };
}

/// What a coroutine that is spawned here inherits; empty, and almost free, if nothing is marked so.
pub(crate) fn inherited() -> Inherited {
    let none = match record::current() {
        Some(record) => record.locals.get().is_none_or(|locals| locals.inheritable.borrow().is_empty()),
        None => false,
    };
    if none { Vec::new() } else { with_locals(Locals::copies).unwrap_or_default() }
}

/// Gives the running coroutine what its parent left to it.
pub(crate) fn adopt(inherited: Inherited) {
    // Fails only on a thread that is about to end, which is no coroutine.
    let _ = with_locals(|locals| locals.adopt(inherited));
}
