//! Searching all memory for the marks of a channel's handles (chan/mark.rs): where each of them lies.
//!
//! What is looked at: the stacks of coroutines, of those that wait from where they stand; and every other page that can be
//! written, be it heap, statics or the stack of a thread. Left out is what holds nothing that counts: stacks that are nobody's,
//! and where the search itself keeps what it reads. Words that are noted are veiled, so they are not found again.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use parking_lot::Mutex;

use crate::chan::mark::Veiled;
use crate::coroutine::entry::Entry;
use crate::coroutine::glimpse::{Glimpse, Phase};
use crate::stack::{Slot, slot_at};
use crate::sys::memory::PAGE;
use crate::sys::{mappings, own_memory};

/// Where a mark lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// On the stack of this coroutine.
    Stack(u64),
    /// In what this coroutine was given to begin with, of which it has a copy on its stack.
    Given(u64),
    /// In this part of the memory.
    Elsewhere(Range<u64>),
}

/// Words that are read at a time.
const WINDOW: usize = 8 << 10;

/// Below where a coroutine has suspended lie the registers that the switch has saved.
const SAVED: u64 = 512;

const WORD: u64 = size_of::<u64>() as u64;

/// Finds all marks with these tags, each with its places. `caller`: a stack pointer of who asks; what lies below it is the
/// search's own.
pub(super) fn marks(tags: &[Veiled], caller: usize) -> HashMap<Veiled, Vec<Place>> {
    // What one reads, another one must not find.
    static SEARCHING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = SEARCHING.lock();
    let mut search = Search::new(tags);
    for glimpse in Entry::all().filter_map(Glimpse::of) {
        search.coroutine(&glimpse, caller as u64);
    }
    let is_stack = |range: &Range<u64>| slot_at(range.start as usize).is_some();
    for mapping in mappings::all().into_iter().filter(|mapping| mapping.is_data && !is_stack(&mapping.range))
    {
        search.elsewhere(mapping.range, caller as u64);
    }
    search.found
}

struct Search {
    /// Which upper bits a tag has: most words are told from marks by these.
    tops: Box<[bool; 1 << 16]>,
    tags: HashSet<Veiled>,
    window: Box<[u64]>,
    found: HashMap<Veiled, Vec<Place>>,
}

impl Search {
    fn new(tags: &[Veiled]) -> Search {
        let mut tops = Box::new([false; 1 << 16]);
        tags.iter().for_each(|tag| tops[tag.top()] = true);
        let window = vec![0; WINDOW].into_boxed_slice();
        Search { tops, tags: tags.iter().copied().collect(), window, found: HashMap::new() }
    }

    fn coroutine(&mut self, glimpse: &Glimpse, caller: u64) {
        let Some(slot) = slot_at(glimpse.record as usize) else { return };
        let id = glimpse.coroutine.id();
        let own = stretch(slot);
        let stands_at = match glimpse.phase {
            Phase::Parked { stood, .. } => Some(stood.stack_pointer as u64 - SAVED),
            _ if own.contains(&caller) => Some(caller),
            _ => None,
        };
        // It may stand on a stack that `grow` has borrowed.
        let borrowed = stands_at.and_then(|at| slot_at(at as usize)).filter(|stands_on| *stands_on != slot);
        match (stands_at, borrowed) {
            (Some(at), Some(slot)) => {
                self.read(at..stretch(slot).end, &Place::Stack(id));
                self.pages(own.clone(), &Place::Stack(id));
            }
            (Some(at), None) => self.read(at.max(own.start)..own.end, &Place::Stack(id)),
            (None, _) => self.pages(own.clone(), &Place::Stack(id)),
        }
        if let Some([len]) =
            own.contains(&glimpse.given).then(|| own_memory::read_words(glimpse.given)).flatten()
        {
            self.read(glimpse.given..glimpse.given.saturating_add(len).min(own.end), &Place::Given(id));
        }
    }

    /// `caller`: if it stands there, not below that.
    fn elsewhere(&mut self, mapping: Range<u64>, caller: u64) {
        let from = if mapping.contains(&caller) { caller } else { mapping.start };
        let own = self.window.as_ptr_range();
        let own = own.start.addr() as u64..own.end.addr() as u64;
        for filled in mappings::filled(mapping.clone()) {
            let filled = filled.start.max(from)..filled.end;
            let place = Place::Elsewhere(mapping.clone());
            self.read(filled.start..filled.end.min(own.start), &place);
            self.read(filled.start.max(own.end)..filled.end, &place);
        }
    }

    fn pages(&mut self, range: Range<u64>, place: &Place) {
        for filled in mappings::filled(range) {
            self.read(filled, place);
        }
    }

    /// Reads `range`, but for pages that cannot be read.
    fn read(&mut self, range: Range<u64>, place: &Place) {
        let mut at = range.start.next_multiple_of(WORD);
        while at < range.end {
            let wanted = WINDOW.min(((range.end - at) / WORD) as usize);
            let read = own_memory::read_many(at, &mut self.window[..wanted]);
            self.look(read, place);
            at += read as u64 * WORD;
            if read < wanted {
                at = (at + 1).next_multiple_of(PAGE as u64);
            } else if read < WINDOW {
                break;
            }
        }
        own_memory::wipe(&mut self.window);
    }

    /// Looks through the first words of the window. As plain as can be: it has to be quick in programs that are not
    /// optimised, too.
    fn look(&mut self, len: usize, place: &Place) {
        let Search { tops, tags, window, found } = self;
        for &word in &window[..len] {
            if tops[(word >> 48) as usize] {
                let word = Veiled::of(word);
                if tags.contains(&word.tag()) {
                    note(found.entry(word).or_default(), place);
                }
            }
        }
    }
}

fn note(places: &mut Vec<Place>, place: &Place) {
    if !places.contains(place) {
        places.push(place.clone());
    }
}

/// The stack proper, and what lies above it.
fn stretch(slot: Slot) -> Range<u64> {
    slot.floor() as u64..(slot.bottom() + slot.class().size()) as u64
}
