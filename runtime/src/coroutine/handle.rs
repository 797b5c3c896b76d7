//! The public name of a coroutine.

use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};

use super::entry::{Entry, Name};

/// A coroutine as its handles see it: its id, its name, and a way to [`unpark`](Coroutine::unpark) it.
///
/// Costs 24 bytes; cloning costs a reference count if the coroutine has a name, else nothing. It may outlive the
/// coroutine: `unpark` then does nothing.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::coroutine::{Builder, current, park};
///
/// gopark::run(|| {
///     let sleeper = Builder::new().name("sleeper").spawn(park).unwrap();
///     let coroutine = sleeper.coroutine().clone();
///     assert_eq!(coroutine.name(), Some("sleeper"));
///     assert_ne!(coroutine.id(), current().unwrap().id());
///     coroutine.unpark();
///     sleeper.join().unwrap();
/// });
/// ```
#[derive(Clone)]
pub struct Coroutine {
    id: u64,
    entry: &'static Entry,
    name: Option<Name>,
}

impl Coroutine {
    pub(crate) fn new(id: u64, entry: &'static Entry, name: Option<Name>) -> Coroutine {
        Coroutine { id, entry, name }
    }

    /// The present tenant of `entry`, for somebody who does not hold it: it may end meanwhile, and then the parts are
    /// those of two.
    pub(crate) fn of(entry: &'static Entry) -> Coroutine {
        Coroutine { id: entry.id(), entry, name: entry.name() }
    }

    /// The number of this coroutine: unique in the process and never used again.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The name that it was given by [`Builder::name`](crate::face::coroutine::Builder::name).
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref().map(AsRef::as_ref)
    }

    #[inline]
    pub(crate) fn entry(&self) -> &'static Entry {
        self.entry
    }

    /// Whether its entry is vacant again, or somebody else's.
    pub(crate) fn has_ended(&self) -> bool {
        self.entry.status.is_vacant() || self.entry.id() != self.id
    }

    /// As reports name it: number, name, and where it was spawned. Only while the coroutine lives. Formatting
    /// allocates nothing: the overflow handler uses it.
    pub(crate) fn describe(&self) -> impl fmt::Display + '_ {
        self.describe_from(self.entry.site())
    }

    /// The same for one that may have ended since somebody asked where it was spawned.
    pub(crate) fn describe_from(&self, site: Option<&'static Location<'static>>) -> impl fmt::Display + '_ {
        Description { coroutine: self, site }
    }
}

struct Description<'a> {
    coroutine: &'a Coroutine,
    site: Option<&'static Location<'static>>,
}

impl fmt::Display for Description<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "coroutine {}", self.coroutine.id)?;
        if let Some(name) = self.coroutine.name() {
            // Names are the user's: a long one must leave room for the rest.
            write!(f, " '{name:.64}'")?;
        }
        if let Some(site) = self.site {
            write!(f, ", spawned at {}:{}:{},", site.file(), site.line(), site.column())?;
        }
        Ok(())
    }
}

impl PartialEq for Coroutine {
    fn eq(&self, other: &Coroutine) -> bool {
        self.id == other.id
    }
}

impl Eq for Coroutine {}

impl fmt::Debug for Coroutine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Coroutine").field("id", &self.id).field("name", &self.name()).finish()
    }
}

/// Numbers that are handed out in blocks, so that spawning machines do not meet here.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    next: u64,
    end: u64,
}

impl Ids {
    /// How many a machine takes at a time.
    const BLOCK: u64 = 1024;

    #[inline]
    pub(crate) fn next(&mut self) -> u64 {
        if self.next == self.end {
            self.next = take_ids(Self::BLOCK);
            self.end = self.next + Self::BLOCK;
        }
        self.next += 1;
        self.next - 1
    }
}

/// The first of `count` ids that nobody has had: 2^64 last for five centuries at a billion a second.
pub(crate) fn take_ids(count: u64) -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(count, Ordering::Relaxed)
}
