//! A task as it runs: what it holds of its pool, from its reservation to its end, however that comes.

use std::sync::Arc;

use gopark_runtime::face::of_places::{current_id, holding_place};

use crate::group::Group;
use crate::shared::Shared;
use crate::stats::Ending;

/// Travels in the closure of a task. Its drop is the end of the task for the pool: after the task has returned, while it
/// unwinds, or when it is dropped without having begun.
pub(crate) struct Place<'a> {
    shared: Arc<Shared>,
    slot: usize,
    group: Option<&'a Group>,
    /// Of the coroutine; 0: it has not begun.
    id: u64,
    ending: Ending,
}

impl<'a> Place<'a> {
    pub(crate) fn new(shared: Arc<Shared>, slot: usize, group: Option<&'a Group>) -> Place<'a> {
        if let Some(group) = group {
            group.join();
        }
        Place { shared, slot, group, id: 0, ending: Ending::Dropped }
    }

    /// Runs the task.
    pub(crate) fn run<T>(mut self, f: impl FnOnce() -> T) -> T {
        self.id = current_id();
        self.ending = Ending::Panicked; // unless it returns
        let result = holding_place(Some(self.shared.clone()), f);
        self.ending = Ending::Finished;
        result
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shared.leave(self.slot, self.id, self.group, self.ending);
    }
}
