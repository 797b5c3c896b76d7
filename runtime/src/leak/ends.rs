//! Who has the handles of a channel, as far as that can be seen.
//!
//! # Whose is a handle?
//! A search (search.rs) tells where its mark lies. Bytes of it also stay where it was moved from, so that is a list of those who
//! may have it, and more. Left out is the spawner of a coroutine that was given it, if it is a handle in whole in that one's
//! closure, since it was moved there. (If it is given back to him while that coroutine lives, that is not seen.) Added are those
//! who may borrow from any of them: coroutines of scopes. If it also lies on no stack of a coroutine, be it in a box, a static
//! or on the stack of a thread, then there may be somebody who uses it: nothing is known of it.
//!
//! The sum over all marks (chan/mark.rs) shows whether those of all handles were found.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::search::{self, Found, Place};
use crate::chan::mark::{Side, Veiled};
use crate::chan::outside::End;
use crate::coroutine::birth::Spawner;
use crate::dump::{Channel, CoroutineState, WaitsFor};
use crate::spawn::threads;

/// The coroutines that have all handles at an end of a channel, by the address of that and the side; of others nothing is
/// known.
pub(super) type Holders = HashMap<(u64, Side), Arc<[u64]>>;

/// Of the ends that would let somebody of `coroutines` go on. `caller`: see `search::marks`.
pub(super) fn holders(coroutines: &[CoroutineState], caller: usize) -> Holders {
    let mut ends = HashMap::new();
    for wait in coroutines.iter().filter_map(CoroutineState::waits_only_for) {
        for (channel, side) in needed(wait) {
            ends.insert((channel.address, side), channel.ends[side as usize]);
        }
    }
    if ends.is_empty() {
        return Holders::new();
    }
    let tags = ends.iter().map(|((address, _), end)| (end.tag, *address)).collect();
    search::marks(tags, caller).map_or_else(Holders::new, |found| Sight::new(found).holders(&ends))
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

/// What was found, put in order.
struct Sight {
    found: Found,
    /// The marks, by their tags.
    of_tag: HashMap<Veiled, Vec<Veiled>>,
    borrowers: Borrowers,
}

impl Sight {
    fn new(found: Found) -> Sight {
        let mut of_tag: HashMap<Veiled, Vec<Veiled>> = HashMap::new();
        for mark in found.marks.keys() {
            of_tag.entry(mark.tag()).or_default().push(*mark);
        }
        let borrowers = Borrowers::among(&found.spawners);
        Sight { found, of_tag, borrowers }
    }

    fn holders(&self, ends: &HashMap<(u64, Side), End>) -> Holders {
        ends.iter().filter_map(|(which, end)| Some((*which, self.holders_at(end)?))).collect()
    }

    fn holders_at(&self, end: &End) -> Option<Arc<[u64]>> {
        let candidates = self.of_tag.get(&end.tag).map_or(&[][..], Vec::as_slice);
        let mut holders = Vec::new();
        for mark in end.census.living(candidates)? {
            holders.extend(self.holders_of(&self.found.marks[&mark])?);
        }
        holders.sort_unstable();
        holders.dedup();
        Some(holders.into())
    }

    /// The coroutines that may have the handle whose mark lies in these places; `None`: others may too.
    fn holders_of(&self, places: &[Place]) -> Option<Vec<u64>> {
        let given = places.iter().filter_map(|place| match place {
            Place::Given(id) => self.found.spawners.get(id),
            _ => None,
        });
        let former: HashSet<u64> = given.clone().filter_map(|spawner| spawner.coroutine()).collect();
        let stacks: Vec<u64> =
            given.filter_map(|spawner| spawner.thread()).filter_map(threads::stack_of).collect();
        let mut holders = Vec::new();
        let mut borrowers = Vec::new();
        for place in places {
            match place {
                Place::Stack(id) | Place::Given(id) => {
                    borrowers.extend(self.borrowers.of(*id));
                    if !former.contains(id) {
                        holders.push(*id);
                    }
                }
                Place::Elsewhere(range) if stacks.iter().any(|stack| range.contains(stack)) => {}
                Place::Elsewhere(_) => return None,
            }
        }
        let is_held = !holders.is_empty();
        holders.extend(borrowers);
        is_held.then_some(holders)
    }
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

    fn of(&self, lender: u64) -> impl Iterator<Item = u64> {
        self.of.get(&lender).into_iter().flatten().chain(&self.of_anybody).copied()
    }
}
