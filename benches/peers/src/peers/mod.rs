//! The libraries.

mod floor;
mod go;
pub mod go_lib;
pub mod gopark;
pub mod may;
mod on_readable;
mod threads;
mod tokio;

use std::io;

use clap::ValueEnum;
use serde::Serialize;

use crate::blocking::measure;
use crate::figure::Figures;
use crate::workload::Workload;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Peer {
    /// As it is by default: a coroutine stays on its thread.
    Gopark,
    /// With Go's policy: `migrate_started`.
    GoparkMigrating,
    /// With `on_readable`: a connection has a coroutine only while there is a message.
    GoparkOnReadable,
    May,
    GoLib,
    Tokio,
    /// The language, not a library: goroutines, and a program of its own.
    Go,
    /// Threads, locks and channels of the standard library.
    Threads,
    /// What the bare switch costs: corosensei, and a queue without a lock.
    Floor,
}

impl Peer {
    /// Its name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().expect("all have names").get_name().to_owned()
    }

    /// The package, to look its version up.
    pub fn package(self) -> Option<&'static str> {
        match self {
            Peer::Gopark | Peer::GoparkMigrating | Peer::GoparkOnReadable => Some("gopark"),
            Peer::May => Some("may"),
            Peer::GoLib => Some("go-lib"),
            Peer::Tokio => Some("tokio"),
            Peer::Go | Peer::Threads => None,
            Peer::Floor => Some("corosensei"),
        }
    }

    /// What is no package, and its version.
    pub fn installed(self) -> Option<(String, String)> {
        if self == Peer::Go { Some(("Go".to_owned(), go::version()?)) } else { None }
    }

    /// Once, before anything is measured.
    ///
    /// # Errors
    /// It cannot be built.
    pub fn prepare(self) -> io::Result<()> {
        if self == Peer::Go { go::build() } else { Ok(()) }
    }

    /// The figures of `workload`, in this process; `None`: it cannot do that.
    pub fn measure(self, workload: Workload) -> Option<Figures> {
        match self {
            Peer::Gopark => measure::<gopark::Homed>(workload),
            Peer::GoparkMigrating => measure::<gopark::Migrating>(workload),
            Peer::GoparkOnReadable => on_readable::measure(workload),
            Peer::May => measure::<may::May>(workload),
            Peer::GoLib => measure::<go_lib::GoLib>(workload),
            Peer::Tokio => tokio::measure(workload),
            Peer::Go => go::measure(workload),
            Peer::Threads => measure::<threads::Threads>(workload),
            Peer::Floor => floor::measure(workload),
        }
    }
}
