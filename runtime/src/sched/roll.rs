//! The runtimes of the process, for those who look at all of them.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::scheduler::Scheduler;

static ALL: Mutex<Vec<Weak<Scheduler>>> = Mutex::new(Vec::new());

/// Notes a runtime that is about to start.
pub(crate) fn enrol(scheduler: &Arc<Scheduler>) {
    let mut all = ALL.lock();
    all.retain(|other| other.strong_count() > 0);
    all.push(Arc::downgrade(scheduler));
}

/// Those that there are; one that has stopped may be among them, as long as somebody holds it.
pub(crate) fn all() -> Vec<Arc<Scheduler>> {
    ALL.lock().iter().filter_map(Weak::upgrade).collect()
}
