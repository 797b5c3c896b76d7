//! Wakers of futures that wait for a socket.
//!
//! A coroutine that begins when the socket is ready (`when_ready` of the runtime) wakes the future. So a waker, which is
//! strange code, runs where such code runs, and never in the poller. Until then that coroutine has no stack.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use gopark_runtime::face::coroutine::JoinHandle;
use gopark_runtime::io::{Deadline, Direction, Source, when_ready};

/// Of one direction of one socket: the task that asked last is woken, as `futures-io` has it.
#[derive(Default)]
pub(crate) struct Watcher(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    waker: Option<Waker>,
    /// While it waits.
    watching: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Wakes `waker` when `source` is ready, or the deadline has passed.
    ///
    /// # Panics
    /// As `go`.
    pub(crate) fn wake_when_ready(
        &self,
        source: &Source,
        direction: Direction,
        deadline: Option<&Deadline>,
        waker: Waker,
    ) {
        let mut state = lock(&self.0);
        let former = state.waker.replace(waker);
        if state.watching.is_none() {
            let shared = Arc::clone(&self.0);
            // It cannot come to its lock before it is noted below.
            state.watching = Some(when_ready(source, direction, deadline, move || {
                let waker = {
                    let mut state = lock(&shared);
                    state.watching = None;
                    state.waker.take()
                };
                waker.into_iter().for_each(Waker::wake);
            }));
        }
        drop(state);
        drop(former);
    }
}

impl Drop for Watcher {
    /// The socket is gone, and nobody waits for it.
    fn drop(&mut self) {
        let watching = lock(&self.0).watching.take();
        if let Some(watching) = watching {
            watching.cancel();
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
