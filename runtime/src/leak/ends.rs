//! Who has the handles of a channel, as far as that can be seen.
//!
//! # Whose is a handle?
//! A search (search.rs) tells where its mark lies. Bytes of it also stay where it was moved from, so that is a list of those who
//! may have it, and more. Of these are left out: the spawners of a coroutine that it was given to, and their spawners, since a
//! handle that was moved into a closure is theirs no more. (One that is given back to them while that coroutine lives is not
//! seen.) Added are those who may borrow from them: coroutines of scopes. If it also lies on no stack of a coroutine, be it in a
//! box, a static or on the stack of a thread, then there may be somebody who uses it: nothing is known of it.
//!
//! The sum over all marks (chan/mark.rs) shows whether those of all handles were found.

use std::collections::{HashMap, HashSet};

use super::search::{self, Place};
use crate::chan::mark::{Side, Veiled};
use crate::chan::outside::End;
use crate::coroutine::birth::Spawner;
use crate::dump::{Channel, CoroutineState, State, WaitsFor};

/// The coroutines that have all handles at an end of a channel, by the address of that and the side; of others nothing is
/// known.
pub(super) type Holders = HashMap<(u64, Side), Vec<u64>>;

/// Of the ends that would let somebody of `coroutines` go on. `caller`: see `search::marks`.
pub(super) fn holders(coroutines: &[CoroutineState], caller: usize) -> Holders {
    let waits = |coroutine: &&CoroutineState| coroutine.state == State::Waiting && !coroutine.is_timed;
    let mut ends = HashMap::new();
    for wait in coroutines.iter().filter(waits).filter_map(|coroutine| coroutine.waits_for.as_ref()) {
        for (channel, side) in needed(wait) {
            ends.insert((channel.address, side), channel.ends[side as usize]);
        }
    }
    if ends.is_empty() {
        return Holders::new();
    }
    let spawners: HashMap<u64, Spawner> =
        coroutines.iter().map(|coroutine| (coroutine.id, coroutine.spawner)).collect();
    let borrowers = Borrowers::among(&spawners);
    let tags: Vec<Veiled> = ends.values().map(|end| end.tag).collect();
    let found = search::marks(&tags, caller);
    let mut of_tag: HashMap<Veiled, Vec<Veiled>> = HashMap::new();
    for mark in found.keys() {
        of_tag.entry(mark.tag()).or_default().push(*mark);
    }
    let holders_of = |end: &End| {
        let candidates = of_tag.get(&end.tag).map_or(&[][..], Vec::as_slice);
        let mut holders = Vec::new();
        for mark in end.census.living(candidates)? {
            holders.extend(holders_of_one(&found[&mark], &spawners)?);
        }
        borrowers.join(&mut holders);
        holders.sort_unstable();
        holders.dedup();
        Some(holders)
    };
    ends.iter().filter_map(|(which, end)| Some((*which, holders_of(end)?))).collect()
}

/// The ends at which something must happen for who waits so.
fn needed(wait: &WaitsFor) -> Vec<(&Channel, Side)> {
    match wait {
        WaitsFor::Send(channel) => vec![(channel, Side::Receiver)],
        WaitsFor::Receive(channel) if !channel.of_clock => vec![(channel, Side::Sender)],
        WaitsFor::Select { first_of } => first_of.iter().flat_map(needed).collect(),
        _ => Vec::new(),
    }
}

/// The coroutines that may have the handle whose mark lies in these places; `None`: others may too.
fn holders_of_one(places: &[Place], spawners: &HashMap<u64, Spawner>) -> Option<Vec<u64>> {
    let (mut former, mut former_stacks) = (HashSet::new(), Vec::new());
    for place in places {
        let &Place::Given(mut id) = place else { continue };
        while let Some(spawner) = spawners.get(&id) {
            former_stacks.extend(spawner.stack_of_thread());
            let Some(spawner) = spawner.coroutine() else { break };
            former.insert(spawner);
            id = spawner;
        }
    }
    let mut holders = Vec::new();
    for place in places {
        match place {
            Place::Stack(id) | Place::Given(id) if !former.contains(id) => holders.push(*id),
            Place::Elsewhere(range) if !former_stacks.iter().any(|stack| range.contains(stack)) => {
                return None;
            }
            _ => {}
        }
    }
    (!holders.is_empty()).then_some(holders)
}

/// Who may use what lies on somebody's stack.
#[derive(Default)]
struct Borrowers {
    of: HashMap<u64, Vec<u64>>,
    /// They borrow from somebody of whom only a descendant was known, who is gone.
    of_anybody: Vec<u64>,
}

impl Borrowers {
    fn among(spawners: &HashMap<u64, Spawner>) -> Borrowers {
        let mut borrowers = Borrowers::default();
        for borrower in spawners.keys() {
            // Whoever lends may have borrowed it.
            let mut at = *borrower;
            while let Some(spawner) = spawners[&at].coroutine().filter(|_| spawners[&at].lends()) {
                if !spawners.contains_key(&spawner) {
                    borrowers.of_anybody.push(*borrower);
                    break;
                }
                borrowers.of.entry(spawner).or_default().push(*borrower);
                at = spawner;
            }
        }
        borrowers
    }

    fn join(&self, holders: &mut Vec<u64>) {
        let of = |holder: &u64| self.of.get(holder).into_iter().flatten();
        let borrowers: Vec<u64> = holders.iter().flat_map(of).chain(&self.of_anybody).copied().collect();
        holders.extend(borrowers);
    }
}
