//! Who waits for whom, as far as the runtime knows it.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::ends::{self, Holders};
use crate::chan::mark::Side;
use crate::dump::{CoroutineState, Holder, Lock, State, WaitsFor, survey};
use crate::wait::event::TOLD_OF;

/// What would let a coroutine go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// Somebody or something of which nothing is known.
    Unknown,
    /// One of these coroutines.
    OneOf(Vec<u64>),
    /// All of these.
    AllOf(Vec<u64>),
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
        Graph::of(coroutines, &ends)
    }

    fn of(coroutines: Vec<CoroutineState>, ends: &Holders) -> Graph {
        let mut children: HashMap<u64, Vec<u64>> = HashMap::new();
        for coroutine in &coroutines {
            if let Some(parent) = coroutine.spawned_by {
                children.entry(parent).or_default().push(coroutine.id);
            }
        }
        let coroutines: HashMap<_, _> =
            coroutines.into_iter().map(|coroutine| (coroutine.id, coroutine)).collect();
        let needs_of = |coroutine: &CoroutineState| {
            let waits = coroutine.state == State::Waiting && !coroutine.is_timed;
            let wait = coroutine.waits_for.as_ref().filter(|_| waits)?;
            let known = Known { children: children.get(&coroutine.id), alive: &coroutines, ends };
            Some((coroutine.id, known.needs(wait)))
        };
        let needs = coroutines.values().filter_map(needs_of).collect();
        Graph { coroutines, needs }
    }

    /// Strikes out what was not so before: who has not been in one wait all the time, for one and the same, may go on.
    pub(super) fn confirm(&mut self, before: &Graph) {
        let coroutines = &self.coroutines;
        self.needs.retain(|id, needs| {
            before.needs.get(id) == Some(needs) && before.coroutines[id].wait == coroutines[id].wait
        });
    }

    /// Those who can never go on: each needs others who cannot either. Found by striking out, again and again, whoever could.
    pub(super) fn stuck(&self) -> HashSet<u64> {
        let mut stuck: HashSet<u64> = self.needs.keys().copied().collect();
        loop {
            let may_go_on = |id: &u64| match &self.needs[id] {
                Needs::Unknown => true,
                Needs::OneOf(others) => others.iter().any(|other| !stuck.contains(other)),
                Needs::AllOf(others) => !others.iter().any(|other| stuck.contains(other)),
            };
            let free: HashSet<u64> = stuck.iter().copied().filter(may_go_on).collect();
            if free.is_empty() {
                return stuck;
            }
            stuck.retain(|id| !free.contains(id));
        }
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

/// What is known besides a wait.
struct Known<'a> {
    /// Whom it has spawned who waits.
    children: Option<&'a Vec<u64>>,
    alive: &'a HashMap<u64, CoroutineState>,
    ends: &'a Holders,
}

impl Known<'_> {
    fn needs(&self, wait: &WaitsFor) -> Needs {
        match wait {
            WaitsFor::Join { coroutine } if self.alive.contains_key(coroutine) => {
                Needs::OneOf(vec![*coroutine])
            }
            WaitsFor::Mutex(lock) | WaitsFor::Once(lock) => holder(lock),
            // Of several readers one is known, and not for sure (sync/holder.rs).
            WaitsFor::Read(lock) | WaitsFor::Write(lock) if lock.readers == 0 => holder(lock),
            WaitsFor::Send(channel) => self.end(channel.address, Side::Receiver),
            WaitsFor::Receive(channel) => self.end(channel.address, Side::Sender),
            // If there are others besides whom it has spawned, they were spawned by those.
            WaitsFor::Scope { alive } => match self.children {
                Some(children) if children.len() == *alive => Needs::AllOf(children.clone()),
                _ => Needs::Unknown,
            },
            // Of more than are told of, one may happen.
            WaitsFor::Select { first_of } if first_of.len() < TOLD_OF => {
                first_of.iter().map(|wait| self.needs(wait)).reduce(either).unwrap_or(Needs::Unknown)
            }
            _ => Needs::Unknown,
        }
    }

    fn end(&self, channel: u64, side: Side) -> Needs {
        self.ends.get(&(channel, side)).map_or(Needs::Unknown, |holders| Needs::OneOf(holders.clone()))
    }
}

fn holder(lock: &Lock) -> Needs {
    match lock.holder {
        Some(Holder::Coroutine { id, .. }) => Needs::OneOf(vec![id]),
        _ => Needs::Unknown,
    }
}

fn either(one: Needs, other: Needs) -> Needs {
    match (one, other) {
        (Needs::OneOf(mut some), Needs::OneOf(more)) => {
            some.extend(more);
            Needs::OneOf(some)
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
