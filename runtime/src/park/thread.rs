//! The entry of a plain thread: what wakes it, as it wakes a coroutine.

use std::io;

use crate::coroutine::entry::Entry;
use crate::coroutine::handle::take_ids;

/// A plain thread's entry, for as long as the thread lives.
struct ThreadEntry(&'static Entry);

impl ThreadEntry {
    fn new() -> io::Result<ThreadEntry> {
        let mut index = Vec::with_capacity(1);
        Entry::allocate(1, &mut index)?;
        let entry = Entry::get(index[0]);
        entry.occupy(take_ids(1), std::panic::Location::caller(), std::ptr::null_mut());
        Ok(ThreadEntry(entry))
    }
}

impl Drop for ThreadEntry {
    fn drop(&mut self) {
        self.0.vacate();
        Entry::free([self.0.index()]);
    }
}

thread_local! {
    static OF_THREAD: ThreadEntry = ThreadEntry::new().expect("an entry for a thread");
}

/// The thread's own entry. A thread that is about to end, in a destructor of a thread-local, gets one that is
/// not given back.
pub(super) fn thread_entry() -> &'static Entry {
    OF_THREAD.try_with(|of_thread| of_thread.0).unwrap_or_else(|_| {
        let last = ThreadEntry::new().expect("an entry for a thread");
        let entry = last.0;
        std::mem::forget(last);
        entry
    })
}
