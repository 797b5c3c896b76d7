//! Plain threads that have spawned, while they live: for those who want to know what a coroutine's spawner has (leak).

use std::collections::HashMap;
use std::sync::LazyLock;

use parking_lot::Mutex;

use crate::sys::registers::stack_pointer;

#[derive(Default)]
struct Known {
    last: u64,
    stack_pointers: HashMap<u64, usize>,
}

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

/// One of them, by a number that does not come back.
struct Listed(u64);

impl Listed {
    fn here() -> Listed {
        let mut known = KNOWN.lock();
        known.last += 1;
        let number = known.last;
        known.stack_pointers.insert(number, stack_pointer());
        Listed(number)
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        KNOWN.lock().stack_pointers.remove(&self.0);
    }
}

thread_local! {
    static LISTED: Listed = Listed::here();
}

/// The number of the calling plain thread; 0: it is about to end.
pub(super) fn own_number() -> u64 {
    LISTED.try_with(|listed| listed.0).unwrap_or(0)
}

/// An address on the stack of the thread with this number, if that lives.
pub(crate) fn stack_of(number: u64) -> Option<u64> {
    KNOWN.lock().stack_pointers.get(&number).map(|address| *address as u64)
}
