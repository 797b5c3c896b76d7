//! Those who wait for a direction of a socket that has a waiter already.
//!
//! Several coroutines in `accept` on one listener are usual, two readers of one stream are not; both are rare
//! enough to share a few locked lists instead of costing every socket a pointer. An edge wakes all of them.

use parking_lot::Mutex;

use crate::coroutine::entry::{Runnable, Ticket};

/// Lists; a power of two.
const LISTS: usize = 64;

/// Which direction of which watch, as a number.
pub(super) type Key = u64;

static CROWDS: [Mutex<Vec<(Key, Ticket)>>; LISTS] = [const { Mutex::new(Vec::new()) }; LISTS];

fn list(key: Key) -> &'static Mutex<Vec<(Key, Ticket)>> {
    &CROWDS[(key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize % LISTS]
}

pub(super) fn join(key: Key, ticket: Ticket) {
    list(key).lock().push((key, ticket));
}

/// False: the waker has taken it out.
pub(super) fn leave(key: Key, ticket: Ticket) -> bool {
    let mut list = list(key).lock();
    let found = list.iter().position(|&member| member == (key, ticket));
    found.map(|at| list.swap_remove(at)).is_some()
}

/// Wakes all of `key`.
pub(super) fn wake_all(key: Key, ready: &mut Vec<Runnable>) {
    list(key).lock().retain(|&(of, ticket)| {
        if of == key {
            ready.extend(ticket.wake());
        }
        of != key
    });
}
