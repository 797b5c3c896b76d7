//! How long a call on a socket may wait, and what it answers when that was too short.
//!
//! std hands its timeouts to the kernel (`SO_RCVTIMEO`, `SO_SNDTIMEO` in socket(7)), which applies them only to
//! calls that block in the kernel. Ours never do, so the timeout is kept here and given to the wait. It is changed
//! by any clone at any time and read once at the start of a call, as the kernel reads its own; nothing else is
//! published by it, hence `Relaxed` throughout.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use rustix::io::Errno;

/// A timeout that all clones of a socket share: nanoseconds, 0 for none.
#[derive(Default)]
pub(crate) struct SharedTimeout(AtomicU64);

impl SharedTimeout {
    /// Starts out with `timeout`; zero counts as none, as it does in the kernel's options.
    pub(crate) fn new(timeout: Option<Duration>) -> SharedTimeout {
        SharedTimeout(AtomicU64::new(timeout.map_or(0, nanoseconds)))
    }

    /// Sets the timeout; zero is refused, as in std.
    pub(crate) fn set(&self, timeout: Option<Duration>) -> io::Result<()> {
        timeout.map_or(Ok(()), refuse_zero)?;
        self.0.store(timeout.map_or(0, nanoseconds), Relaxed);
        Ok(())
    }

    /// The timeout as it was set, to the nanosecond.
    pub(crate) fn get(&self) -> Option<Duration> {
        match self.0.load(Relaxed) {
            0 => None,
            n => Some(Duration::from_nanos(n)),
        }
    }
}

/// A timeout beyond 584 years is kept as 584 years.
fn nanoseconds(timeout: Duration) -> u64 {
    u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX)
}

/// std's refusal of a timeout that could never be met.
pub(crate) fn refuse_zero(timeout: Duration) -> io::Result<()> {
    if timeout.is_zero() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "cannot set a 0 duration timeout"));
    }
    Ok(())
}

/// Whether `error` says that the timeout given to a wait ran out, and nothing else.
///
/// `TimedOut` is also the kind of ETIMEDOUT, with which TCP reports a peer that stopped answering, and of a
/// deadline that the caller itself runs under. The first carries an error number, the second a source; the expiry
/// of a wait is the bare kind.
pub(crate) fn is_expiry(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut && error.raw_os_error().is_none() && error.get_ref().is_none()
}

/// What a read or write answers when its timeout ran out: EAGAIN, as the kernel does for `SO_RCVTIMEO`.
pub(crate) fn expiry_of_transfer(error: io::Error) -> io::Error {
    if is_expiry(&error) { Errno::AGAIN.into() } else { error }
}

/// What a connect answers when its timeout ran out: std's words.
pub(crate) fn expiry_of_connect(error: io::Error) -> io::Error {
    if is_expiry(&error) {
        return io::Error::new(io::ErrorKind::TimedOut, "connection timed out");
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_was_set() {
        let timeout = SharedTimeout::default();
        assert_eq!(timeout.get(), None);
        for set in [Some(Duration::from_nanos(1)), Some(Duration::from_secs(3600)), None] {
            timeout.set(set).unwrap();
            assert_eq!(timeout.get(), set);
        }
        timeout.set(Some(Duration::MAX)).unwrap();
        assert_eq!(timeout.get(), Some(Duration::from_nanos(u64::MAX)));
    }

    #[test]
    fn zero_is_refused_and_changes_nothing() {
        let timeout = SharedTimeout::new(Some(Duration::from_secs(1)));
        let refused = timeout.set(Some(Duration::ZERO)).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(timeout.get(), Some(Duration::from_secs(1)));
    }

    #[test]
    fn only_an_expired_wait_becomes_would_block() {
        let expired = io::Error::from(io::ErrorKind::TimedOut);
        assert_eq!(expiry_of_transfer(expired).kind(), io::ErrorKind::WouldBlock);

        let peer_is_gone = io::Error::from(Errno::TIMEDOUT);
        assert_eq!(expiry_of_transfer(peer_is_gone).kind(), io::ErrorKind::TimedOut);

        let deadline_of_the_caller = io::Error::new(io::ErrorKind::TimedOut, "deadline");
        assert_eq!(expiry_of_transfer(deadline_of_the_caller).kind(), io::ErrorKind::TimedOut);
    }
}
