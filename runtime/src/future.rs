//! Futures in coroutines: polled in place, parked in between.
#![allow(unsafe_code)]

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::coroutine::awaits::{Awaited, Awaits};
use crate::coroutine::cancelled::Cancelled;
use crate::park::cancellation::check;
use crate::park::sections;
use crate::park::waiter::Waiter;
use crate::park::yielding::yield_now;
use crate::sys::clock::NEVER;
use crate::wait::event::{self, Ended, Event};
use crate::wait::list::{Node, State, WaitList};
use crate::wait::rt::{Lock, Ticket, hand_on};

/// Runs a future to its end; between polls the coroutine is parked, or the plain thread blocked.
///
/// It may be called at any depth, also inside a future that another `block_on` polls: each has a flag of its own, so no
/// wake-up is lost. Futures that need a reactor of their own, such as tokio's sockets and timers, need that reactor to
/// run elsewhere; channels, locks and whatever else is woken by who uses it work as they are.
///
/// Costs an allocation, and about 10 ns for each wake-up besides the switch. A future that wakes itself lets others run.
/// Not affected by cancellation: [`try_block_on`] is.
///
/// # Panics
/// With the future's panic. Inside `no_park`, if it has to wait.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// assert_eq!(gopark::run(|| gopark::block_on(async { 6 * 7 })), 42);
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    let Ok(output) = drive(future, |notified| {
        if notified.attempt() {
            let_others_run();
        } else {
            event::wait_infallibly(Waiter::current(), notified);
        }
        Ok::<(), Infallible>(())
    });
    output
}

/// As [`block_on`], in a coroutine that may be cancelled, or is under a deadline.
///
/// # Errors
/// It was, or that has passed, before the future was done; the future is dropped. One that was woken before is polled
/// once more.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use std::future::pending;
/// use std::time::Duration;
///
/// gopark::run(|| {
///     let late = gopark::with_timeout(Duration::from_millis(1), || gopark::try_block_on(pending::<()>()));
///     assert_eq!(late, Err(gopark::Cancelled));
/// });
/// ```
pub fn try_block_on<F: Future>(future: F) -> Result<F::Output, Cancelled> {
    check().map_err(|_| Cancelled)?;
    let mut is_last = false;
    drive(future, |notified| {
        if is_last {
            return Err(Cancelled);
        }
        if notified.attempt() {
            let_others_run();
            // Woken before that: it is polled once more, for what it was woken for.
            is_last = check().is_err();
        } else if event::wait(notified, NEVER) == Ended::Stopped {
            return Err(Cancelled);
        }
        Ok(())
    })
}

/// Polls the future until it is done, or until `pause` fails, which waits for its wakers.
fn drive<F: Future, E>(
    future: F,
    mut pause: impl FnMut(&Notified<'_>) -> Result<(), E>,
) -> Result<F::Output, E> {
    let mut future = pin!(future);
    let signal = Arc::new(Signal::default());
    let waker = Waker::from(signal.clone());
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Ok(output);
        }
        pause(&Notified::new(&signal))?;
    }
}

/// A future that has woken itself wants others to run.
fn let_others_run() {
    if !sections::is_inside() {
        yield_now();
    }
}

/// What the wakers of one call share.
struct Signal(Lock<Inner>);

struct Inner {
    notified: bool,
    waiting: WaitList<()>,
}

/// That somebody has used a waker since this was asked last.
struct Notified<'a> {
    signal: &'a Signal,
    node: Node<()>,
}

impl Default for Signal {
    fn default() -> Signal {
        Signal(Lock::new(Inner { notified: false, waiting: WaitList::new() }))
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Signal>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Signal>) {
        let mut inner = self.0.lock();
        let waits = inner.waiting.claim_first();
        // Whoever waits learns of it by its node.
        inner.notified = waits.is_none();
        let claimed = waits.map(|waits| waits.finish(State::Done));
        drop(inner);
        claimed.into_iter().for_each(hand_on);
    }
}

impl Notified<'_> {
    fn new(signal: &Signal) -> Notified<'_> {
        Notified { signal, node: Node::new(None) }
    }
}

impl Event for Notified<'_> {
    fn awaits(&self) -> Awaits {
        Awaits::new(Awaited::Future, 0)
    }

    fn attempt(&self) -> bool {
        std::mem::take(&mut self.signal.0.lock().notified)
    }

    fn register(&self, ticket: Ticket) -> bool {
        let mut inner = self.signal.0.lock();
        let waits = !inner.notified;
        if waits {
            // SAFETY: the waiter withdraws the node before it goes on (wait/event.rs), and the borrow lasts as long.
            unsafe { inner.waiting.push(&self.node, ticket) };
        }
        waits
    }

    fn withdraw(&self) -> bool {
        if !self.node.is_over() {
            self.signal.0.lock().waiting.withdraw(&self.node);
        }
        self.node.is_over()
    }

    fn refuse(&self) {
        unreachable!("a waker is no arm of a select");
    }
}
