//! What can be told of a coroutine by somebody who neither holds it nor stops it.
//!
//! # How
//! Its record and its body are its own; so they are read through the kernel (sys/own_memory.rs), and what was read counts
//! only if nothing can have been written meanwhile:
//! ```text
//!   read the status word      PARKED(e)         nobody runs it, and nobody writes to its stack
//!   copy record, stack, and what it waits for, which it keeps there by a borrow
//!   read the status word      PARKED(e) again   nobody has in between: epochs do not come back (lockfree/status.rs)
//! ```
//! Of one that is not parked there are only numbers, which are as good as they are (birth and since), if it still is the
//! same coroutine afterwards.

use std::mem::offset_of;
use std::panic::Location;

use super::awaits::Awaits;
use super::birth::{Birth, Spawner};
use super::body::Header;
use super::entry::Entry;
use super::handle::Coroutine;
use super::home::Home;
use super::record::Record;
use super::seen::{Seen, Sight};
use crate::sys::clock::Nanos;
use crate::sys::own_memory;
use crate::sys::registers::Registers;

/// Looks in a row that may be spoilt by somebody who is quick: of one that does nothing but exchange messages, half.
const LOOKS: usize = 16;

/// One coroutine at one moment.
pub(crate) struct Glimpse {
    pub(crate) coroutine: Coroutine,
    pub(crate) site: Option<&'static Location<'static>>,
    pub(crate) home: Option<&'static Home>,
    pub(crate) birth: Birth,
    pub(crate) phase: Phase,
    /// The address of its record, on its stack; 0: it has not begun.
    pub(crate) record: u64,
    /// The address of what it was given to begin with (`body::Given`); 0: nothing that needs a drop.
    pub(crate) given: u64,
}

/// What it does.
#[derive(Clone, Copy)]
pub(crate) enum Phase {
    /// It has not begun. `waits`: and is not to, until something has happened.
    Fresh { waits: bool },
    /// It waits, and its stack lies still as long as its status word is this one.
    Parked { word: u64, stood: Registers, awaits: Awaits, since: Nanos },
    /// It runs, or is queued to.
    Runs { since: Nanos },
    /// Its runtime has stopped without it.
    Abandoned,
}

impl Glimpse {
    /// The tenant of `entry`; `None`: there is none, or it is a thread.
    pub(crate) fn of(entry: &'static Entry) -> Option<Glimpse> {
        (0..LOOKS).find_map(|_| Glimpse::try_of(entry))
    }

    /// Whether there is one of which no glimpse was caught: it was too quick.
    pub(crate) fn is_missed(entry: &'static Entry) -> bool {
        entry.status.moment().is_some() && !(entry.record().is_null() && entry.body().is_null())
    }

    fn try_of(entry: &'static Entry) -> Option<Glimpse> {
        let word = entry.status.moment()?;
        let coroutine = Coroutine::of(entry);
        let (record, body) = (entry.record().addr() as u64, entry.body().addr() as u64);
        let (birth, phase, given) = if record != 0 {
            let Sight { stood, since, awaits, birth, given } =
                Seen::read(record + offset_of!(Record, seen) as u64)?;
            let mut abandoned = [0];
            own_memory::read(record + offset_of!(Record, abandoned) as u64, &mut abandoned);
            let phase = match word.is_parked() {
                _ if abandoned != [0] => Phase::Abandoned,
                true => Phase::Parked { word: word.to_bits(), stood, awaits, since },
                false => Phase::Runs { since },
            };
            (birth, phase, given)
        } else if body != 0 {
            let [at, spawner, lineage] = own_memory::read_words(body + offset_of!(Header, birth) as u64)?;
            let birth = Birth { at, spawner: Spawner::from_bits(spawner), lineage };
            (birth, Phase::Fresh { waits: word.is_parked() }, 0)
        } else {
            return None;
        };
        let (site, home) = (entry.site(), Home::of(entry));
        let after = entry.status.moment()?;
        let is_same = entry.id() == coroutine.id()
            && (record, body) == (entry.record().addr() as u64, entry.body().addr() as u64);
        let has_stood = word.is_parked() == after.is_parked() && (!word.is_parked() || word == after);
        (is_same && has_stood).then_some(Glimpse { coroutine, site, home, birth, phase, record, given })
    }

    /// Names its wait; 0: it does not wait.
    pub(crate) fn wait(&self) -> u64 {
        if let Phase::Parked { word, .. } = self.phase { word } else { 0 }
    }

    /// Whether all that was read of its stack since counts.
    pub(crate) fn has_stood(&self) -> bool {
        let Phase::Parked { word, .. } = self.phase else { return false };
        self.coroutine.entry().status.moment().is_some_and(|now| now.to_bits() == word)
    }
}
