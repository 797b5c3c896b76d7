//! The handle of a spawned coroutine.
#![allow(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use super::make::join_borrowed;
use crate::coroutine::body::Joint;
use crate::coroutine::handle::Coroutine;
use crate::sys::clock::{self, NEVER};

/// Owns the right to wait for a coroutine and to take its result.
///
/// Dropping it detaches the coroutine, which goes on; if it panics later, that is still printed with its name
/// and spawn site.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// gopark::run(|| {
///     let handle = gopark::go(|| 6 * 7);
///     assert_eq!(handle.join().unwrap(), 42);
/// });
/// ```
pub struct JoinHandle<T> {
    /// None after it was taken apart.
    joint: Option<Joint>,
    result: PhantomData<T>,
}

// SAFETY: the handle gives access to a `T` that another thread has made, and to a `Coroutine`, which is Send and
// Sync; the body behind it is shared by its protocol (body.rs).
unsafe impl<T: Send> Send for JoinHandle<T> {}
// SAFETY: by reference it gives the `Coroutine`, and whether and when it ends; never the `T`.
unsafe impl<T> Sync for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// # Safety
    /// `T` is the result type of the body.
    pub(crate) unsafe fn new(joint: Joint) -> JoinHandle<T> {
        JoinHandle { joint: Some(joint), result: PhantomData }
    }

    fn joint(&self) -> &Joint {
        self.joint.as_ref().expect("only join takes it, and consumes the handle")
    }

    /// Waits for the end and returns the result: `Err` with the payload if the coroutine panicked,
    /// `Err(Box<Cancelled>)` if its runtime stopped before it could start, or has abandoned it.
    ///
    /// Parks the calling coroutine, or blocks the calling thread. Not affected by cancellation.
    ///
    /// # Panics
    /// Inside `no_park`, if the coroutine has not ended.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let works = gopark::go(|| "7".parse::<u32>().unwrap());
    ///     let fails = gopark::go(|| "seven".parse::<u32>().unwrap());
    ///     assert_eq!(works.join().unwrap(), 7);
    ///     let message = fails.join().unwrap_err().downcast::<String>().unwrap();
    ///     assert!(message.contains("InvalidDigit"));
    /// });
    /// ```
    #[inline(always)]
    pub fn join(mut self) -> std::thread::Result<T> {
        join_borrowed(self.joint(), NEVER);
        let joint = self.joint.take().expect("taken here only");
        // SAFETY: done, and `T` is right by the contract of `new`.
        unsafe { joint.take::<T>() }
    }

    /// Waits for the end for at most `timeout`; returns whether it has come. The result stays: take it with
    /// [`join`](JoinHandle::join). Not affected by cancellation.
    ///
    /// # Panics
    /// As [`join`](JoinHandle::join).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use std::time::Duration;
    ///
    /// gopark::run(|| {
    ///     let sleeper = gopark::go(gopark::coroutine::park);
    ///     assert!(!sleeper.join_timeout(Duration::from_millis(1)));
    ///     sleeper.coroutine().unpark();
    ///     assert!(sleeper.join_timeout(Duration::from_secs(3600)));
    /// });
    /// ```
    pub fn join_timeout(&self, timeout: Duration) -> bool {
        join_borrowed(self.joint(), clock::after(timeout))
    }

    /// Whether the coroutine has ended. Never waits.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let sleeper = gopark::go(gopark::coroutine::park);
    ///     assert!(!sleeper.is_finished());
    ///     sleeper.coroutine().unpark();
    ///     while !sleeper.is_finished() {
    ///         gopark::yield_now();
    ///     }
    /// });
    /// ```
    pub fn is_finished(&self) -> bool {
        self.joint().header().join.is_done()
    }

    /// Cancels the coroutine: its calls that can fail do so from now on, also the one that it waits in. Those on
    /// sockets, `try_sleep` and `try_block_on` fail with [`Cancelled`](crate::face::Cancelled); `send`, `recv` and
    /// `select!` as if the other side were gone. Calls that cannot fail go on, and so does the coroutine: it sees to
    /// its own end. Nothing is unwound. Once cancelled, for good; after its end nothing. Never switches.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let worker = gopark::go(|| while gopark::coroutine::cancelled().is_none() { gopark::yield_now() });
    ///     worker.cancel();
    ///     worker.join().unwrap();
    /// });
    /// ```
    pub fn cancel(&self) {
        self.coroutine().cancel();
    }

    /// The coroutine behind the handle.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let child = gopark::go(|| gopark::coroutine::current().unwrap());
    ///     let coroutine = child.coroutine().clone();
    ///     assert_eq!(child.join().unwrap(), coroutine);
    /// });
    /// ```
    pub fn coroutine(&self) -> &Coroutine {
        &self.joint().header().coroutine
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        if let Some(joint) = self.joint.take() {
            joint.release();
        }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("coroutine", self.coroutine()).finish_non_exhaustive()
    }
}
