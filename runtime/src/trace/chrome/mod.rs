//! A trace as a file in Chrome's trace event format, which Perfetto and `chrome://tracing` open.
//!
//! | in the trace | in the file |
//! |---|---|
//! | machine; all other threads; monitors | a track each (`tid`) |
//! | run, poll, sleep, due timers | interval (`X`) |
//! | wake-up, spawn | arrow (`s`, `f`) from the interval in which it happened to the run that followed |
//! | steal, placement, migration, stall, replacement, trim | instant (`i`) |
//! | user's span | asynchronous span (`b`, `e`) of its coroutine |
//!
//! Records are ordered by time.

mod coroutines;
mod marks;
mod records;
mod sorted;
#[cfg(test)]
mod tests;
mod timeline;
mod track;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use self::sorted::Sorted;
use self::timeline::Timeline;
use super::merge::merge;
use super::recorder::Recorded;

/// How much there is in a file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) events: u64,
    pub(super) lost: u64,
}

/// What stands behind the records.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OtherData {
    version: &'static str,
    events: u64,
    lost_events: u64,
    /// Since 1970.
    began_at_microseconds: u64,
    duration_microseconds: f64,
}

/// Writes all of it; what has no room in memory meanwhile goes to a file in `folder`.
pub(super) fn write(recorded: Recorded, folder: &Path, to: &mut impl Write) -> io::Result<Counts> {
    let Recorded { chunks, statics, names, begin, end } = recorded;
    let machines: BTreeSet<_> = chunks.iter().map(|chunk| chunk.machine).collect();
    let mut lines = Sorted::new(folder.to_owned());
    let mut timeline = Timeline::new(&mut lines, &statics, &names, begin.time, &machines)?;
    merge(chunks, |machine, next| timeline.tell(machine, next))?;
    let counts = timeline.finish(end)?;

    to.write_all(b"{\"displayTimeUnit\":\"ns\",\"traceEvents\":[")?;
    let mut separator: &[u8] = b"\n";
    lines.finish(|line| {
        to.write_all(separator)?;
        separator = b",\n";
        to.write_all(line)
    })?;
    to.write_all(b"\n],\"otherData\":")?;
    let since_1970 = begin.wall.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let other = OtherData {
        version: concat!("gopark ", env!("CARGO_PKG_VERSION")),
        events: counts.events,
        lost_events: counts.lost,
        began_at_microseconds: u64::try_from(since_1970.as_micros()).unwrap_or(u64::MAX),
        duration_microseconds: end.saturating_sub(begin.time) as f64 / 1e3,
    };
    serde_json::to_writer(&mut *to, &other)?;
    to.write_all(b"}\n")?;
    Ok(counts)
}
