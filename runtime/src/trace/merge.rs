//! The events of all rings as one sequence, in the order of their times.
//!
//! Each ring is in order by itself, so this is a merge; of a ring one chunk at a time is in memory. Of two events at the
//! same nanosecond in different rings, the one that may be the other's cause goes first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::io;

use super::event::{Event, MachineName};
use super::store::Chunk;
use crate::lockfree::flight_ring::Words;
use crate::sys::clock::Nanos;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Next {
    Event(Nanos, Event),
    /// So many are missing here.
    Lost(u64),
}

/// One ring.
struct Stream {
    machine: Option<MachineName>,
    rest: VecDeque<Chunk>,
    events: std::vec::IntoIter<Words>,
    lost: u64,
    head: Option<(Nanos, Event)>,
}

impl Stream {
    /// Goes to the next event.
    fn advance(&mut self) -> io::Result<()> {
        loop {
            let read = self.events.find_map(Event::from_words);
            if let Some((time, event)) = read {
                self.head = Some((time, event));
                return Ok(());
            }
            let Some(chunk) = self.rest.pop_front() else {
                self.head = None;
                return Ok(());
            };
            self.lost += chunk.lost;
            self.events = chunk.read()?.into_iter();
        }
    }

    fn key(&self) -> Option<(Nanos, bool)> {
        self.head.map(|(time, event)| (time, !is_cause(&event)))
    }
}

/// Whether events of other machines may follow from this one.
fn is_cause(event: &Event) -> bool {
    matches!(event, Event::Wake { .. } | Event::Spawn { .. } | Event::RunEnd { .. })
}

/// Calls `tell` with all of them, each with its ring.
pub(super) fn merge(
    chunks: Vec<Chunk>,
    mut tell: impl FnMut(Option<MachineName>, Next) -> io::Result<()>,
) -> io::Result<()> {
    let mut rests: BTreeMap<Option<MachineName>, VecDeque<Chunk>> = BTreeMap::new();
    for chunk in chunks {
        rests.entry(chunk.machine).or_default().push_back(chunk);
    }
    let mut streams = Vec::new();
    // Those that have not begun wait with the time of their first chunk, unread.
    let mut heap = BinaryHeap::new();
    for (machine, rest) in rests {
        let first = rest.front().map_or(0, |chunk| chunk.times.0);
        heap.push(Reverse(((first, false), streams.len())));
        streams.push(Stream { machine, rest, events: Vec::new().into_iter(), lost: 0, head: None });
    }
    while let Some(Reverse((_, number))) = heap.pop() {
        let stream: &mut Stream = &mut streams[number];
        if let Some((time, event)) = stream.head {
            tell(stream.machine, Next::Event(time, event))?;
        }
        stream.advance()?;
        if stream.lost > 0 {
            tell(stream.machine, Next::Lost(std::mem::take(&mut stream.lost)))?;
        }
        if let Some(key) = stream.key() {
            heap.push(Reverse((key, number)));
        }
    }
    Ok(())
}
