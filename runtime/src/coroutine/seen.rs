//! The part of a record that is looked at from outside (glimpse.rs): plain words, in a fixed order.
//!
//! Its owner writes them, one store each, to lines that a switch writes anyway.

use std::cell::Cell;

use super::awaits::Awaits;
use super::birth::{Birth, Spawner};
use crate::sys::clock::Nanos;
use crate::sys::own_memory;
use crate::sys::registers::Registers;

/// As the owner has it.
#[repr(C)]
pub(super) struct Seen {
    /// Where it stood when it last suspended. The frames of the switch itself lie below.
    stood: Cell<Registers>,
    /// When it began to wait last, or was spawned, by the clock of its machine, which is read now and then.
    since: Cell<Nanos>,
    /// What it waits for, if it does.
    awaits: Cell<Awaits>,
    birth: Birth,
    /// The address of what it was given to begin with (`body::Given`); 0: nothing that needs a drop.
    pub(super) given: Cell<usize>,
}

const WORDS: usize = size_of::<Seen>() / size_of::<u64>();

/// As somebody else has read it.
#[derive(Clone, Copy)]
pub(super) struct Sight {
    pub(super) stood: Registers,
    pub(super) since: Nanos,
    pub(super) awaits: Awaits,
    pub(super) birth: Birth,
    pub(super) given: u64,
}

impl Seen {
    pub(super) fn new(stack_pointer: usize, birth: Birth) -> Seen {
        Seen {
            stood: Cell::new(Registers { stack_pointer, ..Registers::default() }),
            since: Cell::new(birth.at),
            awaits: Cell::new(Awaits::PAUSE),
            birth,
            given: Cell::new(0),
        }
    }

    pub(super) fn stack_pointer(&self) -> usize {
        self.stood.get().stack_pointer
    }

    #[inline(always)]
    pub(super) fn stands(&self, here: Registers) {
        self.stood.set(here);
    }

    #[inline]
    pub(super) fn waits(&self, now: Nanos) {
        self.since.set(now);
    }

    #[inline]
    pub(super) fn awaits(&self, what: Awaits) {
        self.awaits.set(what);
    }

    /// What lies at `address`, where one of these lies or has lain.
    pub(super) fn read(address: u64) -> Option<Sight> {
        let [stack_pointer, frame_pointer, instruction, since, awaits, at, spawner, lineage, given] =
            own_memory::read_words::<WORDS>(address)?;
        let [stack_pointer, frame_pointer, instruction] =
            [stack_pointer, frame_pointer, instruction].map(|register| register as usize);
        Some(Sight {
            stood: Registers { stack_pointer, frame_pointer, instruction },
            since,
            awaits: Awaits::from_bits(awaits),
            birth: Birth { at, spawner: Spawner::from_bits(spawner), lineage },
            given,
        })
    }
}
