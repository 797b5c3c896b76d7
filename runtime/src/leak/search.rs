//! Searching all memory for the marks of a channel's handles (chan/mark.rs): where each of them lies.
//!
//! What is looked at: the stacks of coroutines, of those that wait from where they stand; and every other page that can be
//! written, be it heap, statics or the stack of a thread. Left out are stacks that are nobody's, and where the search itself keeps
//! what it reads. Words that are noted are veiled, so they are not found again.
//!
//! A search that may have overlooked something says nothing: if a coroutine was too quick to be looked at, and while somebody is
//! on a stack that `grow` has lent.

use std::collections::HashMap;
use std::ops::Range;

use parking_lot::Mutex;

use crate::chan::mark::Veiled;
use crate::coroutine::birth::Spawner;
use crate::coroutine::entry::Entry;
use crate::coroutine::glimpse::{Glimpse, Phase};
use crate::coroutine::switch_depth;
use crate::grow;
use crate::stack::{Slot, slot_at};
use crate::sys::mappings::{self, PageMap};
use crate::sys::memory::PAGE;
use crate::sys::own_memory;

/// Where a mark lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// On the stack of this coroutine.
    Stack(u64),
    /// In a handle in what this coroutine was given to begin with, of which it has a copy on its stack.
    Given(u64),
    /// In this part of the memory.
    Elsewhere(Range<u64>),
}

/// What was found.
pub(super) struct Found {
    /// Each mark, with its places.
    pub(super) marks: HashMap<Veiled, Vec<Place>>,
    /// Who has spawned whom of those that were looked at.
    pub(super) spawners: HashMap<u64, Spawner>,
}

/// Words that are read at a time.
const WINDOW: usize = 8 << 10;

const WORD: u64 = size_of::<u64>() as u64;

/// How far behind the beginning of a channel its `Ends` lie, at most.
const CHANNEL: u64 = 1024;

/// Finds all marks with these tags, each of which goes with the address of its channel's `Ends`. `caller`: a stack pointer of
/// who asks; what lies below it is the search's own.
pub(super) fn marks(tags: HashMap<Veiled, u64>, caller: usize) -> Option<Found> {
    // What one reads, another one must not find.
    static SEARCHING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = SEARCHING.lock();
    if grow::is_in_use() {
        return None;
    }
    let mut search = Search::new(tags);
    for entry in Entry::all() {
        match Glimpse::of(entry) {
            Some(glimpse) => search.coroutine(&glimpse, caller as u64),
            None if Glimpse::is_missed(entry) => return None,
            None => {}
        }
    }
    let is_stack = |range: &Range<u64>| slot_at(range.start as usize).is_some();
    for mapping in mappings::all().into_iter().filter(|mapping| mapping.is_data && !is_stack(&mapping.range))
    {
        search.elsewhere(mapping.range, caller as u64);
    }
    (!grow::is_in_use()).then_some(search.found)
}

struct Search {
    /// Which upper bits a tag has: most words are told from marks by these.
    tops: Box<[bool; 1 << 16]>,
    tags: HashMap<Veiled, u64>,
    pages: PageMap,
    window: Box<[u64]>,
    found: Found,
}

impl Search {
    fn new(tags: HashMap<Veiled, u64>) -> Search {
        let mut tops = Box::new([false; 1 << 16]);
        tags.keys().for_each(|tag| tops[tag.top()] = true);
        let window = vec![0; WINDOW].into_boxed_slice();
        let found = Found { marks: HashMap::new(), spawners: HashMap::new() };
        Search { tops, tags, pages: PageMap::open(), window, found }
    }

    fn coroutine(&mut self, glimpse: &Glimpse, caller: u64) {
        let id = glimpse.coroutine.id();
        // Who will not go on borrows nothing any more.
        if !matches!(glimpse.phase, Phase::Abandoned) {
            self.found.spawners.insert(id, glimpse.birth.spawner);
        }
        let Some(slot) = slot_at(glimpse.record as usize) else { return };
        let own = stretch(slot);
        let stands_at = match glimpse.phase {
            // Below lie the registers that the switch has saved.
            Phase::Parked { stood, .. } => Some((stood.stack_pointer - switch_depth::in_use()) as u64),
            _ => Some(caller),
        };
        match stands_at.filter(|at| own.contains(at)) {
            Some(at) => self.read(at..own.end, &Place::Stack(id)),
            None => self.read_filled(own.clone(), &Place::Stack(id)),
        }
        if own.contains(&glimpse.given) {
            self.given(glimpse.given, own.end, id);
        }
    }

    /// The `Given` at this address, below `end`. Only what looks like a whole handle counts: of one that was taken out of an
    /// `Option` the mark stays there.
    fn given(&mut self, address: u64, end: u64, id: u64) {
        let Some([len]) = own_memory::read_words(address) else { return };
        let wanted = WINDOW.min((len.min(end - address) / WORD) as usize);
        let read = own_memory::read_many(address, &mut self.window[..wanted]);
        for place in 1..read {
            let word = Veiled::of(self.window[place]);
            if let Some(ends) = self.tags.get(&word.tag())
                && (1..CHANNEL).contains(&ends.wrapping_sub(self.window[place - 1]))
            {
                note(self.found.marks.entry(word).or_default(), &Place::Given(id));
            }
        }
        own_memory::wipe(&mut self.window);
    }

    /// `caller`: if it stands there, not below that.
    fn elsewhere(&mut self, mapping: Range<u64>, caller: u64) {
        let from = if mapping.contains(&caller) { caller } else { mapping.start };
        let own = self.window.as_ptr_range();
        let own = own.start.addr() as u64..own.end.addr() as u64;
        let place = Place::Elsewhere(mapping.clone());
        for filled in self.pages.filled(mapping) {
            let filled = filled.start.max(from)..filled.end;
            self.read(filled.start..filled.end.min(own.start), &place);
            self.read(filled.start.max(own.end)..filled.end, &place);
        }
    }

    fn read_filled(&mut self, range: Range<u64>, place: &Place) {
        for filled in self.pages.filled(range) {
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
        let Search { tops, tags, window, found, .. } = self;
        for &word in &window[..len] {
            if tops[(word >> 48) as usize] {
                let word = Veiled::of(word);
                if tags.contains_key(&word.tag()) {
                    note(found.marks.entry(word).or_default(), place);
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
