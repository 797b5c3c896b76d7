//! A place that is filled once, with std's names.
//!
//! # Invariants
//! 1. `value` is written by whoever does what `once` does once, before that is done, and from then on it is there.
//! 2. While it is not done, nobody else touches it; when it is, it is only read, but for the owner of the whole.
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::fmt;
use std::mem::MaybeUninit;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::once::Once;

/// A place for a value that is filled once: as `std::sync::OnceLock`, but who waits for it leaves its worker to others,
/// and what makes the value may wait.
///
/// A look at it costs one load. If the making panics, it stays empty, and the next one may try. Waiting does not care for
/// cancellation.
///
/// # Panics
/// Calls that have to wait panic inside [`no_park`](crate::face::coroutine::no_park). Who fills it while filling it waits
/// for ever.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::sync::OnceLock;
///
/// static CONFIG: OnceLock<String> = OnceLock::new();
///
/// gopark::run(|| {
///     assert_eq!(CONFIG.get(), None);
///     assert_eq!(CONFIG.get_or_init(|| "read".to_owned()), "read");
///     assert_eq!(CONFIG.set("again".to_owned()), Err("again".to_owned()));
/// });
/// ```
pub struct OnceLock<T> {
    once: Once,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: it gives out `&T` on any thread, and a value may be put in on one and taken out on another.
unsafe impl<T: Send + Sync> Sync for OnceLock<T> {}
impl<T: RefUnwindSafe + UnwindSafe> RefUnwindSafe for OnceLock<T> {}
impl<T: UnwindSafe> UnwindSafe for OnceLock<T> {}

impl<T> OnceLock<T> {
    /// An empty one.
    #[must_use]
    pub const fn new() -> OnceLock<T> {
        OnceLock { once: Once::new(), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    /// The value, if it is there. Never waits.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        // SAFETY: invariant 1; nobody writes any more (invariant 2).
        self.once.is_done().then(|| unsafe { (*self.value.get()).assume_init_ref() })
    }

    /// The value, if it is there, to change it. Never waits.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let mut lock = gopark::sync::OnceLock::from(1);
    /// *lock.get_mut().unwrap() += 1;
    /// assert_eq!(lock.get(), Some(&2));
    /// ```
    pub fn get_mut(&mut self) -> Option<&mut T> {
        // SAFETY: invariant 1.
        self.once.is_done().then(|| unsafe { self.value.get_mut().assume_init_mut() })
    }

    /// The value, as soon as somebody has filled it in. For ever, if nobody does.
    ///
    /// # Panics
    /// Inside `no_park`, if it is empty.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::sync::OnceLock;
    ///
    /// static PORT: OnceLock<u16> = OnceLock::new();
    ///
    /// gopark::run(|| {
    ///     gopark::go(|| PORT.set(80));
    ///     assert_eq!(*PORT.wait(), 80);
    /// });
    /// ```
    pub fn wait(&self) -> &T {
        self.once.wait();
        self.get().expect("it was filled")
    }

    /// Fills it.
    ///
    /// # Errors
    /// The value, if it is filled. If somebody is at it, waits until he is done.
    ///
    /// # Panics
    /// Inside `no_park`, if it has to wait.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let lock = gopark::sync::OnceLock::new();
    /// assert_eq!(lock.set("first"), Ok(()));
    /// assert_eq!(lock.set("second"), Err("second"));
    /// assert_eq!(lock.get(), Some(&"first"));
    /// ```
    pub fn set(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        self.get_or_init(|| value.take().expect("called once"));
        value.map_or(Ok(()), Err)
    }

    /// The value; if there is none, `f` makes it, which may wait. If somebody is at it, waits until he is done.
    ///
    /// # Panics
    /// If `f` does; then it stays empty. Inside `no_park`, if it has to wait.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let lock = gopark::sync::OnceLock::new();
    /// gopark::run(|| {
    ///     let makes = || {
    ///         gopark::yield_now(); // it may wait
    ///         "made"
    ///     };
    ///     assert_eq!(*lock.get_or_init(makes), "made");
    ///     assert_eq!(*lock.get_or_init(|| "made again"), "made");
    /// });
    /// ```
    #[inline]
    pub fn get_or_init<F: FnOnce() -> T>(&self, f: F) -> &T {
        if !self.once.is_done() {
            self.once.call_once_force(|_| {
                let value = f();
                // SAFETY: invariant 2; and what a panic has left behind is empty.
                unsafe { (*self.value.get()).write(value) };
            });
        }
        self.get().expect("it was filled")
    }

    /// Takes the value out and leaves it empty.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let mut lock = gopark::sync::OnceLock::from(1);
    /// assert_eq!(lock.take(), Some(1));
    /// assert_eq!(lock.set(2), Ok(())); // it can be filled again
    /// ```
    pub fn take(&mut self) -> Option<T> {
        std::mem::take(self).into_inner()
    }

    /// The value, if it was filled.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::sync::OnceLock;
    ///
    /// assert_eq!(OnceLock::from("full").into_inner(), Some("full"));
    /// assert_eq!(OnceLock::<&str>::new().into_inner(), None);
    /// ```
    pub fn into_inner(self) -> Option<T> {
        let full = self.once.is_done();
        let this = std::mem::ManuallyDrop::new(self);
        // SAFETY: invariant 1; it is read once, since the destructor does not run, and the rest owns nothing.
        full.then(|| unsafe { (*this.value.get()).assume_init_read() })
    }
}

impl<T> Drop for OnceLock<T> {
    fn drop(&mut self) {
        if self.once.is_done() {
            // SAFETY: invariant 1; nobody has it any more.
            unsafe { self.value.get_mut().assume_init_drop() };
        }
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> OnceLock<T> {
        OnceLock::new()
    }
}

impl<T> From<T> for OnceLock<T> {
    fn from(value: T) -> OnceLock<T> {
        let cell = OnceLock::new();
        let _ = cell.set(value);
        cell
    }
}

impl<T: Clone> Clone for OnceLock<T> {
    fn clone(&self) -> OnceLock<T> {
        self.get().cloned().map_or_else(OnceLock::new, OnceLock::from)
    }
}

impl<T: PartialEq> PartialEq for OnceLock<T> {
    fn eq(&self, other: &OnceLock<T>) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceLock<T> {}

impl<T: fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_tuple("OnceLock");
        match self.get() {
            Some(value) => tuple.field(value),
            None => tuple.field(&format_args!("<uninit>")),
        };
        tuple.finish()
    }
}
