//! The threads of a runtime, as far as somebody waits for their end.

use std::collections::{HashMap, HashSet};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::coroutine::handle::Coroutine;

/// Which machines have threads, and what they leave behind.
#[derive(Debug, Default)]
pub(crate) struct Departures {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    threads: HashMap<usize, JoinHandle<()>>,
    abandoned: Vec<Coroutine>,
}

impl Departures {
    /// Machine `number` is to get a thread: waits for the end of an earlier one, which has retired and is about to.
    pub(super) fn part_with(&self, number: usize) {
        let former = self.state.lock().threads.remove(&number);
        join(former);
    }

    /// Machine `number` has got a thread.
    pub(super) fn arrive(&self, number: usize, thread: JoinHandle<()>) {
        self.state.lock().threads.insert(number, thread);
    }

    /// These coroutines stay behind.
    pub(crate) fn leave_behind(&self, abandoned: impl IntoIterator<Item = Coroutine>) {
        self.state.lock().abandoned.extend(abandoned);
        self.changed.notify_all();
    }

    /// Waits until at least so many have stayed behind as `live` says, but not beyond `until`.
    pub(crate) fn wait_for_left_behind(&self, until: Instant, live: impl Fn() -> usize) {
        let mut state = self.state.lock();
        self.changed.wait_while_until(&mut state, |state| state.abandoned.len() < live(), until);
    }

    /// A machine keeps its thread for good, for those that it has left behind.
    pub(super) fn stay(&self, number: usize) {
        self.state.lock().threads.remove(&number);
        self.changed.notify_all();
    }

    /// A coroutine has ended, or a machine is about to: whoever waits looks again.
    pub(super) fn tell(&self) {
        drop(self.state.lock());
        self.changed.notify_all();
    }

    /// Waits until `is_so`, but not beyond `until`. Whoever makes it so calls `tell` afterwards.
    pub(crate) fn wait_until(&self, until: Instant, is_so: impl Fn() -> bool) -> bool {
        let mut state = self.state.lock();
        self.changed.wait_while_until(&mut state, |_| !is_so(), until);
        drop(state);
        is_so()
    }

    /// Waits for a moment for the threads to end, and returns the numbers of the machines that still have one.
    pub(crate) fn wait_for_threads(&self, moment: Duration) -> Vec<usize> {
        let until = Instant::now() + moment;
        let mut state = self.state.lock();
        let still = |state: &State| -> Vec<usize> {
            let running = state.threads.iter().filter(|(_, thread)| !thread.is_finished());
            running.map(|(&number, _)| number).collect()
        };
        while !still(&state).is_empty() && Instant::now() < until {
            // A thread tells before its very end, so this looks by itself as well.
            self.changed.wait_for(&mut state, Duration::from_micros(200));
        }
        still(&state)
    }

    /// Takes the threads that have ended out, and lets go of the others. What was left behind so far and has not ended since,
    /// each once: a machine that was given up, with all that was on it, may have come back and left them itself.
    pub(crate) fn conclude(&self) -> Vec<Coroutine> {
        let mut state = self.state.lock();
        let threads = std::mem::take(&mut state.threads);
        let mut abandoned = std::mem::take(&mut state.abandoned);
        drop(state);
        let mut told = HashSet::new();
        abandoned.retain(|coroutine| !coroutine.has_ended() && told.insert(coroutine.id()));
        threads.into_values().filter(JoinHandle::is_finished).for_each(|thread| join(Some(thread)));
        abandoned
    }
}

fn join(thread: Option<JoinHandle<()>>) {
    // Panics are the coroutines', and stay there: a machine does not panic.
    let _ = thread.map(JoinHandle::join);
}
