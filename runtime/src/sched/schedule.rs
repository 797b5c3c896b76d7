//! The loop of a machine.

use super::machine::Machine;

impl Machine {
    /// Runs coroutines until the runtime stops.
    pub(crate) fn schedule(&self) {
        while !self.scheduler.is_stopping() {
            match self.next_at_hand().or_else(|| self.wait_for_work()) {
                Some(work) => self.execute(work),
                None => continue,
            }
        }
        self.finish_ready();
    }
}
