//! What both ends of a channel hold.

use std::sync::Arc;

use super::core::Core;

/// A channel and its handles.
pub(super) struct Shared<T> {
    pub(super) core: Core<T>,
}

impl<T> Shared<T> {
    pub(super) fn new(core: Core<T>) -> Arc<Shared<T>> {
        Arc::new(Shared { core })
    }

    pub(super) fn has_receivers(&self) -> bool {
        self.core.ends.has_receivers()
    }

    pub(super) fn add_sender(&self) {
        self.core.ends.add_sender();
    }

    pub(super) fn add_receiver(&self) {
        self.core.ends.add_receiver();
    }

    pub(super) fn remove_sender(&self) {
        if self.core.ends.remove_sender() {
            self.core.close_senders();
        }
    }

    pub(super) fn remove_receiver(&self) {
        if self.core.ends.remove_receiver() {
            self.core.close_receivers();
        }
    }
}
