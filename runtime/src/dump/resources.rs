//! Things that are alive and belong to somebody: sockets, timers, permits.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::site::Site;
use super::text::Time;
use super::waits::{Socket, socket_of};
use crate::live::things::{self, Kind, Thing};
use crate::sys::clock;

/// Something that is alive, and where it was made.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::dump::ResourceKind;
/// use gopark::sync::Semaphore;
///
/// let semaphore = Semaphore::new(3);
/// let scope = gopark::leak::Scope::new();
/// let permit = semaphore.acquire_many(2); // here
/// let gopark::leak::Leak::Resource(resource) = &scope.leaks()[0] else { panic!() };
/// assert!(matches!(resource.kind, ResourceKind::Permits { count: 2, .. }));
/// assert!(resource.made_at.file.ends_with(".rs"));
/// drop(permit);
/// scope.assert_none(std::time::Duration::ZERO);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Resource {
    /// What it is.
    pub kind: ResourceKind,
    /// Where it was made, accepted, or acquired.
    pub made_at: Site,
    /// How long ago.
    pub age: Duration,
}

/// What a [`Resource`] is.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::dump::ResourceKind;
///
/// let scope = gopark::leak::Scope::new();
/// let ticks = gopark::time::tick(std::time::Duration::from_secs(1));
/// let leaks = scope.leaks();
/// assert!(matches!(&leaks[..], [gopark::leak::Leak::Resource(timer)] if timer.kind == ResourceKind::Timer));
/// drop(ticks);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ResourceKind {
    /// A socket.
    Socket(Socket),
    /// A channel of [`time::after`](crate::face::time::after) or [`time::tick`](crate::face::time::tick), or a context's.
    Timer,
    /// Permits of a semaphore.
    Permits {
        /// Which one.
        semaphore: u64,
        /// How many.
        count: usize,
    },
}

/// Those that were made by members of a scope (live/lineage.rs).
pub(crate) fn of(scope: u64) -> Vec<Resource> {
    let now = clock::now();
    let resource = |thing: Thing| Resource {
        kind: match thing.kind {
            Kind::Socket(descriptor) => ResourceKind::Socket(socket_of(descriptor)),
            Kind::Timer => ResourceKind::Timer,
            Kind::Permits { semaphore, many } => {
                ResourceKind::Permits { semaphore: semaphore as u64, count: many }
            }
        },
        made_at: Site::of(thing.made_at),
        age: Duration::from_nanos(now.saturating_sub(thing.at)),
    };
    things::of(scope).into_iter().map(resource).collect()
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ResourceKind::Socket(socket) => write!(f, "socket, {socket}")?,
            ResourceKind::Timer => f.write_str("timer")?,
            ResourceKind::Permits { semaphore, count } => {
                write!(f, "{count} permits of semaphore {semaphore:#x}")?;
            }
        }
        writeln!(f, "\n    made {} ago at {}", Time(self.age), self.made_at)
    }
}
