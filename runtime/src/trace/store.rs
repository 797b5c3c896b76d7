//! Recorded events in chunks: each is what a ring held between two looks at it.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use super::event::MachineName;
use crate::lockfree::flight_ring::Words;
use crate::sys::clock::Nanos;

/// What is kept for a snapshot at most, however much happens.
const FLIGHT_BYTES: usize = 64 << 20;

/// Room for what is written to the spool at a time.
const EVENT_BYTES: usize = size_of::<Words>();

/// Events of one ring, in their order.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    /// `None`: of the threads that are no machine.
    pub(super) machine: Option<MachineName>,
    /// How many of the same ring were lost right before them.
    pub(super) lost: u64,
    /// When the first and the last of them happened.
    pub(super) times: (Nanos, Nanos),
    pub(super) count: usize,
    at: Place,
}

#[derive(Clone, Debug)]
enum Place {
    Memory(Arc<[Words]>),
    File { file: Arc<File>, offset: u64 },
}

impl Chunk {
    /// Its events.
    pub(super) fn read(&self) -> io::Result<Vec<Words>> {
        match &self.at {
            Place::Memory(events) => Ok(events.to_vec()),
            Place::File { file, offset } => {
                let mut bytes = vec![0; self.count * EVENT_BYTES];
                file.read_exact_at(&mut bytes, *offset)?;
                let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("eight of them"));
                let event = |bytes: &[u8]| std::array::from_fn(|i| word(&bytes[8 * i..][..8]));
                Ok(bytes.chunks_exact(EVENT_BYTES).map(event).collect())
            }
        }
    }
}

/// What a look at a ring has brought. There is at least one event.
pub(super) struct Haul<'a> {
    pub(super) machine: Option<MachineName>,
    pub(super) lost: u64,
    pub(super) events: &'a [Words],
}

impl Haul<'_> {
    /// In memory.
    pub(super) fn kept(&self) -> Chunk {
        self.chunk(Place::Memory(self.events.into()))
    }

    fn chunk(&self, at: Place) -> Chunk {
        let times = (self.events[0][0], self.events[self.events.len() - 1][0]);
        Chunk { machine: self.machine, lost: self.lost, times, count: self.events.len(), at }
    }
}

/// All events since a moment, in a file without a name.
#[derive(Debug)]
pub(super) struct Spool {
    file: Arc<File>,
    end: u64,
    chunks: Vec<Chunk>,
    buffer: Vec<u8>,
    /// The disk is full, or the like: what came after is not there.
    failed: Option<io::Error>,
}

impl Spool {
    /// In the folder into which the finished file is to go.
    pub(super) fn create(folder: &Path) -> io::Result<Spool> {
        let file = Arc::new(tempfile::tempfile_in(folder)?);
        Ok(Spool { file, end: 0, chunks: Vec::new(), buffer: Vec::new(), failed: None })
    }

    pub(super) fn add(&mut self, haul: &Haul<'_>) {
        if self.failed.is_some() {
            return;
        }
        self.buffer.clear();
        haul.events.iter().flatten().for_each(|word| self.buffer.extend_from_slice(&word.to_le_bytes()));
        match self.file.write_all_at(&self.buffer, self.end) {
            Ok(()) => {
                self.chunks.push(haul.chunk(Place::File { file: self.file.clone(), offset: self.end }));
                self.end += self.buffer.len() as u64;
            }
            Err(error) => self.failed = Some(error),
        }
    }

    pub(super) fn chunks(&self) -> Vec<Chunk> {
        self.chunks.clone()
    }

    pub(super) fn finish(self) -> io::Result<Vec<Chunk>> {
        self.failed.map_or(Ok(self.chunks), Err)
    }
}

/// The events of the last while, in memory.
#[derive(Debug)]
pub(super) struct Window {
    pub(super) length: Nanos,
    chunks: VecDeque<Chunk>,
    bytes: usize,
}

impl Window {
    pub(super) fn new(length: Nanos) -> Window {
        Window { length, chunks: VecDeque::new(), bytes: 0 }
    }

    pub(super) fn add(&mut self, haul: &Haul<'_>) {
        self.chunks.push_back(haul.kept());
        self.bytes += size_of_val(haul.events);
    }

    /// Drops what is too old, or too much.
    pub(super) fn trim(&mut self, now: Nanos) {
        let begin = now.saturating_sub(self.length);
        while let Some(oldest) = self.chunks.front()
            && (oldest.times.1 < begin || self.bytes > FLIGHT_BYTES)
        {
            self.bytes -= oldest.count * EVENT_BYTES;
            self.chunks.pop_front();
        }
    }

    pub(super) fn chunks(&self) -> Vec<Chunk> {
        self.chunks.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Haul, Spool, Window};

    fn haul(events: &[[u64; 4]]) -> Haul<'_> {
        Haul { machine: None, lost: 0, events }
    }

    #[test]
    fn a_spool_gives_back_what_it_was_given() {
        let mut spool = Spool::create(&std::env::temp_dir()).unwrap();
        spool.add(&haul(&[[1, 2, 3, 4], [5, 6, 7, 8]]));
        spool.add(&haul(&[[9, 10, 11, 12]]));
        let chunks = spool.finish().unwrap();
        assert_eq!(chunks[0].read().unwrap(), [[1, 2, 3, 4], [5, 6, 7, 8]]);
        assert_eq!(chunks[1].read().unwrap(), [[9, 10, 11, 12]]);
        assert_eq!(chunks[0].times, (1, 5));
    }

    #[test]
    fn a_window_forgets_what_is_old() {
        let mut window = Window::new(10);
        (0..30).for_each(|time| window.add(&haul(&[[time, 0, 0, 0]])));
        window.trim(30);
        let times: Vec<_> = window.chunks().iter().map(|chunk| chunk.times.0).collect();
        assert_eq!(times, (20..30).collect::<Vec<_>>());
        assert_eq!(window.bytes, 320);
    }
}
