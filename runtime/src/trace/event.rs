//! What is recorded, and how it lies in the four words of a place in a ring.
//!
//! ```text
//!   word 0   when, in nanoseconds of CLOCK_MONOTONIC
//!   word 1   the kind in the lowest byte; above it a small number
//!   word 2   whom it is about: the id of a coroutine
//!   word 3   something else
//! ```
//! Spawn sites and names of spans are `'static`, and recorded as addresses; `statics` turns them back.

use std::panic::Location;

use crate::lockfree::flight_ring::Words;
use crate::sys::clock::Nanos;

/// What has happened. Whose machine it was, and which coroutine that one ran, the ring and its order say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A coroutine was made.
    Spawn { id: u64, site: Site },
    /// It has got its stack, and is about to run for the first time.
    Start { id: u64 },
    /// It has the thread.
    RunBegin { id: u64, site: Site },
    /// It has it no more.
    RunEnd { id: u64, why: Why },
    /// It did not wait in the end: it was woken before.
    ParkSkipped { id: u64 },
    /// It lets others run because the monitor has asked it to.
    Preempted { id: u64 },
    /// It unwinds to its end.
    Panicked { id: u64 },
    /// It is made ready. Recorded before somebody can run it.
    Wake { id: u64, inbox: bool },
    /// Fresh coroutines were taken from machine `from`.
    Steal { from: u64, count: u64 },
    /// A fresh one was sent to machine `to`.
    Place { id: u64, to: u64 },
    /// A started one came from another machine.
    Migrate { id: u64 },
    /// The machine asks epoll; and sleeps there until something comes, or does not.
    PollBegin { sleeps: bool },
    /// It got so many events, and has made ready whom they were for.
    PollEnd { events: u64 },
    /// Timers are due.
    TimersBegin,
    /// So many have fired.
    TimersEnd { fired: u64 },
    /// The monitor has found a machine stuck in a coroutine.
    Stall { id: u64, at: MachineName },
    /// It moves again.
    StallEnd { at: MachineName },
    /// A machine has got a thread in the place of a stuck one.
    Replace { by: MachineName },
    /// So many stacks gave memory back.
    Trim { stacks: u64 },
    /// A fresh one was dropped because the runtime stops.
    Discard { id: u64 },
    /// The runtime has stopped without it.
    Abandon { id: u64 },
    /// User code says that something begins. Of a thread that runs no coroutine, the id has the highest bit set.
    SpanBegin { id: u64, name: Name },
    /// And that it has ended.
    SpanEnd { id: u64, name: Name },
}

/// Why a coroutine has the thread no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Why {
    Yield,
    Park,
    Finished,
    Abandoned,
    /// It waits during a panic, without having left its stack.
    Blocked,
}

/// A machine among those of all runtimes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct MachineName {
    pub(crate) runtime: u64,
    pub(crate) number: u64,
}

/// Where a coroutine was spawned; 0: not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Site(pub(super) u64);

/// Of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(super) address: u64,
    pub(super) len: u64,
}

/// Marks the id of a thread in the place of a coroutine's.
pub(crate) const THREAD: u64 = 1 << 63;

impl Site {
    #[inline]
    pub(crate) fn of(site: Option<&'static Location<'static>>) -> Site {
        Site(site.map_or(0, |site| std::ptr::from_ref(site).expose_provenance() as u64))
    }
}

impl Name {
    pub(crate) fn of(name: &'static str) -> Name {
        Name { address: name.as_ptr().expose_provenance() as u64, len: name.len() as u64 }
    }
}

impl Event {
    /// As it lies in a ring.
    #[inline]
    pub(super) fn to_words(self, time: Nanos) -> Words {
        let (kind, small, id, other) = match self {
            Event::Spawn { id, site } => (1, 0, id, site.0),
            Event::Start { id } => (2, 0, id, 0),
            Event::RunBegin { id, site } => (3, 0, id, site.0),
            Event::RunEnd { id, why } => (4, why as u64, id, 0),
            Event::ParkSkipped { id } => (5, 0, id, 0),
            Event::Preempted { id } => (6, 0, id, 0),
            Event::Panicked { id } => (7, 0, id, 0),
            Event::Wake { id, inbox } => (8, u64::from(inbox), id, 0),
            Event::Steal { from, count } => (9, from, 0, count),
            Event::Place { id, to } => (10, to, id, 0),
            Event::Migrate { id } => (11, 0, id, 0),
            Event::PollBegin { sleeps } => (12, u64::from(sleeps), 0, 0),
            Event::PollEnd { events } => (13, 0, 0, events),
            Event::TimersBegin => (14, 0, 0, 0),
            Event::TimersEnd { fired } => (15, 0, 0, fired),
            Event::Stall { id, at } => (16, at.number, id, at.runtime),
            Event::StallEnd { at } => (17, at.number, 0, at.runtime),
            Event::Replace { by } => (18, by.number, 0, by.runtime),
            Event::Trim { stacks } => (19, 0, 0, stacks),
            Event::Discard { id } => (20, 0, id, 0),
            Event::Abandon { id } => (21, 0, id, 0),
            Event::SpanBegin { id, name } => (22, name.len, id, name.address),
            Event::SpanEnd { id, name } => (23, name.len, id, name.address),
        };
        [time, small << 8 | kind, id, other]
    }

    /// The reverse of `to_words`; `None`: these words come from elsewhere.
    pub(super) fn from_words([time, mixed, id, other]: Words) -> Option<(Nanos, Event)> {
        let small = mixed >> 8;
        let machine = MachineName { runtime: other, number: small };
        let name = Name { address: other, len: small };
        let event = match mixed & 0xff {
            1 => Event::Spawn { id, site: Site(other) },
            2 => Event::Start { id },
            3 => Event::RunBegin { id, site: Site(other) },
            4 => Event::RunEnd { id, why: Why::of(small)? },
            5 => Event::ParkSkipped { id },
            6 => Event::Preempted { id },
            7 => Event::Panicked { id },
            8 => Event::Wake { id, inbox: small != 0 },
            9 => Event::Steal { from: small, count: other },
            10 => Event::Place { id, to: small },
            11 => Event::Migrate { id },
            12 => Event::PollBegin { sleeps: small != 0 },
            13 => Event::PollEnd { events: other },
            14 => Event::TimersBegin,
            15 => Event::TimersEnd { fired: other },
            16 => Event::Stall { id, at: machine },
            17 => Event::StallEnd { at: machine },
            18 => Event::Replace { by: machine },
            19 => Event::Trim { stacks: other },
            20 => Event::Discard { id },
            21 => Event::Abandon { id },
            22 => Event::SpanBegin { id, name },
            23 => Event::SpanEnd { id, name },
            _ => return None,
        };
        Some((time, event))
    }
}

impl Why {
    fn of(number: u64) -> Option<Why> {
        let all = [Why::Yield, Why::Park, Why::Finished, Why::Abandoned, Why::Blocked];
        all.into_iter().find(|why| *why as u64 == number)
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Name, Site, Why};

    #[test]
    fn words_and_back() {
        let site = Site::of(Some(std::panic::Location::caller()));
        let events = [
            Event::RunBegin { id: 7, site },
            Event::RunEnd { id: u64::MAX, why: Why::Blocked },
            Event::Wake { id: 3, inbox: true },
            Event::Steal { from: 2, count: 5 },
            Event::SpanEnd { id: 1, name: Name::of("parse") },
        ];
        for event in events {
            assert_eq!(Event::from_words(event.to_words(11)), Some((11, event)));
        }
        assert_eq!(Event::from_words([0; 4]), None);
        assert_eq!(Event::from_words([0, 99 << 8 | 4, 0, 0]), None);
    }
}
