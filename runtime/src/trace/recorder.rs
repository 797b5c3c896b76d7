//! Looking at the rings while something is recorded, and keeping what was in them.
//!
//! One thread does so, some hundred times a second while anything is on: it copies what is new in each ring and adds it to
//! the spool of `start`, to the window of the flight recorder, or to both. It exists as long as one of them does.
//!
//! **Invariant:** what is copied is copied with the recorder locked: each event comes once, and chunks of one ring follow
//! one another.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::names;
use super::statics::Statics;
use super::store::{Chunk, Haul, Spool, Window};
use super::track::{self, Ring};
use crate::lockfree::flight_ring::Words;
use crate::sys::clock::{self, Nanos};

/// Between two looks.
const PERIOD: Duration = Duration::from_millis(10);

/// While a ring fills so fast that it would be overwritten before long.
const SHORT_PERIOD: Duration = Duration::from_millis(1);

/// So many events in one look are many.
const MANY: usize = 1 << 12;

static RECORDER: Mutex<Recorder> = Mutex::new(Recorder {
    recording: None,
    window: None,
    looks: Vec::new(),
    statics: None,
    looker: None,
    generation: 0,
});

/// Ends the pause between two looks.
static HURRY: Condvar = Condvar::new();

struct Recorder {
    recording: Option<Recording>,
    window: Option<Window>,
    /// How far each ring was looked at.
    looks: Vec<Look>,
    statics: Option<Statics>,
    looker: Option<thread::JoinHandle<()>>,
    /// Whose turn it is, of several lookers that have begun since.
    generation: u64,
}

struct Look {
    ring: Arc<Ring>,
    next: u64,
    /// Since the last chunk.
    lost: u64,
}

/// What `start` has begun.
struct Recording {
    spool: Spool,
    path: PathBuf,
    begun: Moment,
}

/// A moment on two clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) time: Nanos,
    pub(super) wall: SystemTime,
}

impl Moment {
    pub(super) fn now() -> Moment {
        Moment { time: clock::now(), wall: SystemTime::now() }
    }

    /// So long before.
    fn less(self, nanos: Nanos) -> Moment {
        let nanos = nanos.min(self.time);
        let wall = self.wall.checked_sub(Duration::from_nanos(nanos)).unwrap_or(self.wall);
        Moment { time: self.time - nanos, wall }
    }
}

/// What was recorded, to be written down.
pub(super) struct Recorded {
    pub(super) chunks: Vec<Chunk>,
    pub(super) statics: Statics,
    pub(super) names: HashMap<u64, Box<str>>,
    pub(super) begin: Moment,
    pub(super) end: Nanos,
}

/// Records into a spool in the folder of `path`.
pub(super) fn start(path: PathBuf, folder: &Path) -> io::Result<()> {
    let mut recorder = RECORDER.lock();
    if let Some(recording) = &recorder.recording {
        let message = format!("a trace is being recorded already, into {}", recording.path.display());
        return Err(io::Error::new(io::ErrorKind::ResourceBusy, message));
    }
    let spool = Spool::create(folder)?;
    recorder.begin()?;
    recorder.look();
    recorder.recording = Some(Recording { spool, path, begun: Moment::now() });
    Ok(())
}

/// Ends what `start` has begun; where it is to be written to.
pub(super) fn stop() -> io::Result<(Recorded, PathBuf)> {
    let mut recorder = RECORDER.lock();
    if recorder.recording.is_none() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "no trace is being recorded"));
    }
    recorder.look();
    let end = clock::now();
    let statics = recorder.statics.clone().unwrap_or_default();
    let names = names::names();
    let recording = recorder.recording.take().expect("there is one");
    end_if_unused(recorder);
    let chunks = recording.spool.finish()?;
    Ok((Recorded { chunks, statics, names, begin: recording.begun, end }, recording.path))
}

/// Keeps what has happened in the last while from now on, or, with a length of 0, no more.
pub(super) fn keep_last(length: Nanos) -> io::Result<()> {
    let mut recorder = RECORDER.lock();
    if length == 0 {
        recorder.window = None;
        end_if_unused(recorder);
        return Ok(());
    }
    recorder.begin()?;
    recorder.look();
    match &mut recorder.window {
        Some(window) => window.length = length,
        None => recorder.window = Some(Window::new(length)),
    }
    Ok(())
}

/// What is kept now: the window, or everything since `start`.
pub(super) fn snapshot() -> io::Result<Recorded> {
    let mut recorder = RECORDER.lock();
    recorder.look();
    let end = Moment::now();
    let (chunks, begin) = match (&recorder.window, &recorder.recording) {
        (Some(window), _) => (window.chunks(), end.less(window.length)),
        (None, Some(recording)) => (recording.spool.chunks(), recording.begun),
        (None, None) => {
            let message = "nothing is recorded: neither start nor flight_recorder was called";
            return Err(io::Error::new(io::ErrorKind::NotFound, message));
        }
    };
    let statics = recorder.statics.clone().unwrap_or_default();
    Ok(Recorded { chunks, statics, names: names::names(), begin, end: end.time })
}

impl Recorder {
    /// Has events recorded, and looked at.
    fn begin(&mut self) -> io::Result<()> {
        if self.looker.is_some() {
            return Ok(());
        }
        self.generation += 1;
        let mine = self.generation;
        let looker =
            thread::Builder::new().name("gopark-trace".to_owned()).spawn(move || look_while(mine))?;
        self.looker = Some(looker);
        // What was recorded before is not of interest.
        let look = |ring: Arc<Ring>| Look { next: ring.flight.head(), ring, lost: 0 };
        self.looks = track::rings().into_iter().map(look).collect();
        self.statics = Some(Statics::default());
        track::set_on(true);
        Ok(())
    }

    /// Copies what is new. Returns how many events there were in the ring with most.
    fn look(&mut self) -> usize {
        for ring in track::rings() {
            if !self.looks.iter().any(|look| Arc::ptr_eq(&look.ring, &ring)) {
                self.looks.push(Look { ring, next: 0, lost: 0 });
            }
        }
        let Recorder { recording, window, looks, statics, .. } = self;
        let statics = statics.get_or_insert_default();
        let mut events: Vec<Words> = Vec::new();
        let mut most = 0;
        looks.retain_mut(|look| {
            // First: who has left adds nothing after.
            let has_left = look.ring.has_left();
            events.clear();
            let copied = statics.copy(&look.ring.flight, look.next, &mut events);
            look.next = copied.next;
            look.lost += copied.lost;
            most = most.max(events.len());
            if !events.is_empty() {
                let lost = std::mem::take(&mut look.lost);
                let haul = Haul { machine: look.ring.machine, lost, events: &events };
                recording.iter_mut().for_each(|recording| recording.spool.add(&haul));
                window.iter_mut().for_each(|window| window.add(&haul));
            }
            if has_left {
                track::forget(&look.ring);
            }
            !has_left
        });
        if let Some(window) = window {
            window.trim(clock::now());
        }
        most
    }
}

/// Lets nothing be recorded any more, unless somebody wants it.
fn end_if_unused(mut recorder: MutexGuard<'_, Recorder>) {
    if recorder.recording.is_some() || recorder.window.is_some() {
        return;
    }
    track::set_on(false);
    recorder.generation += 1;
    recorder.looks.clear();
    recorder.statics = None;
    track::forget_unused();
    names::forget_names();
    let looker = recorder.looker.take();
    drop(recorder);
    HURRY.notify_all();
    // It does not panic.
    let _ = looker.map(thread::JoinHandle::join);
}

/// The looker's thread.
fn look_while(mine: u64) {
    let mut recorder = RECORDER.lock();
    while recorder.generation == mine {
        let many = recorder.look() > MANY;
        HURRY.wait_for(&mut recorder, if many { SHORT_PERIOD } else { PERIOD });
    }
}
