//! Starting and stopping, and the file that comes of it.

use std::fs::Permissions;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::chrome;
use super::recorder::{self, Recorded};

/// What a trace has in it; made by [`stop`](crate::face::trace::stop) and [`snapshot`](crate::face::trace::snapshot).
///
/// ```
/// # use gopark_runtime::face as gopark;
/// # let folder = tempfile::tempdir()?;
/// gopark::trace::start(folder.path().join("trace.json"))?;
/// gopark::run(|| gopark::go(|| ()).join().unwrap());
/// let summary = gopark::trace::stop()?;
/// assert!(summary.events > 0 && summary.lost == 0);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Where it is.
    pub path: PathBuf,
    /// How many events were recorded: two for each run of a coroutine, one for each wake-up, and so on.
    pub events: u64,
    /// How many are missing because they came faster than they could be copied. Run intervals around a gap end and begin
    /// there, and a wake-up in it has no arrow.
    pub lost: u64,
    /// How long was recorded.
    pub duration: Duration,
}

/// As [`start`](crate::face::trace::start).
pub(crate) fn start(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Err(cannot_write(path, io::ErrorKind::IsADirectory.into()));
    }
    recorder::start(path.to_owned(), folder_of(path)).map_err(|error| match error.kind() {
        io::ErrorKind::ResourceBusy => error,
        _ => cannot_write(path, error),
    })
}

/// As [`stop`](crate::face::trace::stop).
pub(crate) fn stop() -> io::Result<Summary> {
    let (recorded, path) = recorder::stop()?;
    write(recorded, &path).map_err(|error| cannot_write(&path, error))
}

/// As [`flight_recorder`](crate::face::trace::flight_recorder).
pub(crate) fn flight_recorder(window: Duration) -> io::Result<()> {
    recorder::keep_last(u64::try_from(window.as_nanos()).unwrap_or(u64::MAX))
}

/// As [`snapshot`](crate::face::trace::snapshot).
pub(crate) fn snapshot(path: &Path) -> io::Result<Summary> {
    if path.is_dir() {
        return Err(cannot_write(path, io::ErrorKind::IsADirectory.into()));
    }
    let recorded = recorder::snapshot()?;
    write(recorded, path).map_err(|error| cannot_write(path, error))
}

fn cannot_write(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot write a trace to {}: {error}", path.display()))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Under another name first: whoever finds the file finds it whole.
fn write(recorded: Recorded, path: &Path) -> io::Result<Summary> {
    let folder = folder_of(path);
    // The usual rights of a new file, less the umask.
    let file = tempfile::Builder::new().permissions(Permissions::from_mode(0o666)).tempfile_in(folder)?;
    let duration = Duration::from_nanos(recorded.end.saturating_sub(recorded.begin.time));
    let mut writer = BufWriter::with_capacity(1 << 20, file);
    let counts = chrome::write(recorded, folder, &mut writer)?;
    writer.flush()?;
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(Summary { path: path.to_owned(), events: counts.events, lost: counts.lost, duration })
}
