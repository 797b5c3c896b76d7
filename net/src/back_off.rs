//! The pause after an accept that found the process, or the machine, out of resources.
//!
//! accept(2) leaves the connection in the queue when it fails with EMFILE and its like, so the next call fails at
//! once, and `Err(_) => continue`, which every accept loop has, would spin at full speed until some other
//! connection closes. Waiting for readiness does not help: the queue is not empty, so an edge-triggered poller has
//! nothing new to say. What helps is time. The pauses are those of Go's `net/http.Server.Serve`: 5 ms, doubled for
//! each failure in a row up to one second. They happen here rather than in the caller's loop, because every such
//! loop needs them and few have them.
//!
//! Rejected: holding one spare descriptor, giving it up to accept the connection and closing that at once. It turns
//! a short delay into a refused client, and the spare is lost to whichever thread opens a file in between.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use rustix::io::Errno;

const FIRST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_secs(1);

/// How many accepts of a listener have failed in a row for want of resources.
///
/// A count for pacing and no more: clones of a listener share it, a race between them makes one pause longer or
/// shorter, and nothing is published by it, hence `Relaxed`.
#[derive(Default)]
pub(crate) struct BackOff {
    in_a_row: AtomicU32,
}

impl BackOff {
    /// Pauses once for a failure that [`is_shortage`], longer each time.
    #[cold]
    pub(crate) fn pause(&self) {
        sleep(pause_after(self.in_a_row.fetch_add(1, Relaxed)));
    }

    /// An accept succeeded: the next shortage starts over.
    #[inline]
    pub(crate) fn reset(&self) {
        // Stored only when it changes something: the line stays shared between threads that accept in parallel.
        if self.in_a_row.load(Relaxed) != 0 {
            self.in_a_row.store(0, Relaxed);
        }
    }
}

/// Whether an accept failed for a reason that lies in this process or machine and passes by itself: descriptors
/// (of the process, of the machine) or kernel memory, in the words of accept(2).
pub(crate) fn is_shortage(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM))
}

fn pause_after(failures_before: u32) -> Duration {
    // 5 ms doubled eight times is above the longest pause already.
    FIRST.saturating_mul(1 << failures_before.min(8)).min(LONGEST)
}

/// The one place where a pause becomes a wait. A cancellation ends it: the failure that it is for is told either way.
fn sleep(pause: Duration) {
    let _ = gopark_runtime::face::time::try_sleep(pause);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_second() {
        let pauses: Vec<_> = (0..11).map(|n| pause_after(n).as_millis()).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000]);
        assert_eq!(pause_after(u32::MAX), LONGEST);
    }

    #[test]
    fn a_success_starts_the_count_over() {
        let back_off = BackOff::default();
        back_off.pause();
        back_off.pause();
        assert_eq!(back_off.in_a_row.load(Relaxed), 2);
        back_off.reset();
        assert_eq!(back_off.in_a_row.load(Relaxed), 0);
    }

    #[test]
    fn a_connection_that_was_aborted_is_no_shortage() {
        for shortage in [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM] {
            assert!(is_shortage(&shortage.into()));
        }
        for other in [Errno::CONNABORTED, Errno::AGAIN, Errno::INVAL] {
            assert!(!is_shortage(&other.into()));
        }
        assert!(!is_shortage(&io::Error::other("no error number at all")));
    }
}
