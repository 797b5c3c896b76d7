//! What a blocking call can be held at, until the test lets it go.

use std::sync::{Arc, Condvar, Mutex};

/// Closed at first. Blocks threads, not coroutines.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    open: bool,
    inside: usize,
    most: usize,
}

impl Gate {
    /// Waits until it is open.
    pub(crate) fn pass(&self) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().expect("nobody panics here");
        state.inside += 1;
        state.most = state.most.max(state.inside);
        let mut state = changed.wait_while(state, |state| !state.open).expect("nobody panics here");
        state.inside -= 1;
    }

    pub(crate) fn open(&self) {
        self.0.0.lock().expect("nobody panics here").open = true;
        self.0.1.notify_all();
    }

    /// How many wait at it.
    pub(crate) fn inside(&self) -> usize {
        self.0.0.lock().expect("nobody panics here").inside
    }

    /// How many have been at it at once.
    pub(crate) fn most(&self) -> usize {
        self.0.0.lock().expect("nobody panics here").most
    }
}
