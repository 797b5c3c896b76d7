//! Every coroutine of the process at a moment: what it does, what it waits for, who could end that, and where it stands.
//!
//! Nobody is stopped for it: `coroutine/glimpse.rs` says how that can be, and what a look is worth.

mod on_signal;
mod resources;
mod site;
mod snapshot;
mod stacks;
mod stall;
pub(crate) mod survey;
mod symbols;
mod text;
mod waits;
mod walk;

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

pub use on_signal::on_signal;
pub(crate) use on_signal::on_signal_if_asked;
pub(crate) use resources::of as resources_of;
pub use resources::{Resource, ResourceKind};
pub use site::Site;
pub use symbols::Frame;
pub use waits::{Channel, Holder, Lock, Socket, WaitsFor};

use crate::coroutine::birth::Spawner;

/// All coroutines, and the threads that run them.
///
/// Its `Display` form is for people: coroutines that wait for the same kind of thing at the same place are told of
/// together, as Go does. [`to_json`](Dump::to_json) is for programs.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let text = gopark::run(|| gopark::dump().to_string());
/// assert!(text.contains("running"), "{text}");
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Dump {
    /// The coroutines, by their ids.
    pub coroutines: Vec<CoroutineState>,
    /// The worker threads of all runtimes.
    pub workers: Vec<Worker>,
    /// Sockets, timers and permits that are alive, the oldest first: those that were made inside of a
    /// [`leak::Scope`](crate::face::leak::Scope), or while [`leak::watch_all`](crate::face::leak::watch_all) was on.
    pub resources: Vec<Resource>,
}

/// One coroutine.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// gopark::run(|| {
///     let child = gopark::coroutine::Builder::new().name("child").spawn(gopark::coroutine::park).unwrap();
///     let me = gopark::coroutine::current().unwrap().id();
///     let dump = gopark::dump();
///     let seen = dump.coroutine(child.coroutine().id()).unwrap();
///     assert_eq!((seen.name.as_deref(), seen.spawned_by), (Some("child"), Some(me)));
///     child.coroutine().unpark();
///     child.join().unwrap();
/// });
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CoroutineState {
    /// Its id: that of [`Coroutine::id`](crate::face::Coroutine::id).
    pub id: u64,
    /// Its name.
    pub name: Option<String>,
    /// The number of its runtime; `None`: it has yet to begin, and any worker may take it.
    pub runtime: Option<u64>,
    /// The number of the worker thread on which it lives or runs; `None`: it has yet to begin, or may go on anywhere.
    pub worker: Option<usize>,
    /// What it does.
    pub state: State,
    /// For how long. Of one that waits, by a clock that workers read now and then: up to 10 ms too long. Of one that runs,
    /// as [`Worker::runs_for`]. Of one that is ready, since it began to wait last, or was spawned.
    pub in_state_for: Duration,
    /// How long ago it was spawned.
    pub age: Duration,
    /// Where it was spawned.
    pub spawned_at: Option<Site>,
    /// The id of the coroutine that has spawned it; `None`: a plain thread has.
    pub spawned_by: Option<u64>,
    /// What it waits for, if it does.
    pub waits_for: Option<WaitsFor>,
    /// Where it waits: calls, the innermost first, from the one into gopark to its own closure. Empty if it does not
    /// wait, and where the kernel does not let a process read its own memory.
    pub stack: Arc<[Frame]>,
    /// Names its wait, if it waits: another one of the same coroutine has another number.
    #[serde(skip)]
    pub(crate) wait: u64,
    /// Who has spawned it, and whether it may borrow from there.
    #[serde(skip)]
    pub(crate) spawner: Spawner,
    /// Its wait has a deadline.
    #[serde(skip)]
    pub(crate) is_timed: bool,
}

impl CoroutineState {
    /// What it waits for, with nothing else that would end the wait: no deadline.
    pub(crate) fn waits_only_for(&self) -> Option<&WaitsFor> {
        self.waits_for.as_ref().filter(|_| self.state == State::Waiting && !self.is_timed)
    }
}

/// What a coroutine does.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::dump::State;
///
/// let dump = gopark::run(gopark::dump);
/// assert!(dump.coroutines.iter().any(|coroutine| coroutine.state == State::Running));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// It has a worker thread.
    Running,
    /// It could go on, and has yet to get its worker thread.
    Ready,
    /// It waits.
    Waiting,
    /// It has yet to begin.
    Fresh,
    /// It is to begin when a socket has something to read (`net::on_readable`).
    Lobby,
    /// Its runtime has stopped, and it will never go on.
    Abandoned,
}

/// A worker thread.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// gopark::run(|| {
///     let me = gopark::coroutine::current().unwrap().id();
///     let dump = gopark::dump();
///     let mine = dump.workers.iter().find(|worker| worker.runs == Some(me)).unwrap();
///     assert!(mine.thread > 0 && mine.runtime > 0);
/// });
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Worker {
    /// The number of its runtime.
    pub runtime: u64,
    /// Its number there.
    pub number: usize,
    /// The kernel's number of the thread.
    pub thread: i32,
    /// The id of the coroutine that runs on it.
    pub runs: Option<u64>,
    /// For how long it has, as far as the monitor has seen: up to 20 ms too little, and zero of a shorter run.
    pub runs_for: Duration,
    /// It was found stuck in that coroutine.
    pub is_stuck: bool,
    /// How many coroutines are queued for it that have yet to begin, behind the one that is next.
    pub queued: usize,
}

/// Looks at every coroutine of the process.
///
/// Costs about 5 us a coroutine that waits, most of it for its stack, and the first time some 10 ms for the tables of the
/// program's code, which are kept; in a program that was not optimised several times as much. Workers go on meanwhile: what is told of each
/// coroutine was true at one moment, but of two at two. Memory: about 300 bytes a coroutine. May be called from
/// anywhere, also where there is no runtime.
///
/// Stacks are told of those that wait. What runs is marked so.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::dump::{Holder, State, WaitsFor};
/// use std::sync::Arc;
///
/// gopark::run(|| {
///     let mutex = Arc::new(gopark::sync::Mutex::new(()));
///     let held = mutex.lock();
///     let same = mutex.clone();
///     let waits = gopark::go(move || drop(same.lock()));
///     gopark::yield_now(); // it has begun now
///
///     let me = gopark::coroutine::current().unwrap().id();
///     let dump = gopark::dump();
///     let other = dump.coroutine(waits.coroutine().id()).unwrap();
///     assert_eq!(dump.coroutine(me).unwrap().state, State::Running);
///     if other.state == State::Waiting {
///         let Some(WaitsFor::Mutex(lock)) = &other.waits_for else { panic!("{dump}") };
///         assert!(matches!(lock.holder, Some(Holder::Coroutine { id, .. }) if id == me));
///     }
///     drop(held);
///     waits.join().unwrap();
/// });
/// ```
pub fn dump() -> Dump {
    survey::take(|_| true)
}

impl Dump {
    /// The coroutine with this id, if it was alive.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let me = gopark::coroutine::current().unwrap();
    ///     assert!(gopark::dump().coroutine(me.id()).unwrap().age.as_secs() < 3600);
    /// });
    /// ```
    pub fn coroutine(&self, id: u64) -> Option<&CoroutineState> {
        let place = self.coroutines.binary_search_by_key(&id, |coroutine| coroutine.id);
        place.ok().map(|place| &self.coroutines[place])
    }

    /// As JSON: an object with the fields of this structure, durations as `{"secs": .., "nanos": ..}`.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let json = gopark::run(|| gopark::dump().to_json());
    /// assert!(json.starts_with(r#"{"coroutines":[{"id":"#));
    /// ```
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("names and numbers alone")
    }
}
