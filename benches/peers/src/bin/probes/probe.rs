//! What is looked at, and of whom.

use clap::ValueEnum;
use gopark_peers::peers::{Peer, go_lib, gopark, may};

use crate::library::Probed;
use crate::{overflow, panicking, preemption, select, starvation, thread_locals, wake_up};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Probe {
    /// Whose thread-local a coroutine is given that goes on elsewhere.
    ThreadLocals,
    /// Whether a coroutine is moved where it does not wait.
    Preemption,
    /// How many arms of a select run, and what becomes of the messages.
    Select,
    /// What a loop of yields leaves to those who wait for a socket, or for a time.
    Starvation,
    /// When one goes on whom a coroutine has woken that then computes.
    WakeUp,
    /// Whether one is told that it panics, while another one does.
    Panicking,
    /// What comes of a recursion without an end.
    Overflow,
}

/// Whom there is anything to ask: the libraries with stacks.
pub const PROBED: [Peer; 4] = [Peer::Gopark, Peer::GoparkMigrating, Peer::May, Peer::GoLib];

impl Probe {
    /// Its name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().expect("all have names").get_name().to_owned()
    }

    /// How many worker threads the library may use.
    pub fn workers(self) -> usize {
        match self {
            Probe::Starvation | Probe::Panicking | Probe::Overflow => 1,
            Probe::ThreadLocals | Probe::Preemption | Probe::Select | Probe::WakeUp => 2,
        }
    }

    /// What is seen of `peer`, in this process; `None`: it has no coroutines with stacks.
    pub fn look_at(self, peer: Peer) -> Option<String> {
        match peer {
            Peer::Gopark => Some(self.look::<gopark::Homed>()),
            Peer::GoparkMigrating => Some(self.look::<gopark::Migrating>()),
            Peer::May => Some(self.look::<may::May>()),
            Peer::GoLib => Some(self.look::<go_lib::GoLib>()),
            _ => None,
        }
    }

    fn look<L: Probed>(self) -> String {
        let workers = self.workers();
        match self {
            Probe::ThreadLocals => L::run(workers, thread_locals::seen::<L>),
            Probe::Preemption => L::run(workers, preemption::seen::<L>),
            Probe::Select => L::run(workers, select::seen::<L>),
            Probe::Starvation => starvation::seen::<L>(workers),
            Probe::WakeUp => L::run(workers, wake_up::seen::<L>),
            Probe::Panicking => L::run(workers, panicking::seen::<L>),
            Probe::Overflow => L::run(workers, overflow::seen::<L>),
        }
    }
}
