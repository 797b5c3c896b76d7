//! Open files: each connection takes one in the server's process and one in the client's.

use instruments::numbers::grouped;
use rustix::process::{Resource, getrlimit, setrlimit};

/// What either process has open besides connections: its standard streams, two descriptors a worker, listeners, and
/// whatever it opens for a moment.
fn besides_connections(workers: u32) -> u64 {
    64 + 2 * u64::from(workers)
}

/// Raises the limit on open files as far as it goes. Returns how many of the connections are possible, and says so
/// if that is not all of them.
///
/// The limit that counts at first (the soft one, usually 1024) may be raised by anyone up to the hard one. The client
/// inherits what is set here.
pub(crate) fn affordable(connections: u32, workers: Option<u32>) -> u32 {
    let mut limit = getrlimit(Resource::Nofile);
    // More than a million of them are not asked for, and not every kernel takes infinity here.
    let hard = limit.maximum.unwrap_or(u64::MAX);
    limit.current = Some(hard.min(limit.current.unwrap_or(u64::MAX).max(1 << 21)));
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        eprintln!("the limit on open files stays as it is: {error}");
    }
    // No limit is none to worry about.
    let allowed = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let workers =
        workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get() as u32));
    let most = allowed.saturating_sub(besides_connections(workers)).max(1);
    if u64::from(connections) <= most {
        return connections;
    }
    let (wanted, possible, files) = (grouped(connections.into()), grouped(most), grouped(allowed));
    eprintln!(
        "{possible} connections instead of {wanted}: a process may have {files} files open (ulimit -Hn)"
    );
    // Below `connections`, so it fits.
    most as u32
}
