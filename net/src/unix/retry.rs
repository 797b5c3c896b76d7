//! Calls that find a queue full, where no event says that it has room again.
//!
//! Two calls on Unix sockets answer EAGAIN for the sake of another socket than the one that they are made on: connect,
//! when the queue of the listener is full, and sendto, when that of the receiver is. A blocking call is woken by that
//! other socket; to who asks for readiness, the own socket is ready all the time (unix_poll and unix_dgram_poll in
//! the kernel's af_unix.c), and an edge never comes. What helps is time.

use std::io;
use std::time::{Duration, Instant};

use gopark_runtime::face::time::try_sleep;
use gopark_runtime::io::{Deadline, Limits, check_cancelled};
use rustix::io::Errno;

const FIRST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(50);

/// Calls `attempt` until it has an answer, with pauses in between, within `limits`. `None` is no answer. A deadline that is
/// moved back during a pause is noticed after it.
///
/// # Errors
///
/// Those of `attempt`; EAGAIN after the timeout, `TimedOut` after the deadline; a cancellation.
pub(super) fn until_there_is_room<R>(
    limits: &impl Limits,
    mut attempt: impl FnMut() -> io::Result<Option<R>>,
) -> io::Result<R> {
    check_cancelled()?;
    let mut end = None;
    let mut pause = FIRST;
    loop {
        limits.deadline().map_or(Ok(()), Deadline::check)?;
        if let Some(answer) = attempt()? {
            return Ok(answer);
        }
        // The timeout begins to count with the first pause: most calls have none, and reading the clock costs.
        let end = *end
            .get_or_insert_with(|| limits.timeout().and_then(|timeout| Instant::now().checked_add(timeout)));
        let left = end.map_or(pause, |end| end.saturating_duration_since(Instant::now()));
        if left.is_zero() {
            return Err(Errno::AGAIN.into());
        }
        if try_sleep(pause.min(left)).is_err() {
            check_cancelled()?;
        }
        pause = (pause * 2).min(LONGEST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_needs_no_pause() {
        let begun = Instant::now();
        for _ in 0..1000 {
            assert_eq!(until_there_is_room(&None, || Ok(Some(7))).unwrap(), 7);
        }
        assert!(begun.elapsed() < 1000 * FIRST);
    }

    #[test]
    fn pauses_double() {
        let begun = Instant::now();
        let mut tries = 0;
        let answer = until_there_is_room(&None, || {
            tries += 1;
            Ok((tries == 5).then_some(tries))
        });
        assert_eq!(answer.unwrap(), 5);
        assert!(begun.elapsed() >= (1 + 2 + 4 + 8) * FIRST);
    }

    #[test]
    fn a_timeout_ends_it() {
        let begun = Instant::now();
        let timeout = Duration::from_millis(20);
        let late = until_there_is_room(&Some(timeout), || Ok(None::<()>)).unwrap_err();
        assert_eq!(Errno::from_io_error(&late), Some(Errno::AGAIN));
        assert!(begun.elapsed() >= timeout);
    }

    #[test]
    fn an_error_ends_it() {
        let refused = until_there_is_room(&None, || Err::<Option<()>, _>(Errno::CONNREFUSED.into()));
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }
}
