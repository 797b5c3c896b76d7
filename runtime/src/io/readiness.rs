//! That a descriptor is ready, as something that can be waited for together with others.
//!
//! The kernel is asked (`poll(2)`, some 200 ns); between two questions an edge wakes the waiter, as for any call. What
//! an edge has left behind stays there for the call that follows.

use std::cell::RefCell;
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;

use super::check_cancelled;
use super::direction::Direction;
use super::limits::Deadline;
use super::on_thread::{self, THREAD_LOOKS};
use super::source::Source;
use crate::coroutine::awaits::Awaits;
use crate::coroutine::entry::Ticket;
use crate::coroutine::record;
use crate::sys::clock::{self, NEVER, Nanos};
use crate::wait::event::Event;

/// Something with a [`Source`] that `select!` can wait for.
pub trait Selectable {
    /// What is waited for.
    fn source(&self) -> &Source;

    /// Whether there is something to read of which the kernel knows nothing any more: then it counts as readable.
    fn has_unread(&self) -> bool {
        false
    }

    /// Until when it may be read, if that was ever limited.
    fn read_deadline(&self) -> Option<&Deadline> {
        None
    }
}

/// Things that are waited for behind pointers.
macro_rules! selectable_behind {
    ($($pointer:ty),+) => {
        $(impl<S: Selectable + ?Sized> Selectable for $pointer {
            fn source(&self) -> &Source {
                (**self).source()
            }

            fn has_unread(&self) -> bool {
                (**self).has_unread()
            }

            fn read_deadline(&self) -> Option<&Deadline> {
                (**self).read_deadline()
            }
        })+
    };
}

selectable_behind!(&S, Box<S>, Arc<S>);

impl Selectable for Source {
    fn source(&self) -> &Source {
        self
    }
}

/// The readiness of a source in one direction.
pub(crate) struct Readiness<'a> {
    source: &'a Source,
    direction: Direction,
    /// It is, whatever the kernel says.
    is_ready: bool,
    /// The ticket that is announced.
    announced: std::cell::Cell<Option<Ticket>>,
    error: RefCell<Option<io::Error>>,
}

impl<'a> Readiness<'a> {
    pub(crate) fn new(socket: &'a (impl Selectable + ?Sized), direction: Direction) -> Readiness<'a> {
        let (announced, error) = Default::default();
        let is_ready = direction == Direction::Read && socket.has_unread();
        Readiness { source: socket.source(), direction, is_ready, announced, error }
    }

    /// What came of it.
    pub(crate) fn outcome(&self) -> io::Result<()> {
        self.error.take().map_or(Ok(()), Err)
    }

    fn fail(&self, error: io::Error) -> bool {
        *self.error.borrow_mut() = Some(error);
        true
    }

    fn announce(&self, ticket: Ticket) -> io::Result<bool> {
        while !self.source.announce(self.direction, ticket)? {
            // An edge has come since somebody asked last.
            if !self.source.is_idle(self.direction)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Event for Readiness<'_> {
    fn awaits(&self) -> Awaits {
        self.source.awaits(self.direction)
    }

    fn attempt(&self) -> bool {
        if self.is_ready || self.error.borrow().is_some() {
            return true;
        }
        on_thread::is_ready(self.source.as_fd(), self.direction).unwrap_or_else(|error| self.fail(error))
    }

    fn deadline(&self) -> Nanos {
        if record::current().is_some() { NEVER } else { clock::now() + THREAD_LOOKS }
    }

    fn register(&self, ticket: Ticket) -> bool {
        if record::current().is_none() {
            return !self.attempt();
        }
        match self.announce(ticket) {
            Ok(announced) => {
                self.announced.set(announced.then_some(ticket));
                announced
            }
            Err(error) => !self.fail(error),
        }
    }

    /// An edge that has taken the ticket out need not have won it, and what it tells of stays: whether it is enough shows
    /// the next attempt.
    fn withdraw(&self) -> bool {
        if let Some(ticket) = self.announced.take() {
            let _ = self.source.retract(self.direction, ticket);
        }
        false
    }

    fn refuse(&self) {
        if let Err(error) = check_cancelled() {
            self.fail(error);
        }
    }
}
