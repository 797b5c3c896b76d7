//! Which coroutines and things belong to which leak scope: by ancestry, so whatever else the process does does not matter.
//!
//! Who opens a scope gets its number, and gives it to those whom it spawns; these give it on. A scope inside another one has a
//! number of its own, and its members are members of both.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::park::ambient::current_ambient;

/// Of no scope.
pub(crate) const NONE: u64 = 0;

/// A scope that is open, or was opened inside of one that is: its members belong to that as well.
struct Known {
    parent: u64,
    is_open: bool,
}

static KNOWN: LazyLock<Mutex<HashMap<u64, Known>>> = LazyLock::new(Mutex::default);

/// The number of the scope that the caller is in.
pub(crate) fn current() -> u64 {
    current_ambient(|ambient| ambient.lineage.get())
}

/// Opens a scope in the present one; its number, which never comes back.
pub(crate) fn open() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(NONE + 1);
    let scope = NEXT.fetch_add(1, Ordering::Relaxed);
    KNOWN.lock().insert(scope, Known { parent: current(), is_open: true });
    scope
}

/// Nobody asks for its members any more, but those who ask for the members of a scope around it.
pub(crate) fn close(scope: u64) {
    let mut known = KNOWN.lock();
    known.get_mut(&scope).into_iter().for_each(|scope| scope.is_open = false);
    loop {
        let forgotten = |of: &Known| !of.is_open && !known.contains_key(&of.parent);
        let forgotten: Vec<u64> =
            known.iter().filter(|(_, of)| forgotten(of)).map(|(scope, _)| *scope).collect();
        if forgotten.is_empty() {
            return;
        }
        known.retain(|scope, _| !forgotten.contains(scope));
    }
}

/// Whether members of the scope `inner` are members of `outer`.
pub(crate) fn is_within(inner: u64, outer: u64) -> bool {
    if inner == NONE || inner == outer {
        return inner == outer;
    }
    let known = KNOWN.lock();
    let mut scope = inner;
    while let Some(Known { parent, .. }) = known.get(&scope) {
        if *parent == outer {
            return true;
        }
        scope = *parent;
    }
    false
}

/// The caller is in a scope as long as this lives.
pub(crate) struct Inside {
    scope: u64,
    before: u64,
}

impl Inside {
    pub(crate) fn enter(scope: u64) -> Inside {
        Inside { scope, before: current_ambient(|ambient| ambient.lineage.replace(scope)) }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        current_ambient(|ambient| {
            // Scopes may be left in another order: who was entered last stays.
            if ambient.lineage.get() == self.scope {
                ambient.lineage.set(self.before);
            }
        });
    }
}
