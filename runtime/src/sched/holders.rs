//! Who holds coroutines that are in no queue (spawn/held.rs), and wants to know that the runtime stops: they will not begin.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;

/// Holds coroutines that have not begun.
pub trait Holds: Send + Sync {
    /// Their runtime stops: it will start none of them.
    fn let_go(&self);
}

/// Those of one runtime; `None`: they have been told.
pub(super) struct Holders(Mutex<Option<Vec<Weak<dyn Holds>>>>);

impl Holders {
    pub(super) const fn new() -> Holders {
        Holders(Mutex::new(Some(Vec::new())))
    }

    /// One more, who will be told. False: it is too late for that.
    pub(super) fn add(&self, holder: Weak<dyn Holds>) -> bool {
        self.0.lock().as_mut().map(|holders| holders.push(holder)).is_some()
    }

    pub(super) fn tell(&self) {
        let holders = self.0.lock().take().unwrap_or_default();
        let alive: Vec<Arc<dyn Holds>> = holders.iter().filter_map(Weak::upgrade).collect();
        alive.iter().for_each(|holder| holder.let_go());
    }
}
