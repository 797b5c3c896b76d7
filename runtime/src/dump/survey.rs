//! Looking at all coroutines, one after the other.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::resources;
use super::site::Site;
use super::stacks::Stacks;
use super::waits::{self, WaitsFor};
use super::walk::Walker;
use super::{CoroutineState, Dump, State, Worker};
use crate::coroutine::entry::Entry;
use crate::coroutine::glimpse::{Glimpse, Phase};
use crate::coroutine::home::Home;
use crate::live::lineage;
use crate::sched::duty::Duty;
use crate::sched::roll;
use crate::sys::clock::{self, Nanos};

/// Looks at one that goes on meanwhile.
const LOOKS: usize = 4;

/// Those that are wanted, of all of the process.
pub(crate) fn take(wanted: impl Fn(&Glimpse) -> bool) -> Dump {
    look_at_all(Some(Walker::take()), wanted)
}

/// The same without stacks, a hundred times as fast.
pub(crate) fn without_stacks(wanted: impl Fn(&Glimpse) -> bool) -> Vec<CoroutineState> {
    look_at_all(None, wanted).coroutines
}

fn look_at_all(walker: Option<Walker>, wanted: impl Fn(&Glimpse) -> bool) -> Dump {
    let now = clock::now();
    let workers = Workers::look(now);
    let mut eyes = Eyes { walker, stacks: Stacks::default(), now };
    let sights: Vec<_> = Entry::all()
        .filter_map(|entry| {
            let running_on = workers.running.get(&entry.index()).map(|place| &workers.all[*place]);
            eyes.look_at(entry, running_on, &workers, &wanted)
        })
        .collect();
    eyes.walker.into_iter().for_each(Walker::keep);
    // Names are looked up when all has been seen: that takes long, and coroutines go on.
    let stacks = eyes.stacks.resolve();
    let with_stack = |(coroutine, stack): (CoroutineState, Option<usize>)| match stack {
        Some(stack) => CoroutineState { stack: stacks[stack].clone(), ..coroutine },
        None => coroutine,
    };
    let mut coroutines: Vec<_> = sights.into_iter().map(with_stack).collect();
    coroutines.sort_unstable_by_key(|coroutine| coroutine.id);
    Dump { coroutines, workers: workers.all, resources: resources::of(lineage::NONE) }
}

/// Whether one that is wanted is alive.
pub(crate) fn finds(wanted: impl Fn(&Glimpse) -> bool) -> bool {
    Entry::all().filter_map(Glimpse::of).any(|glimpse| wanted(&glimpse))
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
    fn look(now: Nanos) -> Workers {
        let mut workers = Workers { all: Vec::new(), running: HashMap::new(), of_home: HashMap::new() };
        for scheduler in roll::all() {
            for station in scheduler.stations.iter().filter(|station| station.duty.get() != Duty::Gone) {
                let place = workers.all.len();
                let running = station.glance.running();
                running.map(|entry| workers.running.insert(entry.index(), place));
                workers.of_home.insert(std::ptr::from_ref(station.home).addr(), place);
                workers.all.push(Worker {
                    runtime: scheduler.id,
                    number: station.number,
                    thread: station.glance.thread(),
                    runs: running.map(Entry::id),
                    runs_for: station
                        .glance
                        .since()
                        .map_or(Duration::ZERO, |since| Duration::from_nanos(now.saturating_sub(since))),
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
    /// If stacks are wanted.
    walker: Option<Walker>,
    stacks: Stacks,
    now: Nanos,
}

impl Eyes {
    /// Who goes on while it is looked at is looked at again, some times.
    fn look_at(
        &mut self,
        entry: &'static Entry,
        running_on: Option<&Worker>,
        workers: &Workers,
        wanted: impl Fn(&Glimpse) -> bool,
    ) -> Option<(CoroutineState, Option<usize>)> {
        let mut sight = self.look(Glimpse::of(entry).filter(wanted)?, running_on, workers);
        for _ in 1..LOOKS {
            if sight.0.state != State::Waiting || sight.1.is_some() {
                break;
            }
            sight = self.look(Glimpse::of(entry)?, running_on, workers);
        }
        Some(sight)
    }

    /// One coroutine, and the number of its stack.
    fn look(
        &mut self,
        glimpse: Glimpse,
        running_on: Option<&Worker>,
        workers: &Workers,
    ) -> (CoroutineState, Option<usize>) {
        let for_time = |since| Duration::from_nanos(self.now.saturating_sub(since));
        let age = for_time(glimpse.birth.at);
        let (state, in_state_for) = match (glimpse.phase, running_on) {
            (Phase::Abandoned, _) => (State::Abandoned, age),
            (Phase::Parked { since, .. }, _) => (State::Waiting, for_time(since)),
            (_, Some(worker)) => (State::Running, worker.runs_for),
            (Phase::Fresh { waits: false }, None) => (State::Fresh, age),
            (Phase::Fresh { waits: true }, None) => (State::Lobby, age),
            (Phase::Runs { since }, None) => (State::Ready, for_time(since)),
        };
        let (waits_for, stack) = match (state, running_on) {
            (State::Waiting, _) => self.look_at_wait(&glimpse, running_on),
            (State::Running, Some(worker)) => (None, self.look_at_run(&glimpse, worker)),
            _ => (None, None),
        };
        let home = glimpse.home;
        let worker = running_on.or_else(|| workers.of_home(home?));
        let coroutine = CoroutineState {
            id: glimpse.coroutine.id(),
            name: glimpse.coroutine.name().map(str::to_owned),
            runtime: worker.map(|worker| worker.runtime).or(home.map(Home::runtime)),
            worker: worker.map(|worker| worker.number),
            state,
            in_state_for,
            age,
            spawned_at: glimpse.site.map(Site::of),
            spawned_by: glimpse.birth.spawner.coroutine(),
            waits_for,
            stack: Arc::default(),
            wait: glimpse.wait(),
            spawner: glimpse.birth.spawner,
            is_timed: matches!(glimpse.phase, Phase::Parked { awaits, .. } if awaits.is_timed()),
        };
        (coroutine, stack)
    }

    /// Where it runs; nothing, if it has ceased to meanwhile.
    fn look_at_run(&mut self, glimpse: &Glimpse, worker: &Worker) -> Option<usize> {
        let stack = self.walker.as_mut()?.walk_running(glimpse.coroutine.entry(), worker.thread)?;
        Some(self.stacks.number(stack))
    }

    /// What it waits for, and where; neither, if it has ceased to meanwhile. `ran_on`: where it was found before.
    fn look_at_wait(
        &mut self,
        glimpse: &Glimpse,
        ran_on: Option<&Worker>,
    ) -> (Option<WaitsFor>, Option<usize>) {
        let Phase::Parked { stood, awaits, .. } = glimpse.phase else { return (None, None) };
        let waits_for = waits::of(glimpse, awaits, self.now);
        // During a panic one waits on its stack (sched/block.rs).
        let stack = ran_on.and_then(|worker| self.look_at_run(glimpse, worker)).unwrap_or_else(|| {
            let stack = self.walker.as_mut().map_or_else(Vec::new, |walker| walker.walk(stood));
            self.stacks.number(stack)
        });
        if glimpse.has_stood() { (waits_for, Some(stack)) } else { (None, None) }
    }
}
