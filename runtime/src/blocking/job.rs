//! One call: a closure that lies on its caller's stack and runs on a helper thread.
//!
//! | phase | who may touch the work | who may touch the word |
//! |---|---|---|
//! | lent | the helper thread | both |
//! | DONE | the caller | the caller |
//!
//! # Invariants
//! 1. A job lies still until its word says DONE: its caller neither returns nor unwinds before. A coroutine that
//!    is abandoned keeps its stack for good, and the borrows of its closure with it.
//! 2. While it is lent, only the holder of its `Lent` touches the work; there is one, which runs it once.
//! 3. The swap to DONE is the last that the holder does with the job (invariant 2 of lockfree/join_cell.rs).
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;
use std::sync::Arc;
use std::time::Duration;

use super::threads::{self, Threads};
use crate::coroutine::entry::Ticket;
use crate::live::lineage;
use crate::lockfree::join_cell::{Finish, JoinCell};
use crate::park::ambient;
use crate::park::done::wait_until_done;
use crate::park::lending::{holding_place, lender};
use crate::park::suspension::preemption_point;
use crate::park::waiter::Waiter;
use crate::sched::ready::ready;
use crate::sched::scheduler::Scheduler;
use crate::spawn::enter;
use crate::sys::clock::NEVER;

/// As many calls as may block at once: more than disks or name servers have use for, and few enough for the limits
/// that usual systems set to threads.
const MOST_THREADS: usize = 512;

/// Long enough to serve a steady trickle of calls without making a thread for each.
const IDLE_FOR: Duration = Duration::from_secs(10);

static THREADS: Threads<Lent> = Threads::new(MOST_THREADS, IDLE_FOR);

/// What a helper thread needs of a call.
struct Job<'a> {
    work: UnsafeCell<&'a mut (dyn FnMut() + Send)>,
    done: JoinCell,
}

/// The right and the duty to run one job.
struct Lent(NonNull<Job<'static>>);

// SAFETY: the work is Send by its type; the word is atomic; where the job lies, invariant 1 keeps it.
unsafe impl Send for Lent {}

/// Runs `f` on a helper thread with `scheduler` as its current runtime; `waiter`, the calling coroutine, is parked.
///
/// # Panics
/// With `f`'s panic.
pub(super) fn run_elsewhere<F, T>(waiter: Waiter, scheduler: &Arc<Scheduler>, f: F) -> T
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    let bounds = ambient::bounds();
    let (lender, lineage) = (lender(), lineage::current());
    let mut f = Some(f);
    let mut result = None;
    let mut work = || {
        result = f.take().map(|f| {
            catch_unwind(AssertUnwindSafe(|| {
                let _current = enter(scheduler);
                let _of = lineage::Inside::enter(lineage);
                holding_place(lender.clone(), || ambient::within(bounds.clone(), f))
            }))
        });
    };
    let job = Job { work: UnsafeCell::new(&mut work), done: JoinCell::new() };
    let lent = Lent(NonNull::from(&job).cast());
    // Invariant 1: a hand-over that panics or fails leaves nothing behind with the threads; and without a deadline the
    // wait ends only with DONE, however often the coroutine is woken.
    if THREADS.hand_over(lent).is_ok() {
        wait_until_done(waiter, 0, &job.done, NEVER);
        // It may have been done before anybody had to wait.
        preemption_point();
    }
    match result {
        Some(result) => result.unwrap_or_else(|payload| resume_unwind(payload)),
        None => f.take().expect("nobody has run it")(),
    }
}

impl threads::Job for Lent {
    /// Does not panic: the work catches what the closure throws.
    fn work(&mut self) {
        // SAFETY: the job lies still (invariant 1), and its work is ours (invariant 2).
        unsafe { (*(*self.0.as_ptr()).work.get())() };
    }

    fn tell(self) {
        // SAFETY: the same; from the swap on the job may be gone, and we touch it no more (invariant 3).
        let finish = unsafe { (*self.0.as_ptr()).done.finish() };
        if let Finish::Wake(ticket) = finish
            && let Some(runnable) = Ticket::from_bits(ticket).wake()
        {
            ready(runnable);
        }
    }
}
