//! Whose thread-local a coroutine is given that goes on elsewhere.
//!
//! Sixty-four coroutines on two workers look at a `thread_local!` in a loop that yields, and now and then sleeps. Each thread's
//! slot holds the number by which the kernel knows this thread. Counted are the calls of `LocalKey::with` that found the number
//! of another thread than the one on which they ran. A compiler may keep the address of a thread-local in a register for
//! the whole loop, and no library can keep it from doing so: a coroutine that is moved then reads, and writes, a slot which
//! another thread uses at the same time. Not one such call is allowed in safe code.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::thread::gettid;

use crate::library::Probed;

const COROUTINES: u64 = 64;
const CALLS_EACH: u64 = 20_000;

thread_local! {
    static OWNER: Cell<i32> = const { Cell::new(0) };
}

/// Never inlined, so that nothing is known here of what the caller has looked up: this is the thread that runs, and its own slot.
#[inline(never)]
fn running() -> i32 {
    let thread = black_box(gettid().as_raw_nonzero().get());
    OWNER.with(|owner| owner.set(thread));
    thread
}

/// As any user would: it is the compiler who decides where the slot is looked up. The reference is handed on, as to a call that is
/// not inlined. Without that the read needs no address in the crate of a program, where it is right, and needs one in a library.
#[inline(always)]
fn owner() -> i32 {
    OWNER.with(|owner| black_box(owner).get())
}

pub fn seen<L: Probed>() -> String {
    let (wrong, moves) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let walkers: Vec<_> = (0..COROUTINES)
        .map(|_| {
            let (wrong, moves) = (wrong.clone(), moves.clone());
            L::spawn(move || {
                let mut before = running();
                for call in 0..CALLS_EACH {
                    let now = running();
                    moves.fetch_add(u64::from(now != before), Ordering::Relaxed);
                    wrong.fetch_add(u64::from(owner() != now), Ordering::Relaxed);
                    before = now;
                    if call % 64 == 0 {
                        L::sleep(Duration::from_micros(50));
                    } else {
                        L::yield_now();
                    }
                }
            })
        })
        .collect();
    walkers.into_iter().for_each(L::join);
    format!(
        "{} of {} calls were given another thread's slot; {} moves",
        wrong.load(Ordering::Relaxed),
        COROUTINES * CALLS_EACH,
        moves.load(Ordering::Relaxed)
    )
}
