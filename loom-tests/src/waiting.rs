//! Waiting, as production files know it by their `rt`: whoever waits is a loom thread that sleeps.
//!
//! Each has one word, as in `lockfree/status.rs`, which has models of its own: an epoch, which every end of a wait raises,
//! whether it waits, and whether it was cancelled. All that can end a wait meets there, in one step each. A ticket that is
//! used after it was given out and before its owner waits ends that wait too: then the owner does not sleep, and may go on
//! before its partner has finished.
//!
//! A deadline comes as soon as somebody waits for it, unless the wait has been ended before; the interleavings bring the
//! other cases. There is no time else.

use std::cell::{Cell, RefCell};
use std::panic;
use std::rc::Rc;

use loom::thread::{self, Thread, ThreadId};

use crate::section::Section;

/// An instant.
pub type Nanos = u64;

/// The deadline that never comes.
pub const NEVER: Nanos = u64::MAX;
/// A deadline that does.
pub const SOON: Nanos = 1;

/// The present, for the calling thread: [`SOON`] as soon as a deadline has ended one of its waits.
#[must_use]
pub fn now() -> Nanos {
    if Waiter::current().place().is_late.get() { SOON } else { 0 }
}

/// What ends a wait, besides its ticket and its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Nothing.
    Plain,
    /// A cancellation.
    Open,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Phase {
    #[default]
    Running,
    /// Its ticket was used, and it has yet to notice.
    Notified,
    Waits(Wait),
}

#[derive(Debug, Default)]
struct Word {
    epoch: usize,
    phase: Phase,
    is_cancelled: bool,
}

/// What comes of a wait at its beginning.
enum Commit {
    Sleep,
    Ended,
    TimedOut,
}

impl Word {
    fn end(&mut self) {
        self.epoch += 1;
        self.phase = Phase::Running;
    }

    fn commit(&mut self, wait: Wait, times_out: bool) -> Commit {
        let has_ended = self.phase == Phase::Notified || wait == Wait::Open && self.is_cancelled;
        if has_ended || times_out {
            self.end();
            return if has_ended { Commit::Ended } else { Commit::TimedOut };
        }
        self.phase = Phase::Waits(wait);
        Commit::Sleep
    }

    /// Whether the ticket of `epoch` has won, and whom it finds asleep.
    fn claim(&mut self, epoch: usize) -> Option<bool> {
        if self.epoch != epoch || self.phase == Phase::Notified {
            return None;
        }
        let sleeps = matches!(self.phase, Phase::Waits(_));
        if sleeps {
            self.end();
        } else {
            self.phase = Phase::Notified;
        }
        Some(sleeps)
    }

    /// Whether that has ended a wait.
    fn cancel(&mut self) -> bool {
        self.is_cancelled = true;
        let ends = self.phase == Phase::Waits(Wait::Open);
        if ends {
            self.end();
        }
        ends
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Usual,
    Cancellable,
    /// Its first wait is its end.
    Abandoned,
}

/// Somebody.
#[derive(Debug)]
struct Place {
    word: Section<Word>,
    sleeper: RefCell<Option<Thread>>,
    is_late: Cell<bool>,
    kind: Kind,
}

impl Place {
    fn wake(&self) {
        if let Some(sleeper) = self.sleeper.take() {
            sleeper.unpark();
        }
    }
}

#[derive(Default)]
struct Model {
    places: Vec<Rc<Place>>,
    /// Which thread has which place: the last one.
    tenants: Vec<(ThreadId, usize)>,
}

impl Model {
    fn add(&mut self, kind: Kind) -> usize {
        let (word, sleeper, is_late) = Default::default();
        self.places.push(Rc::new(Place { word, sleeper, is_late, kind }));
        self.places.len() - 1
    }
}

thread_local! {
    /// Loom runs the threads of a model on the thread that called it.
    static MODEL: RefCell<Model> = RefCell::default();
}

/// To be called at the beginning and the end of each run of a model.
pub fn reset() {
    drop(MODEL.take());
}

/// One who can be cancelled. Others cannot, which saves loom the question.
#[derive(Clone, Copy, Debug)]
pub struct Coroutine(usize);

impl Coroutine {
    /// For a thread that will [`run`](Coroutine::run) it.
    #[must_use]
    pub fn cancellable() -> Coroutine {
        Coroutine(MODEL.with_borrow_mut(|model| model.add(Kind::Cancellable)))
    }

    /// The calling thread is it, from now on.
    pub fn run(self) {
        let me = thread::current().id();
        MODEL.with_borrow_mut(|model| model.tenants.push((me, self.0)));
    }

    /// Ends a wait that is open to it, or the next one at its beginning.
    pub fn cancel(self) {
        let place = Waiter(self.0).place();
        if place.word.with(Word::cancel) {
            place.wake();
        }
    }
}

struct Abandoned;

/// Runs `f` in a thread whose runtime stops without it: its first wait is its end.
pub fn abandoned(f: impl FnOnce()) {
    Coroutine(MODEL.with_borrow_mut(|model| model.add(Kind::Abandoned))).run();
    if let Err(payload) = panic::catch_unwind(panic::AssertUnwindSafe(f))
        && !payload.is::<Abandoned>()
    {
        panic::resume_unwind(payload);
    }
}

/// Names one wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    place: usize,
    epoch: usize,
}

/// Somebody whose wait was ended, and who is to be woken.
#[must_use]
#[derive(Debug)]
pub struct Claimed(Option<usize>);

impl Ticket {
    /// Ends the wait, if it is not over.
    #[must_use]
    pub fn claim(self) -> Option<Claimed> {
        let sleeps = Waiter(self.place).place().word.with(|word| word.claim(self.epoch))?;
        Some(Claimed(sleeps.then_some(self.place)))
    }

    /// No machine is ever stuck.
    #[must_use]
    pub fn any_stalled() -> bool {
        false
    }

    /// See above.
    #[must_use]
    pub fn is_stalled(self) -> bool {
        false
    }
}

impl Claimed {
    /// As it says.
    pub const NOBODY: Claimed = Claimed(None);
}

/// Wakes who sleeps.
pub fn hand_on(claimed: Claimed) {
    if let Some(number) = claimed.0 {
        Waiter(number).place().wake();
    }
}

/// Whoever waits here.
#[derive(Clone, Copy, Debug)]
pub struct Waiter(usize);

impl Waiter {
    /// The calling thread.
    #[must_use]
    pub fn current() -> Waiter {
        let me = thread::current().id();
        MODEL.with_borrow_mut(|model| {
            let known = model.tenants.iter().rfind(|tenant| tenant.0 == me).map(|tenant| tenant.1);
            Waiter(known.unwrap_or_else(|| {
                let new = model.add(Kind::Usual);
                model.tenants.push((me, new));
                new
            }))
        })
    }

    fn place(self) -> Rc<Place> {
        MODEL.with_borrow(|model| model.places[self.0].clone())
    }

    /// Names the next wait.
    #[must_use]
    pub fn ticket(self) -> Ticket {
        Ticket { place: self.0, epoch: self.place().word.peek(|word| word.epoch) }
    }

    /// Makes a ticket that was given out stale.
    pub fn forget(self) {
        self.place().word.with(Word::end);
    }

    /// Whether a ticket of a wait that did not begin was used, and the next wait will end for nothing.
    #[must_use]
    pub fn is_notified(self) -> bool {
        self.place().word.peek(|word| word.phase == Phase::Notified)
    }

    /// As it says.
    #[must_use]
    pub fn is_abandoned(self) -> bool {
        self.place().kind == Kind::Abandoned
    }

    /// As `wait`, in a call that can fail.
    pub fn wait_fallibly<R, A>(self, awaits: A, deadline: Nanos, withdraw: impl FnOnce() -> R) -> R {
        self.wait(awaits, Wait::Open, deadline, withdraw).1
    }

    /// Sleeps until something ends the wait, then calls `withdraw`. True: it was not the deadline.
    ///
    /// # Panics
    /// If the caller is abandoned: [`abandoned`] catches that.
    pub fn wait<R, A>(
        self,
        _awaits: A,
        wait: Wait,
        deadline: Nanos,
        withdraw: impl FnOnce() -> R,
    ) -> (bool, R) {
        let place = self.place();
        let times_out = deadline != NEVER || self.is_abandoned();
        let commit = place.word.with(|word| word.commit(wait, times_out));
        match commit {
            // Until the thread sleeps, nothing else runs.
            Commit::Sleep => {
                place.sleeper.replace(Some(thread::current()));
                thread::park();
            }
            Commit::TimedOut => place.is_late.set(true),
            Commit::Ended => {}
        }
        let withdrawn = withdraw();
        if self.is_abandoned() {
            panic::resume_unwind(Box::new(Abandoned));
        }
        (!matches!(commit, Commit::TimedOut), withdrawn)
    }
}

/// Whoever is inside a call that can fail.
#[derive(Clone, Copy, Debug)]
pub struct Caller(());

/// It was cancelled.
#[derive(Clone, Copy, Debug)]
pub struct Stopped(());

/// Whether the calling thread may go on.
///
/// # Errors
/// It was cancelled.
pub fn check() -> Result<(), Stopped> {
    Caller::enter().map(|_| ())
}

impl Caller {
    /// # Errors
    /// As [`check`].
    pub fn enter() -> Result<Caller, Stopped> {
        let place = Waiter::current().place();
        let stopped = place.kind == Kind::Cancellable && place.word.with(|word| word.is_cancelled);
        if stopped { Err(Stopped(())) } else { Ok(Caller(())) }
    }

    /// Others need not run.
    pub fn leave(self) {}
}
