//! The same names as in `runtime/src/sync/rt.rs`: waiting is a loom thread that sleeps.
//!
//! A deadline comes as soon as somebody waits for it, unless the wait has been ended before; the interleavings bring the
//! other cases. There is no time else.

use std::cell::RefCell;
use std::panic;
use std::rc::Rc;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::sync::{Mutex, MutexGuard};
use loom::thread::{self, Thread, ThreadId};

pub(crate) use super::list::{Node, State, WaitList};

pub(crate) type Nanos = u64;

pub(crate) const NEVER: Nanos = u64::MAX;
/// A deadline.
pub(crate) const SOON: Nanos = 1;

pub(crate) fn now() -> Nanos {
    0
}

pub(crate) fn random_below(bound: Nanos) -> Nanos {
    bound
}

pub(crate) struct Spinning;

impl Spinning {
    pub(crate) const fn new() -> Spinning {
        Spinning
    }

    pub(crate) fn once(&mut self) -> bool {
        false
    }
}

/// The lock of a queue.
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) fn new(data: T) -> Lock<T> {
        Lock(Mutex::new(data))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().expect("no panic")
    }
}

const WAITS: usize = 0;
const CLAIMED: usize = 1;
const OVER: usize = 2;

/// One wait.
struct Slot {
    state: AtomicUsize,
    sleeper: RefCell<Option<Thread>>,
}

#[derive(Default)]
struct Model {
    slots: Vec<Rc<Slot>>,
    abandoned: Vec<ThreadId>,
}

thread_local! {
    /// Loom runs the threads of a model on the thread that called it.
    static MODEL: RefCell<Model> = RefCell::default();
}

/// To be called at the beginning and the end of each run of a model.
pub(crate) fn reset() {
    drop(MODEL.take());
}

/// Runs `f` in a thread whose runtime stops without it: its first wait is its end.
pub(crate) fn abandoned(f: impl FnOnce()) {
    MODEL.with_borrow_mut(|model| model.abandoned.push(thread::current().id()));
    if let Err(payload) = panic::catch_unwind(panic::AssertUnwindSafe(f))
        && !payload.is::<Abandoned>()
    {
        panic::resume_unwind(payload);
    }
}

struct Abandoned;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Wait {
    Plain,
    Open,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ticket(usize);

#[must_use]
#[derive(Debug)]
pub(crate) struct Claimed(Option<usize>);

fn slot(number: usize) -> Rc<Slot> {
    MODEL.with_borrow(|model| model.slots[number].clone())
}

impl Ticket {
    pub(crate) fn claim(self) -> Option<Claimed> {
        let slot = slot(self.0);
        let claimed = slot.state.compare_exchange(WAITS, CLAIMED, Ordering::AcqRel, Ordering::Relaxed);
        claimed.is_ok().then_some(Claimed(Some(self.0)))
    }

    pub(crate) fn any_stalled() -> bool {
        false
    }

    pub(crate) fn is_stalled(self) -> bool {
        false
    }
}

impl Claimed {
    pub(crate) const NOBODY: Claimed = Claimed(None);
}

pub(crate) fn hand_on(claimed: Claimed) {
    let sleeper = claimed.0.and_then(|number| slot(number).sleeper.take());
    if let Some(sleeper) = sleeper {
        sleeper.unpark();
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Waiter {
    number: usize,
    is_abandoned: bool,
}

impl Waiter {
    pub(crate) fn current() -> Waiter {
        let me = thread::current().id();
        let slot = Rc::new(Slot { state: AtomicUsize::new(WAITS), sleeper: RefCell::default() });
        MODEL.with_borrow_mut(|model| {
            model.slots.push(slot);
            Waiter { number: model.slots.len() - 1, is_abandoned: model.abandoned.contains(&me) }
        })
    }

    pub(crate) fn ticket(self) -> Ticket {
        Ticket(self.number)
    }

    pub(crate) fn is_abandoned(self) -> bool {
        self.is_abandoned
    }

    pub(crate) fn wait<R>(self, _: Wait, deadline: Nanos, withdraw: impl FnOnce() -> R) -> (bool, R) {
        let slot = slot(self.number);
        let mut in_time = true;
        if deadline != NEVER || self.is_abandoned {
            in_time = slot.state.compare_exchange(WAITS, OVER, Ordering::AcqRel, Ordering::Acquire).is_err();
        } else if slot.state.fetch_add(0, Ordering::Acquire) == WAITS {
            // A read-modify-write sees the newest value; until the thread sleeps, nothing else runs.
            slot.sleeper.replace(Some(thread::current()));
            thread::park();
            slot.state.load(Ordering::Acquire);
        }
        let withdrawn = withdraw();
        if self.is_abandoned {
            panic::resume_unwind(Box::new(Abandoned));
        }
        (in_time, withdrawn)
    }
}
