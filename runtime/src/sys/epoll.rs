//! An epoll instance with an eventfd in it, so that a sleeper in `epoll_pwait2` can be woken.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::event::{EventfdFlags, Timespec, eventfd};

use super::clock::Nanos;

/// How many events one wait can bring. Between 8 and 512 it made no difference to an echo server.
pub(crate) const BATCH: usize = 128;

/// The token of the eventfd: never an index of a source.
const WAKE: u64 = u64::MAX;

/// Everything that who reads or accepts is told, edge-triggered. Errors are told in any case.
const READING: EventFlags =
    EventFlags::IN.union(EventFlags::RDHUP).union(EventFlags::PRI).union(EventFlags::ET);

/// Of what a registration tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    Reading,
    /// Room for writing, too.
    Both,
}

impl Interest {
    fn flags(self) -> EventFlags {
        match self {
            Interest::Reading => READING,
            Interest::Both => READING.union(EventFlags::OUT),
        }
    }
}

/// What happened to one registered descriptor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) token: u64,
    pub(crate) readable: bool,
    pub(crate) writable: bool,
    pub(crate) hung_up: bool,
    pub(crate) read_closed: bool,
    pub(crate) priority: bool,
}

/// An epoll instance and its alarm.
#[derive(Debug)]
pub(crate) struct Epoll {
    epoll: OwnedFd,
    alarm: OwnedFd,
}

impl Epoll {
    pub(crate) fn new() -> io::Result<Epoll> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let alarm = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        // Edge-triggered, so that nobody ever has to read the counter: each write is an edge of its own.
        epoll::add(&epoll, &alarm, EventData::new_u64(WAKE), EventFlags::IN | EventFlags::ET)?;
        Ok(Epoll { epoll, alarm })
    }

    /// Registers `fd` under `token`.
    pub(crate) fn add(&self, fd: BorrowedFd<'_>, token: u64, interest: Interest) -> io::Result<()> {
        debug_assert_ne!(token, WAKE);
        Ok(epoll::add(&self.epoll, fd, EventData::new_u64(token), interest.flags())?)
    }

    /// Changes a registration. What is ready now is told anew.
    pub(crate) fn modify(&self, fd: BorrowedFd<'_>, token: u64, interest: Interest) -> io::Result<()> {
        Ok(epoll::modify(&self.epoll, fd, EventData::new_u64(token), interest.flags())?)
    }

    /// Takes `fd` out. Always before its close: a duplicate of it would keep the registration alive.
    pub(crate) fn delete(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        Ok(epoll::delete(&self.epoll, fd)?)
    }

    /// Ends the current or the next [`wait`](Epoll::wait): 120 ns, and 2.5 us when someone sleeps there.
    pub(crate) fn wake(&self) {
        // The counter would have to reach 2^64 - 1 for this write to fail.
        let _ = rustix::io::write(&self.alarm, &1u64.to_ne_bytes());
    }

    /// Waits for events for at most `timeout` nanoseconds (`None`: without end) and hands each to `each`; before, the tokens
    /// of all of them to `soon`.
    /// Nanosecond timeouts are `epoll_pwait2`, Linux 5.11; older kernels round up to milliseconds.
    pub(crate) fn wait(
        &self,
        timeout: Option<Nanos>,
        soon: impl Fn(u64),
        mut each: impl FnMut(Event),
    ) -> usize {
        let timeout = timeout.map(|ns| Timespec {
            tv_sec: (ns / 1_000_000_000).min(i64::MAX as u64) as i64,
            tv_nsec: (ns % 1_000_000_000) as _,
        });
        let mut buffer = [MaybeUninit::<epoll::Event>::uninit(); BATCH];
        // EINTR is a wake-up like any other: whoever waits looks around and comes back.
        let Ok((events, _)) = epoll::wait(&self.epoll, &mut buffer[..], timeout.as_ref()) else { return 0 };
        events.iter().filter(|event| event.data.u64() != WAKE).for_each(|event| soon(event.data.u64()));
        let mut count = 0;
        for event in events.iter() {
            let (token, flags) = (event.data.u64(), event.flags);
            if token == WAKE {
                continue;
            }
            count += 1;
            let broken = flags.intersects(EventFlags::ERR | EventFlags::HUP);
            each(Event {
                token,
                readable: broken || flags.intersects(EventFlags::IN | EventFlags::RDHUP | EventFlags::PRI),
                writable: broken || flags.contains(EventFlags::OUT),
                hung_up: broken,
                read_closed: flags.contains(EventFlags::RDHUP),
                priority: flags.contains(EventFlags::PRI),
            });
        }
        count
    }
}
