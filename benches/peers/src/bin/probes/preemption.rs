//! Whether a coroutine is moved where it does not wait.
//!
//! Sixty-four coroutines on two workers compute for ten milliseconds inside `LocalKey::with`, ten times each, without a call that
//! could wait. Counted are the times that another thread ran at the end than at the beginning: there the closure holds a reference
//! to a thread's slot on a thread whose slot it is not, which safe code must never see. A library without preemption, or whose
//! preemption waits for a call, has none.

use std::cell::Cell;
use std::hint::black_box;
use std::time::Duration;

use gopark_peers::waiting::spin;
use rustix::thread::gettid;

use crate::library::Probed;

const COROUTINES: u32 = 64;
const CALLS_EACH: u32 = 10;
const COMPUTES: Duration = Duration::from_millis(10);

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

#[inline(never)]
fn running() -> i32 {
    black_box(gettid().as_raw_nonzero().get())
}

fn is_moved_inside() -> bool {
    CALLS.with(|calls| {
        let before = running();
        spin(COMPUTES);
        calls.set(calls.get() + 1);
        running() != before
    })
}

pub fn seen<L: Probed>() -> String {
    let moved = || (0..CALLS_EACH).filter(|_| is_moved_inside()).count();
    let tasks: Vec<_> = (0..COROUTINES).map(|_| L::spawn(moved)).collect();
    let moved: usize = tasks.into_iter().map(L::join).sum();
    format!("moved inside {moved} of {} closures that contain no wait", COROUTINES * CALLS_EACH)
}
