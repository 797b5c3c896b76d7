//! Who waits for whom, as far as the runtime knows it.

use std::collections::{HashMap, HashSet};

use crate::dump::{CoroutineState, Holder, Lock, State, WaitsFor, survey};

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
    needs: HashMap<u64, Needs>,
}

impl Graph {
    /// Of the whole process, now.
    pub(super) fn of_all() -> Graph {
        Graph::of(survey::without_stacks(|_| true))
    }

    fn of(coroutines: Vec<CoroutineState>) -> Graph {
        let mut children: HashMap<u64, Vec<u64>> = HashMap::new();
        for coroutine in &coroutines {
            if let Some(parent) = coroutine.spawned_by {
                children.entry(parent).or_default().push(coroutine.id);
            }
        }
        let coroutines: HashMap<_, _> =
            coroutines.into_iter().map(|coroutine| (coroutine.id, coroutine)).collect();
        let needs_of = |coroutine: &CoroutineState| {
            let wait = coroutine.waits_for.as_ref().filter(|_| coroutine.state == State::Waiting)?;
            Some((coroutine.id, needs(wait, children.get(&coroutine.id), &coroutines)))
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

fn needs(wait: &WaitsFor, children: Option<&Vec<u64>>, alive: &HashMap<u64, CoroutineState>) -> Needs {
    match wait {
        WaitsFor::Join { coroutine } if alive.contains_key(coroutine) => Needs::OneOf(vec![*coroutine]),
        WaitsFor::Mutex(lock) | WaitsFor::Once(lock) => holder(lock),
        // Of several readers one is known, and not for sure (sync/holder.rs).
        WaitsFor::Read(lock) | WaitsFor::Write(lock) if lock.readers == 0 => holder(lock),
        // If there are others besides whom it has spawned, they were spawned by those.
        WaitsFor::Scope { alive } if children.is_some_and(|children| children.len() == *alive) => {
            children.map_or(Needs::Unknown, |children| Needs::AllOf(children.clone()))
        }
        WaitsFor::Select { first_of } => {
            first_of.iter().map(|wait| needs(wait, None, alive)).reduce(either).unwrap_or(Needs::Unknown)
        }
        _ => Needs::Unknown,
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
