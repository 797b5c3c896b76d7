//! What all clones of a listener share, whatever its family, and the system call that takes a connection.
//!
//! **Invariant:** the descriptor of a listener has O_NONBLOCK set as long as any clone of it is alive here. accept
//! knows no MSG_DONTWAIT, and without the flag an accept that loses the race for a connection would block its
//! thread, with every coroutine on it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use gopark_runtime::io::{Deadline, Direction, Limits, Source};
use rustix::io::{Errno, ioctl_fionbio, retry_on_intr};
use rustix::net::{SocketAddrAny, SocketFlags, acceptfrom_with};

use crate::back_off::{BackOff, is_shortage};

/// The descriptor of a connection and where it comes from; the kernel need not know that.
pub(crate) type Accepted = (OwnedFd, Option<SocketAddrAny>);

/// One listening socket.
///
/// Every field may be used by every thread that holds a clone. The flag publishes nothing but itself, hence
/// `Relaxed`.
pub(crate) struct Acceptor {
    source: Source,
    back_off: BackOff,
    deadline: Deadline,
    /// Set if accept is to answer `WouldBlock` instead of waiting.
    nonblocking: AtomicBool,
}

impl Acceptor {
    /// `fd` must have O_NONBLOCK set.
    #[track_caller]
    pub(crate) fn from_nonblocking_fd(fd: OwnedFd) -> Acceptor {
        Acceptor {
            source: Source::new(fd),
            back_off: BackOff::default(),
            deadline: Deadline::new(),
            nonblocking: AtomicBool::new(false),
        }
    }

    pub(crate) fn set_nonblocking(&self, nonblocking: bool) {
        self.nonblocking.store(nonblocking, Relaxed);
    }

    pub(crate) fn set_deadline(&self, deadline: Option<Instant>) {
        self.source.change_deadline(Direction::Read, &self.deadline, deadline);
    }

    /// The descriptor, duplicated if clones still hold it. O_NONBLOCK is put to what the user has asked for, except
    /// that it stays set while clones need it.
    pub(crate) fn into_fd(this: Arc<Acceptor>) -> io::Result<OwnedFd> {
        match Arc::try_unwrap(this) {
            Ok(only) => {
                let fd = only.source.into_fd();
                ioctl_fionbio(&fd, only.nonblocking.load(Relaxed))?;
                Ok(fd)
            }
            Err(shared) => shared.as_fd().try_clone_to_owned(),
        }
    }

    /// A connection and where it comes from, in the kernel's words: waits for one, unless the listener is
    /// non-blocking.
    pub(crate) fn accept(&self) -> io::Result<Accepted> {
        self.accept_unless(|_| Ok(()))
    }

    /// As [`accept`](Acceptor::accept), but asks `ended` whenever it is about to wait, and answers its error if there
    /// is one.
    pub(crate) fn accept_unless(
        &self,
        ended: impl Fn(BorrowedFd<'_>) -> io::Result<()>,
    ) -> io::Result<Accepted> {
        if self.nonblocking.load(Relaxed) {
            return Ok(take_one(self.as_fd())?);
        }
        let accepted = self.source.run(Direction::Read, self, |listener| {
            let answer = take_one(listener);
            if answer.as_ref().is_err_and(|error| *error == Errno::AGAIN) {
                ended(listener)?;
            }
            Ok(answer?)
        });
        match &accepted {
            Ok(_) => self.back_off.reset(),
            Err(e) if is_shortage(e) => self.back_off.pause(),
            Err(_) => {}
        }
        accepted
    }
}

impl Acceptor {
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }
}

/// A listener has no timeout.
impl Limits for Acceptor {
    fn timeout(&self) -> Option<Duration> {
        None
    }

    fn deadline(&self) -> Option<&Deadline> {
        Some(&self.deadline)
    }
}

impl AsFd for Acceptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.source.as_fd()
    }
}

/// Takes the next connection from the queue, if there is one.
///
/// Like std, and unlike Go, this hands ECONNABORTED to the caller. The new descriptor gets no O_NONBLOCK: Linux does
/// not pass it on from the listener, and a stream has no need of it.
fn take_one(listener: BorrowedFd<'_>) -> Result<Accepted, Errno> {
    retry_on_intr(|| acceptfrom_with(listener, SocketFlags::CLOEXEC))
}
