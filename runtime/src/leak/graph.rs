//! Who waits for whom, as far as the runtime knows it.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use super::ends::{self, Holders};
use crate::chan::mark::Side;
use crate::dump::{CoroutineState, Holder, Lock, State, WaitsFor, survey};
use crate::wait::event::TOLD_OF;

/// What would let a coroutine go on. Many may need the same: the lists are shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// Somebody or something of which nothing is known.
    Unknown,
    /// One of these coroutines.
    OneOf(Arc<[u64]>),
    /// All of these.
    AllOf(Arc<[u64]>),
}

/// The coroutines, and what those need that wait.
pub(super) struct Graph {
    pub(super) coroutines: HashMap<u64, CoroutineState>,
    pub(super) needs: HashMap<u64, Needs>,
}

impl Graph {
    /// Of the whole process, now. `caller`: a stack pointer of who asks (search.rs).
    pub(super) fn of_all(caller: usize) -> Graph {
        let coroutines = survey::without_stacks(|_| true);
        let ends = ends::holders(&coroutines, caller);
        let coroutines: HashMap<_, _> =
            coroutines.into_iter().map(|coroutine| (coroutine.id, coroutine)).collect();
        let needs = Known::new(&coroutines, &ends).needs_of_all();
        Graph { coroutines, needs }
    }

    /// Strikes out what was not so before: who has not been in one wait all the time, for one and the same, may go on.
    pub(super) fn confirm(&mut self, before: &Graph) {
        let coroutines = &self.coroutines;
        self.needs.retain(|id, needs| {
            before.needs.get(id) == Some(needs) && before.coroutines[id].wait == coroutines[id].wait
        });
    }

    /// Those who can never go on: each needs others who cannot either. Found by striking out whoever could, and then whom that
    /// one could help.
    pub(super) fn stuck(&self) -> HashSet<u64> {
        let mut stuck: HashSet<u64> = self.needs.keys().copied().collect();
        // For each list, once: who waits for it; and of each coroutine, in which lists it is.
        let mut lists: HashMap<*const u64, (bool, &[u64], Vec<u64>)> = HashMap::new();
        let mut free = Vec::new();
        for (id, needs) in &self.needs {
            let (for_all, list) = match needs {
                Needs::Unknown => {
                    free.push(*id);
                    continue;
                }
                Needs::OneOf(list) => (false, list),
                Needs::AllOf(list) => (true, list),
            };
            lists.entry(list.as_ptr()).or_insert((for_all, list, Vec::new())).2.push(*id);
        }
        let mut in_lists: HashMap<u64, Vec<*const u64>> = HashMap::new();
        let mut left: HashMap<*const u64, usize> = HashMap::new();
        for (name, (for_all, list, waiting)) in &mut lists {
            let many_stuck = list.iter().filter(|id| stuck.contains(id)).count();
            let needed = if *for_all { many_stuck } else { usize::from(many_stuck == list.len()) };
            if needed == 0 {
                free.append(waiting);
            }
            left.insert(*name, needed);
            list.iter().for_each(|id| in_lists.entry(*id).or_default().push(*name));
        }
        while let Some(id) = free.pop() {
            if !stuck.remove(&id) {
                continue;
            }
            for name in in_lists.get(&id).into_iter().flatten() {
                let needed = left.get_mut(name).expect("every list has one");
                *needed = needed.saturating_sub(1);
                if *needed == 0 {
                    free.append(&mut lists.get_mut(name).expect("it is known").2);
                }
            }
        }
        stuck
    }

    /// Of whom `id` needs, one who is stuck too.
    pub(super) fn next_stuck(&self, id: u64, stuck: &HashSet<u64>) -> Option<u64> {
        match &self.needs[&id] {
            Needs::Unknown => None,
            Needs::OneOf(others) | Needs::AllOf(others) => {
                others.iter().copied().find(|other| stuck.contains(other))
            }
        }
    }
}

/// What is known besides the waits.
struct Known<'a> {
    alive: &'a HashMap<u64, CoroutineState>,
    ends: &'a Holders,
    /// Those who may borrow from the one who has spawned them, and so are of a scope of his.
    children: HashMap<u64, Vec<u64>>,
    /// Somebody is of a scope, and who has spawned him is gone.
    has_orphans: bool,
}

impl<'a> Known<'a> {
    fn new(alive: &'a HashMap<u64, CoroutineState>, ends: &'a Holders) -> Known<'a> {
        let mut known = Known { alive, ends, children: HashMap::new(), has_orphans: false };
        let borrows =
            |coroutine: &&CoroutineState| coroutine.spawner.lends() && coroutine.state != State::Abandoned;
        for coroutine in alive.values().filter(borrows) {
            if let Some(parent) = coroutine.spawned_by {
                known.has_orphans |= !alive.contains_key(&parent);
                known.children.entry(parent).or_default().push(coroutine.id);
            }
        }
        known.children.values_mut().for_each(|children| children.sort_unstable());
        known
    }

    fn needs_of_all(&self) -> HashMap<u64, Needs> {
        let needs_of = |coroutine: &CoroutineState| {
            Some((coroutine.id, self.needs(coroutine.id, coroutine.waits_only_for()?)))
        };
        self.alive.values().filter_map(needs_of).collect()
    }

    fn needs(&self, id: u64, wait: &WaitsFor) -> Needs {
        match wait {
            WaitsFor::Join { coroutine } if self.alive.contains_key(coroutine) => one(*coroutine),
            WaitsFor::Mutex(lock) | WaitsFor::Once(lock) => holder(lock),
            // Of several readers one is known, and not for sure (sync/holder.rs).
            WaitsFor::Read(lock) | WaitsFor::Write(lock) if lock.readers == 0 => holder(lock),
            WaitsFor::Send(channel) => self.end(channel.address, Side::Receiver),
            WaitsFor::Receive(channel) => self.end(channel.address, Side::Sender),
            WaitsFor::Scope { alive } => self.children_of(id, *alive).map_or(Needs::Unknown, Needs::AllOf),
            // Of more than are told of, one may happen.
            WaitsFor::Select { first_of } if first_of.len() < TOLD_OF => {
                first_of.iter().map(|wait| self.needs(id, wait)).reduce(either).unwrap_or(Needs::Unknown)
            }
            _ => Needs::Unknown,
        }
    }

    /// The children of a scope with so many, if they are surely those.
    fn children_of(&self, id: u64, many: usize) -> Option<Arc<[u64]>> {
        let children =
            self.children.get(&id).filter(|children| children.len() == many && !self.has_orphans)?;
        // Then others may be of the scope, in the place of children of another one.
        let has_grandchildren = children.iter().any(|child| self.children.contains_key(child));
        (!has_grandchildren).then(|| children.as_slice().into())
    }

    fn end(&self, channel: u64, side: Side) -> Needs {
        self.ends.get(&(channel, side)).map_or(Needs::Unknown, |holders| Needs::OneOf(holders.clone()))
    }
}

fn one(id: u64) -> Needs {
    Needs::OneOf([id].into())
}

fn holder(lock: &Lock) -> Needs {
    match lock.holder {
        Some(Holder::Coroutine { id, .. }) => one(id),
        _ => Needs::Unknown,
    }
}

fn either(one: Needs, other: Needs) -> Needs {
    match (one, other) {
        (Needs::OneOf(some), Needs::OneOf(more)) => {
            Needs::OneOf(some.iter().chain(more.iter()).copied().collect())
        }
        _ => Needs::Unknown,
    }
}

impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |others: &[u64]| others.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        match self {
            Needs::Unknown => f.write_str("something unknown"),
            Needs::OneOf(others) if others.len() > 1 => write!(f, "one of the coroutines {}", list(others)),
            Needs::AllOf(others) if others.len() > 1 => write!(f, "the coroutines {}", list(others)),
            Needs::OneOf(others) | Needs::AllOf(others) => write!(f, "coroutine {}", list(others)),
        }
    }
}
