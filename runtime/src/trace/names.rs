//! The names of coroutines that have run while events were recorded.

use std::collections::HashMap;
use std::sync::LazyLock;

use parking_lot::Mutex;

/// Most of them; further ones go by their numbers.
const MOST: usize = 1 << 16;

static NAMES: LazyLock<Mutex<HashMap<u64, Box<str>>>> = LazyLock::new(Mutex::default);

/// Coroutine `id` has a name. Few have one: a lock, and a copy the first time.
#[cold]
pub(crate) fn note_name(id: u64, name: &str) {
    let mut names = NAMES.lock();
    if names.len() < MOST && !names.contains_key(&id) {
        names.insert(id, name.into());
    }
}

/// All that were noted.
pub(super) fn names() -> HashMap<u64, Box<str>> {
    NAMES.lock().clone()
}

/// Nothing is recorded any more.
pub(super) fn forget_names() {
    *NAMES.lock() = HashMap::new();
}
