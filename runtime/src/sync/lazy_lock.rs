//! A value that is made when it is first looked at, with std's names.
//!
//! **Invariant:** `make` is touched only by whoever does what `once` of `value` does once.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::fmt;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::once_lock::OnceLock;

/// A value that is made when it is first looked at: as `std::sync::LazyLock`, but who waits for it leaves its worker to
/// others, and what makes the value may wait.
///
/// A look at it costs one load. Waiting does not care for cancellation.
///
/// # Panics
/// If the making panics, every look at it does from then on. Looks that have to wait panic inside
/// [`no_park`](crate::face::coroutine::no_park). Who looks at it while making it waits for ever.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::sync::LazyLock;
///
/// static SQUARES: LazyLock<Vec<u32>> = LazyLock::new(|| (0..10).map(|n| n * n).collect());
///
/// gopark::run(|| assert_eq!(SQUARES[3], 9));
/// ```
pub struct LazyLock<T, F = fn() -> T> {
    value: OnceLock<T>,
    make: Cell<Option<F>>,
}

// SAFETY: `make` is called on whatever thread is first, and by one at a time: see above.
unsafe impl<T: Send + Sync, F: Send> Sync for LazyLock<T, F> {}
impl<T: RefUnwindSafe + UnwindSafe, F: UnwindSafe> RefUnwindSafe for LazyLock<T, F> {}
impl<T: UnwindSafe, F: UnwindSafe> UnwindSafe for LazyLock<T, F> {}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    /// One whose value `f` will make.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let name = String::from("gopark");
    /// let length = gopark::sync::LazyLock::new(|| name.len());
    /// assert_eq!(*length, 6);
    /// ```
    #[must_use]
    pub const fn new(f: F) -> LazyLock<T, F> {
        LazyLock { value: OnceLock::new(), make: Cell::new(Some(f)) }
    }

    /// The value, which is made if it is not there.
    ///
    /// # Panics
    /// If the making does, or has before. Inside `no_park`, if it has to wait.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::sync::LazyLock;
    ///
    /// static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| vec!["hello"]);
    ///
    /// let words: &'static Vec<&str> = LazyLock::force(&WORDS);
    /// assert_eq!(words.len(), 1);
    /// ```
    #[inline]
    pub fn force(this: &LazyLock<T, F>) -> &T {
        this.value.get_or_init(|| match this.make.take() {
            Some(make) => make(),
            None => panic!("LazyLock instance has previously been poisoned"),
        })
    }
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        LazyLock::force(self)
    }
}

impl<T: Default> Default for LazyLock<T> {
    fn default() -> LazyLock<T> {
        LazyLock::new(T::default)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_tuple("LazyLock");
        match self.value.get() {
            Some(value) => tuple.field(value),
            None => tuple.field(&format_args!("<uninit>")),
        };
        tuple.finish()
    }
}
