//! The loop of a machine.

use std::ptr;

use super::machine::Machine;

impl Machine {
    /// Runs coroutines until the runtime stops, or until the machine is not needed any more.
    pub(super) fn schedule(&self) {
        while !self.scheduler.is_leaving() && !self.retired.get() {
            if let Some(work) = self.next_at_hand().or_else(|| self.wait_for_work()) {
                self.execute(work);
            }
        }
        self.station.glance.set_running(ptr::null());
    }
}
