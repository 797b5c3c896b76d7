//! The one point that every scheduling transition passes: it is counted, and while somebody records, kept.
//!
//! | file | what is in it |
//! |---|---|
//! | `counters` | how often each transition has happened |
//! | `buckets`, `histogram`, `timings` | how long some things have taken |
//! | `event` | what is recorded of one |
//! | `track` | where: a ring for each machine; whether anything is recorded |
//! | `recorder` | the thread that copies rings while something is recorded |
//! | `store` | what was copied: in a file, or the last while in memory |
//! | `names`, `statics` | names of coroutines; spawn sites and names of spans |
//! | `merge` | the events of all rings in one order |
//! | `chrome` | the file that Perfetto opens |
//! | `file` | starting, stopping, and writing it |
//!
//! **Invariant:** who records neither waits for who reads nor allocates, but for its ring; and with nothing recorded
//! nothing of this exists but the counters.

mod buckets;
mod chrome;
mod counters;
mod event;
mod file;
mod histogram;
mod merge;
mod names;
mod recorder;
mod statics;
mod store;
mod timings;
mod track;

pub(crate) use counters::{Counters, Transition};
pub(crate) use event::{Event, Name, Site, THREAD, Why};
pub use file::Summary;
pub(crate) use file::{flight_recorder, snapshot, start, stop};
pub use histogram::Histogram;
pub(crate) use names::note_name;
pub(crate) use timings::{Distribution, Timings};
pub(crate) use track::{Track, is_on, record_elsewhere};
