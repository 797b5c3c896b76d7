//! Waiting for what a join cell announces: the end of a coroutine, or of a call that runs elsewhere.

use super::waiter::Waiter;
use crate::coroutine::awaits::{Awaited, Awaits};
use crate::lockfree::join_cell::JoinCell;
use crate::lockfree::status::Wait;
use crate::sys::clock::{self, Nanos};

/// How often a second joiner looks.
const SECOND_JOINER_LOOKS: Nanos = 1_000_000;

/// Waits, as `waiter`, which the caller is, until `cell` is done; false: `deadline` came first. Does not panic.
#[inline(always)]
pub(crate) fn wait_until_done(waiter: Waiter, whose: u64, cell: &JoinCell, deadline: Nanos) -> bool {
    let awaits = Awaits::new(Awaited::End, whose);
    while !cell.is_done() {
        let ticket = waiter.ticket().to_bits();
        if !cell.register(ticket) {
            if cell.is_done() {
                break; // nobody has seen the ticket
            }
            // Somebody else waits already, by a reference to the same handle. Too rare for a list of joiners.
            waiter.wait(awaits, Wait::Plain, deadline.min(clock::now() + SECOND_JOINER_LOOKS), || ());
            if clock::now() >= deadline {
                return cell.is_done();
            }
            continue;
        }
        let (in_time, _) = waiter.wait(awaits, Wait::Plain, deadline, || cell.unregister(ticket));
        if !in_time {
            return cell.is_done();
        }
    }
    true
}
