//! What is done once, with `parking_lot`'s names.

use std::fmt;

use super::once_word::{Begin, OnceWord, Progress};
use super::rt::Awaits;

/// Something that is done once, by whoever comes first; the others wait until it is. It may wait itself.
///
/// Looking whether it was done costs one load. Waiting does not care for cancellation.
///
/// If it panics, the `Once` is poisoned: `call_once` panics from then on, `call_once_force` tries again. Who calls it from
/// inside waits for himself, for ever; and so does everybody if it never comes to its end because its runtime has stopped.
///
/// # Panics
/// Calls that have to wait panic inside [`no_park`](crate::face::coroutine::no_park).
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::sync::Once;
///
/// static SET_UP: Once = Once::new();
///
/// gopark::run(|| {
///     SET_UP.call_once(gopark::yield_now);
///     SET_UP.call_once(|| unreachable!("it was done"));
///     assert!(SET_UP.state().done());
/// });
/// ```
pub struct Once {
    word: OnceWord,
}

/// How far a [`Once`] has come.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::sync::{Once, OnceState};
///
/// let once = Once::new();
/// assert_eq!(once.state(), OnceState::New);
/// once.call_once(|| assert_eq!(once.state(), OnceState::InProgress));
/// assert!(once.state().done() && !once.state().poisoned());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnceState {
    /// Nobody has begun.
    New,
    /// It was begun and has panicked.
    Poisoned,
    /// Somebody is at it.
    InProgress,
    /// It was done.
    Done,
}

impl OnceState {
    /// Whether it has panicked.
    #[must_use]
    pub fn poisoned(self) -> bool {
        self == OnceState::Poisoned
    }

    /// Whether it was done.
    #[must_use]
    pub fn done(self) -> bool {
        self == OnceState::Done
    }
}

impl Once {
    /// One that nobody has begun.
    #[must_use]
    pub const fn new() -> Once {
        Once { word: OnceWord::new() }
    }

    /// How far it has come. Never waits.
    #[must_use]
    pub fn state(&self) -> OnceState {
        match self.word.progress() {
            Progress::New => OnceState::New,
            Progress::Running => OnceState::InProgress,
            Progress::Poisoned => OnceState::Poisoned,
            Progress::Done => OnceState::Done,
        }
    }

    /// Calls `f` if nobody has before, or waits until that was done.
    ///
    /// # Panics
    /// If `f` does, and if it has before. Inside `no_park`, if it has to wait.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::sync::Once;
    /// use std::panic::catch_unwind;
    ///
    /// static SET_UP: Once = Once::new();
    ///
    /// assert!(catch_unwind(|| SET_UP.call_once(|| panic!("no luck"))).is_err());
    /// assert!(SET_UP.state().poisoned());
    /// assert!(catch_unwind(|| SET_UP.call_once(|| ())).is_err());
    /// ```
    #[inline]
    pub fn call_once<F: FnOnce()>(&self, f: F) {
        if !self.word.is_done() {
            match self.word.begin(false) {
                Begin::Done => {}
                Begin::Poisoned => panic!("Once instance has previously been poisoned"),
                Begin::Doing(doing) => {
                    f();
                    doing.succeed();
                }
            }
        }
    }

    /// The same, and after a panic it tries again. `f` learns whether there was one.
    ///
    /// # Panics
    /// If `f` does. Inside `no_park`, if it has to wait.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::sync::{Once, OnceState};
    ///
    /// static SET_UP: Once = Once::new();
    ///
    /// assert!(std::panic::catch_unwind(|| SET_UP.call_once(|| panic!("no luck"))).is_err());
    /// SET_UP.call_once_force(|before| assert_eq!(before, OnceState::Poisoned));
    /// assert!(SET_UP.state().done());
    /// ```
    #[inline]
    pub fn call_once_force<F: FnOnce(OnceState)>(&self, f: F) {
        if !self.word.is_done()
            && let Begin::Doing(doing) = self.word.begin(true)
        {
            f(if doing.is_retry { OnceState::Poisoned } else { OnceState::New });
            doing.succeed();
        }
    }

    /// Waits until somebody has done it.
    pub(crate) fn wait(&self) {
        self.word.wait();
    }

    /// The same for somebody who waits for something else by this, which a dump is to tell.
    pub(crate) fn wait_saying(&self, awaits: Awaits) {
        self.word.wait_saying(awaits);
    }

    /// Whether it was done, in one load.
    #[inline]
    pub(super) fn is_done(&self) -> bool {
        self.word.is_done()
    }
}

impl Default for Once {
    fn default() -> Once {
        Once::new()
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").field("state", &self.state()).finish()
    }
}
