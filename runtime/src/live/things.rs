//! Things that are alive, with the place in the source where they were made.

use std::collections::HashMap;
use std::os::fd::RawFd;
use std::panic::Location;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::lineage;
use crate::sys::clock::{self, Nanos};

/// One thing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thing {
    pub(crate) kind: Kind,
    pub(crate) made_at: &'static Location<'static>,
    pub(crate) at: Nanos,
    pub(crate) lineage: u64,
}

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Socket(RawFd),
    /// A channel of the clock's.
    Timer,
    /// So many permits of the semaphore at this address.
    Permits {
        semaphore: usize,
        many: usize,
    },
}

/// The right to strike out a thing; its drop does. Holds nothing if nobody has asked for such things.
#[derive(Debug, Default)]
pub(crate) struct Noted(u32);

#[derive(Default)]
struct Notes {
    last: u32,
    things: HashMap<u32, Thing>,
    /// By descriptors, which are unique among those that are open.
    sockets: HashMap<RawFd, Thing>,
}

static NOTES: LazyLock<Mutex<Notes>> = LazyLock::new(Mutex::default);

/// How many ask for things: scopes, and whoever wants all.
static WATCHERS: AtomicUsize = AtomicUsize::new(0);

static ALL: AtomicBool = AtomicBool::new(false);

/// One more asks for things.
pub(crate) fn watch() {
    WATCHERS.fetch_add(1, Ordering::Relaxed);
}

/// One less.
pub(crate) fn unwatch() {
    WATCHERS.fetch_sub(1, Ordering::Relaxed);
}

/// Whether what is made outside of scopes is noted as well.
pub(crate) fn watch_all(on: bool) {
    if ALL.swap(on, Ordering::Relaxed) != on {
        if on { watch() } else { unwatch() }
    }
}

/// What is made now, if somebody wants to know.
#[inline]
fn seen(kind: impl FnOnce() -> Kind, made_at: &'static Location<'static>) -> Option<Thing> {
    if WATCHERS.load(Ordering::Relaxed) == 0 { None } else { look(kind(), made_at) }
}

#[cold]
fn look(kind: Kind, made_at: &'static Location<'static>) -> Option<Thing> {
    let lineage = lineage::current();
    let is_wanted = lineage != lineage::NONE || ALL.load(Ordering::Relaxed);
    is_wanted.then(|| Thing { kind, made_at, at: clock::now(), lineage })
}

/// Notes a thing that the caller makes.
#[inline]
pub(crate) fn note(kind: impl FnOnce() -> Kind, made_at: &'static Location<'static>) -> Noted {
    seen(kind, made_at).map_or(Noted(0), |thing| {
        let mut notes = NOTES.lock();
        loop {
            notes.last = notes.last.wrapping_add(1).max(1);
            let number = notes.last;
            if let std::collections::hash_map::Entry::Vacant(place) = notes.things.entry(number) {
                place.insert(thing);
                return Noted(number);
            }
        }
    })
}

impl Drop for Noted {
    #[inline]
    fn drop(&mut self) {
        if self.0 != 0 {
            NOTES.lock().things.remove(&self.0);
        }
    }
}

/// Notes a socket; whether it was. One that was is struck out by [`forget_socket`], before it is closed.
#[inline]
pub(crate) fn note_socket(socket: RawFd, made_at: &'static Location<'static>) -> bool {
    let thing = seen(|| Kind::Socket(socket), made_at);
    if let Some(thing) = thing {
        NOTES.lock().sockets.insert(socket, thing);
    }
    thing.is_some()
}

/// It is closed, or given away.
#[cold]
pub(crate) fn forget_socket(socket: RawFd) {
    NOTES.lock().sockets.remove(&socket);
}

/// All of which the members of `scope` are the makers; 0: all. The oldest first.
pub(crate) fn of(scope: u64) -> Vec<Thing> {
    let mut things: Vec<Thing> = {
        let notes = NOTES.lock();
        notes.things.values().chain(notes.sockets.values()).copied().collect()
    };
    things.retain(|thing| scope == lineage::NONE || lineage::is_within(thing.lineage, scope));
    things.sort_by_key(|thing| thing.at);
    things
}
