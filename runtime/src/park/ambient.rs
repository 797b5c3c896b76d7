//! Deadlines for everything that is called inside, and sections that nothing disturbs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::thread::thread_entry;
use crate::coroutine::ambient::{Ambient, Bounds, Stopper};
use crate::coroutine::handle::Coroutine;
use crate::coroutine::record::{self, Record};
use crate::sys::clock;

thread_local! {
    static OF_THREAD: Ambient = Ambient::default();
}

/// Whose calls are bounded.
#[derive(Clone, Copy)]
enum Whose {
    Coroutine(&'static Record),
    Thread,
}

impl Whose {
    #[inline]
    fn current() -> Whose {
        record::current().map_or(Whose::Thread, Whose::Coroutine)
    }

    /// As wakers know it. A thread has no number but that of its entry.
    fn name(self) -> Coroutine {
        match self {
            Whose::Coroutine(record) => record.coroutine.clone(),
            Whose::Thread => Coroutine::of(thread_entry()),
        }
    }

    #[inline]
    fn with<R>(self, f: impl FnOnce(&Ambient) -> R) -> R {
        match self {
            Whose::Coroutine(record) => f(&record.ambient),
            Whose::Thread => of_thread(f),
        }
    }
}

/// The calling thread's. Never inlined: its address must not be kept across a switch.
#[inline(never)]
pub(crate) fn of_thread<R>(f: impl FnOnce(&Ambient) -> R) -> R {
    let mut f = Some(f);
    let called = OF_THREAD.try_with(|ambient| f.take().map(|f| f(ambient)));
    match (called, f) {
        (Ok(Some(result)), _) => result,
        // A thread that is about to end, in a destructor of a thread-local, has none left.
        (_, Some(f)) => f(&Ambient::default()),
        _ => unreachable!("it is called once"),
    }
}

/// Runs `f` on what the caller has.
#[inline]
pub(crate) fn current_ambient<R>(f: impl FnOnce(&Ambient) -> R) -> R {
    Whose::current().with(f)
}

/// What a child, or a helper thread, of the caller inherits.
pub(crate) fn bounds() -> Bounds {
    Whose::current().with(Ambient::bounds)
}

/// Runs `f` within `bounds` and those that there are already.
pub(crate) fn within<R>(bounds: Bounds, f: impl FnOnce() -> R) -> R {
    struct PutBack {
        whose: Whose,
        before: Option<Bounds>,
        entered: Option<(Arc<dyn Stopper>, Coroutine)>,
    }
    impl Drop for PutBack {
        fn drop(&mut self) {
            if let Some((stopper, me)) = &self.entered {
                stopper.leave(me);
            }
            self.whose
                .with(|ambient| self.before.take().into_iter().for_each(|before| ambient.restore(before)));
        }
    }
    let whose = Whose::current();
    let entered = bounds.stopper().map(|stopper| (stopper.clone(), whose.name()));
    let before = whose.with(|ambient| ambient.impose(bounds));
    if let Some((stopper, me)) = &entered {
        stopper.enter(me);
    }
    let _put_back = PutBack { whose, before: Some(before), entered };
    f()
}

/// Runs `f` with an ambient deadline: calls inside that can fail do so once `timeout` is over, also the one that waits
/// then. Calls that cannot fail are not affected. Of nested deadlines the earliest counts.
///
/// Calls on sockets fail with kind `TimedOut`; `recv`, `send` and `select!` as if the other side were gone;
/// [`coroutine::cancelled`](crate::face::coroutine::cancelled) tells why. Those that begin after the deadline fail without
/// trying. A [`scope`](crate::face::scope)'s children and [`blocking`](crate::face::blocking) inherit the deadline, `go`
/// does not. Costs a few nanoseconds, and 25 ns more for each call inside. On a plain thread it works as well.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use std::time::Duration;
///
/// gopark::run(|| {
///     let (_sender, receiver) = gopark::chan::bounded::<()>(0);
///     let late = gopark::with_timeout(Duration::from_millis(2), || {
///         receiver.recv().unwrap_err();
///         gopark::coroutine::cancelled()
///     });
///     assert_eq!(late, Some(gopark::coroutine::Reason::DeadlineExceeded));
///     assert_eq!(gopark::coroutine::cancelled(), None);
/// });
/// ```
pub fn with_timeout<R>(timeout: Duration, f: impl FnOnce() -> R) -> R {
    within(Bounds::until(clock::after(timeout)), f)
}

/// As [`with_timeout`], until `deadline`.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use std::time::{Duration, Instant};
///
/// gopark::run(|| {
///     let deadline = Instant::now() + Duration::from_millis(1);
///     let late = gopark::with_deadline(deadline, || {
///         let longer = Duration::from_secs(3600);
///         gopark::with_timeout(longer, || gopark::time::try_sleep(longer)) // the earlier one counts
///     });
///     assert_eq!(late, Err(gopark::Cancelled));
/// });
/// ```
pub fn with_deadline<R>(deadline: Instant, f: impl FnOnce() -> R) -> R {
    within(Bounds::until(clock::at(deadline)), f)
}

/// Runs `f` undisturbed: inside, neither a cancellation of the coroutine nor an ambient deadline counts. For what has
/// to be cleaned up. A [`with_timeout`] inside counts again.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// gopark::run(|| {
///     let (sender, receiver) = gopark::chan::bounded(1);
///     let worker = gopark::go(move || {
///         while gopark::coroutine::cancelled().is_none() {
///             gopark::yield_now();
///         }
///         gopark::shield(|| sender.send("the last word"))
///     });
///     worker.cancel();
///     assert_eq!(worker.join().unwrap(), Ok(()));
///     assert_eq!(receiver.recv(), Ok("the last word"));
/// });
/// ```
pub fn shield<R>(f: impl FnOnce() -> R) -> R {
    struct Lower(Whose, Option<Bounds>);
    impl Drop for Lower {
        fn drop(&mut self) {
            self.0.with(|ambient| self.1.take().into_iter().for_each(|before| ambient.lower_shield(before)));
        }
    }
    let whose = Whose::current();
    let _lower = Lower(whose, Some(whose.with(Ambient::raise_shield)));
    f()
}
