//! Cancelling everything that was begun for one purpose: Go's `context`.

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::iter;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::chan::{Ending, Receiver, ends_at};
use crate::coroutine::ambient::{Bounds, Stopper};
use crate::coroutine::cancelled::Reason;
use crate::coroutine::handle::Coroutine;
use crate::park::ambient::{bounds, within};
use crate::sched::ready::ready;
use crate::sys::clock::{self, NEVER, Nanos};

/// The purpose of a piece of work: it can be cancelled, has a deadline perhaps, and carries values.
///
/// Contexts form a tree: what cancels one cancels all that were made from it, and none has a later deadline than the one
/// that it was made from. Cloning costs a reference count.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::Context;
///
/// gopark::run(|| {
///     let (context, cancel) = Context::background().with_cancel();
///     let worker = gopark::go({
///         let context = context.clone();
///         move || context.run(|| gopark::time::try_sleep(std::time::Duration::from_secs(3600)))
///     });
///     cancel.cancel();
///     assert_eq!(worker.join().unwrap(), Err(gopark::Cancelled));
///     assert!(context.err().is_some());
/// });
/// ```
#[derive(Clone)]
pub struct Context(Arc<Inner>);

/// Cancels the context that it was made with. Clones do the same; dropping them does nothing.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let (context, cancel) = gopark::Context::background().with_cancel();
/// gopark::run(|| {
///     let cancel = cancel.clone();
///     gopark::go(move || cancel.cancel());
///     assert!(context.done().recv().is_err()); // waits for the end
/// });
/// ```
#[derive(Clone)]
#[must_use = "a context that nobody can cancel need not have one"]
pub struct Cancel(Arc<Inner>);

struct Inner {
    parent: Option<Context>,
    deadline: Nanos,
    done: Receiver<Infallible>,
    ends_done: Ending,
    value: Option<Box<dyn Any + Send + Sync>>,
    /// Why it has ended: RUNS, or the first reason that there was, once and for good.
    ended: AtomicU8,
    state: Mutex<State>,
}

const RUNS: u8 = 0;
const CANCELLED: u8 = 1;
const PAST_DEADLINE: u8 = 2;

#[derive(Default)]
struct State {
    cancelled: bool,
    children: Vec<Weak<Inner>>,
    /// Those whose calls it bounds.
    inside: Vec<Coroutine>,
}

impl Context {
    /// The root: never cancelled, without a deadline or values.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let root = gopark::Context::background();
    /// assert_eq!((root.err(), root.value::<u32>()), (None, None));
    /// ```
    pub fn background() -> Context {
        Context::new(None, NEVER, None)
    }

    /// The one that bounds the calls of the caller: inside [`run`](Context::run) that context, else the root; until the
    /// ambient deadline at the latest. For work that is to end with the caller's, but is done elsewhere.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::Context;
    ///
    /// let (context, cancel) = Context::background().with_cancel();
    /// let inside = context.run(Context::current);
    /// cancel.cancel();
    /// assert!(inside.err().is_some());
    /// assert!(Context::current().err().is_none());
    /// ```
    pub fn current() -> Context {
        let bounds = bounds();
        let inside = bounds.stopper().map(|stopper| stopper.clone().into_any().downcast::<Inner>());
        let inside =
            inside.map_or_else(Context::background, |inner| Context(inner.expect("there are no others")));
        let deadline = bounds.limit(NEVER);
        if deadline < inside.0.deadline { inside.child(deadline, None) } else { inside }
    }

    fn new(parent: Option<Context>, deadline: Nanos, value: Option<Box<dyn Any + Send + Sync>>) -> Context {
        let (ends_done, done) = ends_at(deadline);
        let (ended, state) = (AtomicU8::new(RUNS), Mutex::default());
        let context = Context(Arc::new(Inner { parent, deadline, done, ends_done, value, ended, state }));
        if let Some(parent) = &context.0.parent {
            parent.0.adopt(&context.0);
        }
        context
    }

    fn child(&self, deadline: Nanos, value: Option<Box<dyn Any + Send + Sync>>) -> Context {
        Context::new(Some(self.clone()), self.0.deadline.min(deadline), value)
    }

    /// One that can be cancelled by itself.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::{Context, coroutine::Reason};
    ///
    /// let (parent, cancel_parent) = Context::background().with_cancel();
    /// let (child, cancel_child) = parent.with_cancel();
    /// cancel_child.cancel();
    /// assert_eq!((parent.err(), child.err()), (None, Some(Reason::Cancelled)));
    /// cancel_parent.cancel();
    /// assert!(parent.with_cancel().0.err().is_some()); // made from one that has ended
    /// ```
    pub fn with_cancel(&self) -> (Context, Cancel) {
        let child = self.child(NEVER, None);
        let cancel = Cancel(child.0.clone());
        (child, cancel)
    }

    /// One that ends after `timeout` at the latest.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::coroutine::Reason;
    ///
    /// gopark::run(|| {
    ///     let context = gopark::Context::background().with_timeout(std::time::Duration::from_millis(1));
    ///     assert!(context.done().recv().is_err()); // waits for the end
    ///     assert_eq!(context.err(), Some(Reason::DeadlineExceeded));
    /// });
    /// ```
    pub fn with_timeout(&self, timeout: Duration) -> Context {
        self.child(clock::after(timeout), None)
    }

    /// One that ends at `deadline` at the latest.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use std::time::{Duration, Instant};
    ///
    /// let now = Instant::now();
    /// let context = gopark::Context::background().with_deadline(now);
    /// let child = context.with_deadline(now + Duration::from_secs(3600));
    /// assert!(child.err().is_some()); // its parent's deadline is its own
    /// ```
    pub fn with_deadline(&self, deadline: Instant) -> Context {
        self.child(clock::at(deadline), None)
    }

    /// One that carries `value` besides; it hides another one of the same type.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// #[derive(Clone, Copy, Debug, PartialEq)]
    /// struct RequestId(u32);
    ///
    /// let outer = gopark::Context::background().with_value(RequestId(1));
    /// let inner = outer.with_value(RequestId(2));
    /// assert_eq!(inner.value(), Some(&RequestId(2)));
    /// assert_eq!(outer.value(), Some(&RequestId(1)));
    /// ```
    pub fn with_value<T: Any + Send + Sync>(&self, value: T) -> Context {
        self.child(NEVER, Some(Box::new(value)))
    }

    /// The value of type `T` that it carries: the one that was added last.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let context = gopark::Context::background().with_value(7_u32).with_value("request");
    /// assert_eq!(context.value::<u32>(), Some(&7));
    /// assert_eq!(context.value::<String>(), None);
    /// ```
    pub fn value<T: Any>(&self) -> Option<&T> {
        let mut line = iter::successors(Some(self), |context| context.0.parent.as_ref());
        line.find_map(|context| context.0.value.as_ref().and_then(|value| value.downcast_ref()))
    }

    /// A channel that never has a message and ends with the context: for `select!`. A clone of it that outlives a context
    /// which was never cancelled ends at the deadline, if there is one, and else never.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let context = gopark::Context::background().with_timeout(std::time::Duration::from_millis(1));
    ///     gopark::select! {
    ///         recv(context.done()) -> end => assert!(end.is_err()),
    ///     }
    /// });
    /// ```
    pub fn done(&self) -> &Receiver<Infallible> {
        &self.0.done
    }

    /// Why it has ended; `None`: it has not. The first reason stays.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::coroutine::Reason;
    ///
    /// let (context, cancel) = gopark::Context::background().with_cancel();
    /// assert_eq!(context.err(), None);
    /// cancel.cancel();
    /// assert_eq!(context.err(), Some(Reason::Cancelled));
    /// ```
    pub fn err(&self) -> Option<Reason> {
        self.0.reason()
    }

    /// Runs `f` under this context: calls inside that can fail do so when it ends, as with
    /// [`with_timeout`](crate::face::with_timeout). Inherited by a [`scope`](crate::face::scope)'s children and by
    /// [`blocking`](crate::face::blocking), and not by `go`. Inside another context's `run` both deadlines count, but only
    /// this one's cancellation (make one from the other, and it counts too).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use std::time::Duration;
    ///
    /// gopark::run(|| {
    ///     let context = gopark::Context::background().with_timeout(Duration::from_millis(1));
    ///     let slept = context.run(|| gopark::time::try_sleep(Duration::from_secs(3600)));
    ///     assert_eq!(slept, Err(gopark::Cancelled));
    ///     assert_eq!(gopark::coroutine::cancelled(), None); // outside it does not count
    /// });
    /// ```
    pub fn run<R>(&self, f: impl FnOnce() -> R) -> R {
        within(Bounds::inside(self.0.clone(), self.0.deadline), f)
    }
}

impl Cancel {
    /// Cancels the context and all that were made from it. Once and for good. Wakes those who wait under it, and waits
    /// for nobody.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let (context, cancel) = gopark::Context::background().with_cancel();
    /// let child = context.with_value("request");
    /// cancel.cancel();
    /// cancel.cancel(); // changes nothing
    /// assert!(context.err().is_some() && child.err().is_some());
    /// ```
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

impl Inner {
    /// Cancels it and its descendants, of whom there may be too many generations for a recursion.
    fn cancel(&self) {
        let mut descendants = self.cancel_alone();
        while let Some(next) = descendants.pop() {
            if let Some(next) = next.upgrade() {
                descendants.append(&mut next.cancel_alone());
            }
        }
    }

    /// Returns its children, who are to be cancelled too.
    fn cancel_alone(&self) -> Vec<Weak<Inner>> {
        self.end(if clock::is_past(self.deadline) { PAST_DEADLINE } else { CANCELLED });
        let mut state = self.state.lock();
        state.cancelled = true;
        let (children, inside) = (std::mem::take(&mut state.children), state.inside.clone());
        drop(state);
        self.ends_done.now();
        inside.iter().filter_map(|who| who.entry().alert(who.id())).for_each(ready);
        children
    }

    /// It has ended, unless it has before. Returns why.
    fn end(&self, why: u8) -> u8 {
        // AcqRel: who learns of a cancellation learns of what was done before it.
        match self.ended.compare_exchange(RUNS, why, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => why,
            Err(before) => before,
        }
    }

    /// `child`, which nobody else knows, is to be cancelled together with this one.
    fn adopt(&self, child: &Arc<Inner>) {
        let mut state = self.state.lock();
        if state.cancelled {
            drop(state);
            return child.cancel();
        }
        if state.children.len() == state.children.capacity() {
            state.children.retain(|child| child.strong_count() > 0);
        }
        state.children.push(Arc::downgrade(child));
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Ancestors of which this was the last holder, one after the other: there may be too many for a recursion.
        let mut parent = self.parent.take();
        while let Some(Context(inner)) = parent {
            parent = Arc::into_inner(inner).and_then(|mut inner| inner.parent.take());
        }
    }
}

impl Stopper for Inner {
    fn reason(&self) -> Option<Reason> {
        let mut ended = self.ended.load(Ordering::Acquire);
        if ended == RUNS && clock::is_past(self.deadline) {
            ended = self.end(PAST_DEADLINE);
        }
        match ended {
            RUNS => None,
            CANCELLED => Some(Reason::Cancelled),
            _ => Some(Reason::DeadlineExceeded),
        }
    }

    fn enter(&self, who: &Coroutine) {
        self.state.lock().inside.push(who.clone());
    }

    fn leave(&self, who: &Coroutine) {
        let mut state = self.state.lock();
        // The innermost of several.
        if let Some(at) = state.inside.iter().rposition(|inside| inside == who) {
            state.inside.swap_remove(at);
        }
    }

    fn into_any(self: Arc<Inner>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("err", &self.err()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Cancel { .. }")
    }
}
