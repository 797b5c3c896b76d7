//! What the protocols of the locks use of the runtime. The loom models put another file in its place.

use std::hint;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::sched::machine::Machine;

pub(crate) use super::holder::Holder;
pub(crate) use crate::coroutine::awaits::{Awaited, Awaits};
pub(crate) use crate::lockfree::status::Wait;
pub(crate) use crate::park::waiter::Waiter;
pub(crate) use crate::sys::clock::{NEVER, Nanos, now};
pub(crate) use crate::sys::random::below as random_below;
pub(crate) use crate::wait::list::{Node, State, WaitList};
pub(crate) use crate::wait::rt::{Claimed, Lock, Ticket, hand_on};

/// Rounds of spinning, each twice as long as the one before: about as long as going to sleep and being woken takes.
const ROUNDS: u32 = 5;

/// Spinning for a short time, if whoever is waited for can be running meanwhile.
pub(crate) struct Spinning {
    round: u32,
}

impl Spinning {
    pub(crate) const fn new() -> Spinning {
        Spinning { round: 0 }
    }

    /// Lets some time pass. False: it has been enough, or is of no use.
    #[inline]
    pub(crate) fn once(&mut self) -> bool {
        if self.round == ROUNDS || self.round == 0 && !others_run() {
            return false;
        }
        for _ in 0..1 << self.round {
            hint::spin_loop();
        }
        self.round += 1;
        true
    }
}

/// Whether somebody else can be running: on the only machine of a runtime, and on the only CPU, nobody is.
fn others_run() -> bool {
    static CPUS: AtomicUsize = AtomicUsize::new(0);
    if let Some(machine) = Machine::current() {
        return machine.has_company();
    }
    let mut cpus = CPUS.load(Ordering::Relaxed);
    if cpus == 0 {
        cpus = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        CPUS.store(cpus, Ordering::Relaxed);
    }
    cpus > 1
}
