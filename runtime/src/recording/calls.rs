//! Starting, stopping, and looking back. A coroutine that does so keeps no worker thread while files are written.

use std::io;
use std::path::Path;
use std::time::Duration;

use crate::blocking::blocking_if_possible;
use crate::trace::{self, Summary};

/// Records what all runtimes of the process do, until [`stop`](crate::face::trace::stop) writes it to `path`.
///
/// # Errors
/// `ResourceBusy` if a trace is being recorded already, also one of `GOPARK_TRACE`; and if no file can be made in the folder
/// of `path`, why. No thread.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("trace.json");
/// gopark::trace::start(&path)?;
/// gopark::run(|| (0..3).for_each(|_| gopark::go(gopark::yield_now).join().unwrap()));
/// gopark::trace::stop()?;
/// assert!(std::fs::read_to_string(&path)?.contains("\"traceEvents\":["));
/// # std::io::Result::Ok(())
/// ```
pub fn start(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref();
    blocking_if_possible(|| trace::start(path))
}

/// Ends what [`start`](crate::face::trace::start) has begun, and writes the file: some microseconds for each event. What
/// was there under that name is replaced once the new file is complete. In a coroutine it parks.
///
/// # Errors
/// `NotFound` if nothing was started; and what goes wrong with files: then nothing is recorded any more either.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// assert_eq!(gopark::trace::stop().unwrap_err().kind(), std::io::ErrorKind::NotFound);
/// ```
pub fn stop() -> io::Result<Summary> {
    blocking_if_possible(trace::stop)
}

/// From now on keeps the events of the last `window` in memory, 64 MiB at most, for
/// [`snapshot`](crate::face::trace::snapshot); with a window of zero, no more.
///
/// # Errors
/// No thread.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use std::time::Duration;
///
/// # let folder = tempfile::tempdir()?;
/// gopark::trace::flight_recorder(Duration::from_secs(5))?;
/// gopark::run(|| gopark::go(|| ()).join().unwrap());
/// let summary = gopark::trace::snapshot(folder.path().join("last.json"))?;
/// assert!(summary.events > 0);
/// gopark::trace::flight_recorder(Duration::ZERO)?;
/// # std::io::Result::Ok(())
/// ```
pub fn flight_recorder(window: Duration) -> io::Result<()> {
    blocking_if_possible(|| trace::flight_recorder(window))
}

/// Writes to `path` what the flight recorder holds; without one, what was recorded since
/// [`start`](crate::face::trace::start). Recording goes on. In a coroutine it parks.
///
/// # Errors
/// `NotFound` if nothing is recorded; and what goes wrong with files.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// # let folder = tempfile::tempdir()?;
/// gopark::trace::start(folder.path().join("all.json"))?;
/// gopark::run(|| ());
/// let so_far = gopark::trace::snapshot(folder.path().join("begin.json"))?;
/// gopark::run(|| ());
/// assert!(gopark::trace::stop()?.events > so_far.events);
/// # std::io::Result::Ok(())
/// ```
pub fn snapshot(path: impl AsRef<Path>) -> io::Result<Summary> {
    let path = path.as_ref();
    blocking_if_possible(|| trace::snapshot(path))
}
