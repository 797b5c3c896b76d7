//! Values that are used again instead of being made anew.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::rt::Lock;

/// Places that are made at once; others as they are needed.
const AT_ONCE: usize = 1024;

/// Values that are expensive to make, such as buffers, kept for those who come next: Go's `sync.Pool`, but bounded.
///
/// [`get`](ObjectPool::get) gives one that was returned, the last one first, since that is the one the caches know; or
/// makes one. It never waits, whatever there is: the pool bounds how many are kept, not how many there are. A value comes
/// back when its [`Pooled`] is dropped: it is reset, and kept if there is room.
///
/// ```
/// use gopark_runtime::face::sync::ObjectPool;
///
/// let buffers = ObjectPool::new(64, || Vec::with_capacity(4096)).with_reset(Vec::clear);
/// let mut buffer = buffers.get();
/// buffer.extend_from_slice(b"hello");
/// drop(buffer);
/// assert!(buffers.get().is_empty());
/// ```
pub struct ObjectPool<T> {
    /// Touched by moves only: nobody's code runs under the lock.
    kept: Lock<Vec<T>>,
    capacity: usize,
    make: Box<dyn Fn() -> T + Send + Sync>,
    reset: Reset<T>,
}

/// What is done to a value that comes back.
type Reset<T> = Box<dyn Fn(&mut T) + Send + Sync>;

/// A value from an [`ObjectPool`], to which it returns when this is dropped.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let pool = gopark::sync::ObjectPool::new(1, Vec::new);
/// let (mut first, second) = (pool.get(), pool.get()); // two, though one is kept
/// first.push(7);
/// drop(first);
/// drop(second);
/// assert_eq!(pool.len(), 1);
/// assert_eq!(*pool.get(), [7]);
/// ```
pub struct Pooled<'a, T> {
    pool: &'a ObjectPool<T>,
    /// There until the destructor, or `take`, moves it out.
    value: Option<T>,
}

impl<T> ObjectPool<T> {
    /// A pool that keeps up to `capacity` values and makes more by calling `make`. Makes none now, but up to 1024
    /// places.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let pool = gopark::sync::ObjectPool::new(16, String::new);
    /// assert!(pool.is_empty());
    /// drop(pool.get());
    /// assert_eq!(pool.len(), 1);
    /// ```
    pub fn new(capacity: usize, make: impl Fn() -> T + Send + Sync + 'static) -> ObjectPool<T> {
        ObjectPool {
            kept: Lock::new(Vec::with_capacity(capacity.min(AT_ONCE))),
            capacity,
            make: Box::new(make),
            reset: Box::new(|_| ()),
        }
    }

    /// The same, with `reset` called on each value that comes back. If it panics, the value is dropped, and the panic
    /// goes on where the [`Pooled`] was dropped.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let pool = gopark::sync::ObjectPool::new(16, String::new).with_reset(String::clear);
    /// pool.get().push_str("hello");
    /// assert_eq!((pool.len(), pool.get().as_str()), (1, ""));
    /// ```
    #[must_use]
    pub fn with_reset(mut self, reset: impl Fn(&mut T) + Send + Sync + 'static) -> ObjectPool<T> {
        self.reset = Box::new(reset);
        self
    }

    /// A value that was returned, or a new one. Never waits, unless the making does.
    ///
    /// # Panics
    /// If the making does.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    ///
    /// static MADE: AtomicU32 = AtomicU32::new(0);
    ///
    /// let pool = gopark::sync::ObjectPool::new(16, || MADE.fetch_add(1, Relaxed));
    /// (0..10).for_each(|_| drop(pool.get()));
    /// assert_eq!(MADE.load(Relaxed), 1);
    /// ```
    pub fn get(&self) -> Pooled<'_, T> {
        let kept = self.kept.lock().pop();
        Pooled { pool: self, value: Some(kept.unwrap_or_else(|| (self.make)())) }
    }

    /// How many values are kept at the moment.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.lock().len()
    }

    /// Whether none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn take_back(&self, mut value: T) {
        (self.reset)(&mut value);
        let mut kept = self.kept.lock();
        if kept.len() < self.capacity {
            kept.push(value);
        } else {
            drop(kept); // a destructor is anybody's code
            drop(value);
        }
    }
}

impl<T> Pooled<'_, T> {
    /// The value, which does not return.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::sync::{ObjectPool, Pooled};
    ///
    /// let pool = ObjectPool::new(16, || String::from("mine"));
    /// let name: String = Pooled::take(pool.get());
    /// assert_eq!((name.as_str(), pool.len()), ("mine", 0));
    /// ```
    #[must_use]
    pub fn take(mut pooled: Self) -> T {
        pooled.value.take().expect("it is there until the destructor")
    }
}

impl<T> Deref for Pooled<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.value.as_ref().expect("it is there until the destructor")
    }
}

impl<T> DerefMut for Pooled<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("it is there until the destructor")
    }
}

impl<T> Drop for Pooled<'_, T> {
    fn drop(&mut self) {
        if let Some(value) = self.value.take() {
            self.pool.take_back(value);
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Pooled<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T> fmt::Debug for ObjectPool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectPool").field("kept", &self.len()).field("capacity", &self.capacity).finish()
    }
}
