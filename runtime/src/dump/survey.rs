//! Looking at all coroutines, one after the other.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::site::Site;
use super::symbols::{Frame, Symbols};
use super::waits;
use super::walk::Walker;
use super::{CoroutineState, Dump, State, Worker};
use crate::coroutine::entry::Entry;
use crate::coroutine::glimpse::{Glimpse, Phase};
use crate::coroutine::home::Home;
use crate::sched::duty::Duty;
use crate::sched::roll;
use crate::sys::clock::{self, Nanos};

/// All of the process.
pub(super) fn take() -> Dump {
    let now = clock::now();
    let workers = Workers::look();
    let mut eyes = Eyes { walker: Walker::new(), symbols: Symbols::default(), now };
    let mut coroutines: Vec<_> = Entry::all()
        .filter_map(|entry| Some((entry, Glimpse::of(entry)?)))
        .map(|(entry, glimpse)| eyes.look(glimpse, workers.running.get(&key(entry)).copied(), &workers))
        .collect();
    coroutines.sort_unstable_by_key(|coroutine| coroutine.id);
    Dump { coroutines, workers: workers.all }
}

fn key(entry: &'static Entry) -> u32 {
    entry.index()
}

/// The threads, and who was found on them.
struct Workers {
    all: Vec<Worker>,
    /// By the number of its entry: the place in `all`.
    running: HashMap<u32, usize>,
    /// By the address of their homes.
    of_home: HashMap<usize, usize>,
}

impl Workers {
    fn look() -> Workers {
        let mut workers = Workers { all: Vec::new(), running: HashMap::new(), of_home: HashMap::new() };
        for scheduler in roll::all() {
            for station in scheduler.stations.iter().filter(|station| station.duty.get() != Duty::Gone) {
                let place = workers.all.len();
                let running = station.glance.running();
                running.map(|entry| workers.running.insert(key(entry), place));
                workers.of_home.insert(std::ptr::from_ref(station.home).addr(), place);
                workers.all.push(Worker {
                    runtime: scheduler.id,
                    number: station.number,
                    thread: station.glance.thread(),
                    runs: running.map(Entry::id),
                    is_stuck: station.home.is_stalled(),
                    queued: station.queued(),
                });
            }
        }
        workers
    }

    fn of_home(&self, home: &'static Home) -> Option<&Worker> {
        self.of_home.get(&std::ptr::from_ref(home).addr()).map(|place| &self.all[*place])
    }
}

/// What is needed to see.
struct Eyes {
    walker: Walker,
    symbols: Symbols,
    now: Nanos,
}

impl Eyes {
    fn look(&mut self, glimpse: Glimpse, running_on: Option<usize>, workers: &Workers) -> CoroutineState {
        let age = |since| Duration::from_nanos(self.now.saturating_sub(since));
        let (spawned, home) = (glimpse.birth.at, glimpse.home);
        let (state, since) = match (glimpse.phase, running_on) {
            (Phase::Fresh { waits: false }, None) => (State::Fresh, spawned),
            (Phase::Fresh { waits: true }, None) => (State::Lobby, spawned),
            (Phase::Parked { since, .. }, None) => (State::Waiting, since),
            (Phase::Runs { since }, None) => (State::Ready, since),
            (Phase::Runs { since } | Phase::Parked { since, .. }, Some(_)) => (State::Running, since),
            (Phase::Fresh { .. }, Some(_)) => (State::Running, spawned),
            (Phase::Abandoned, _) => (State::Abandoned, spawned),
        };
        let (in_state_for, age) = (age(since), age(spawned));
        let (waits_for, stack) = match state {
            State::Waiting => self.look_at_wait(&glimpse),
            _ => (None, Arc::default()),
        };
        let worker = running_on.map(|place| &workers.all[place]);
        CoroutineState {
            id: glimpse.coroutine.id(),
            name: glimpse.coroutine.name().map(str::to_owned),
            runtime: home.map(Home::runtime),
            worker: worker.or(home.and_then(|home| workers.of_home(home))).map(|worker| worker.number),
            state,
            in_state_for,
            age,
            spawned_at: glimpse.site.map(Site::of),
            spawned_by: Some(glimpse.birth.spawner).filter(|id| *id != 0),
            waits_for,
            stack,
        }
    }

    /// What it waits for, and where; neither, if it has ceased to meanwhile.
    fn look_at_wait(&mut self, glimpse: &Glimpse) -> (Option<waits::WaitsFor>, Arc<[Frame]>) {
        let Phase::Parked { stood, awaits, .. } = glimpse.phase else { return (None, Arc::default()) };
        let waits_for = waits::of(glimpse, awaits, self.now);
        let stack = self.walker.walk(stood);
        match glimpse.has_stood() {
            true => (waits_for, self.symbols.resolve(stack)),
            false => (None, Arc::default()),
        }
    }
}
