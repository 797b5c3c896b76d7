//! What is measured.

use clap::ValueEnum;
use serde::Serialize;

use crate::load::Kind;

/// One kind of work, which is some events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// Two coroutines yield to each other.
    #[value(name = "yield-2")]
    Yield2,
    /// A thousand do, on two workers.
    #[value(name = "yield-1000")]
    Yield1000,
    /// One is spawned and joined, and then the next.
    SpawnJoin,
    /// A million are spawned, and then joined.
    SpawnMillion,
    /// A tree of coroutines with a million leaves, ten branches at each fork, whose values are summed up through channels.
    Skynet,
    /// A message there and back over two rendezvous, on one worker.
    PingPong,
    /// The same on two.
    #[value(name = "ping-pong-2")]
    PingPong2,
    /// A message through a channel with 1024 places from four senders to one receiver, on two workers.
    Mpsc,
    /// The same to four receivers.
    Mpmc,
    /// A mutex that 64 coroutines want, on two workers.
    Mutex,
    /// A message to one of four channels, and a select over them that finds it.
    Select,
    /// Many that wait at one gate: what they take, and how long it takes to have them there and to let them go.
    Parked,
    /// A million that sleep for up to two seconds (threads: fewer).
    Timers,
    /// Four compute for two seconds on two workers: how late others are.
    HogsSpinning,
    /// Four do in a call that blocks.
    HogsBlocking,
    /// One connection, a message of 64 bytes there and back.
    #[value(name = "echo-1")]
    Echo1,
    /// So many at a time.
    #[value(name = "echo-64")]
    Echo64,
    #[value(name = "echo-1000")]
    Echo1000,
    #[value(name = "echo-10000")]
    Echo10000,
    /// The connections of `Echo`, which have said something once and then no more: what one takes.
    Idle,
    /// The same over TLS.
    IdleTls,
    /// A request over HTTP/1.1, and then the next on the same connection.
    #[value(name = "http-1")]
    Http1,
    /// Sixteen that are under way at all times.
    #[value(name = "http-16")]
    Http16,
    /// What one says is written to a thousand.
    FanOut,
    /// Of a thousand connections a hundred have nine of ten messages, on two workers, and computing for each.
    Skew,
}

impl Workload {
    /// Its name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().expect("all have names").get_name().to_owned()
    }

    /// For a table.
    pub fn title(self) -> &'static str {
        match self {
            Workload::Yield2 => "yield, 2 coroutines",
            Workload::Yield1000 => "yield, 1,000 coroutines",
            Workload::SpawnJoin => "spawn and join",
            Workload::SpawnMillion => "spawn 1,000,000, then join",
            Workload::Skynet => "skynet, a leaf",
            Workload::PingPong => "there and back over rendezvous",
            Workload::PingPong2 => "the same",
            Workload::Mpsc => "a message, 4 senders, 1 receiver",
            Workload::Mpmc => "a message, 4 senders, 4 receivers",
            Workload::Mutex => "a mutex, 64 contenders",
            Workload::Select => "a message, and a select over 4 that finds it",
            Workload::Parked => "many that wait",
            Workload::Timers => "sleepers of 0 to 2 s",
            Workload::HogsSpinning => "beside 4 that compute",
            Workload::HogsBlocking => "beside 4 that block",
            Workload::Echo1 => "echo, 1 connection",
            Workload::Echo64 => "echo, 64 connections",
            Workload::Echo1000 => "echo, 1,000 connections",
            Workload::Echo10000 => "echo, 10,000 connections",
            Workload::Idle => "9,000 idle connections",
            Workload::IdleTls => "2,000 idle connections with TLS",
            Workload::Http1 => "HTTP, 1 request under way",
            Workload::Http16 => "HTTP, 16 requests under way",
            Workload::FanOut => "a message to 1,000 connections",
            Workload::Skew => "20 us and an echo, 1,000 connections, 100 of them hot",
        }
    }

    /// What the clients do, if it is a server and its clients.
    pub fn load(self) -> Option<Kind> {
        match self {
            Workload::Echo1 | Workload::Echo64 | Workload::Echo1000 | Workload::Echo10000 => Some(Kind::Echo),
            Workload::Idle => Some(Kind::Idle),
            Workload::IdleTls => Some(Kind::IdleTls),
            Workload::Http1 | Workload::Http16 => Some(Kind::Http),
            Workload::FanOut => Some(Kind::FanOut),
            Workload::Skew => Some(Kind::Skew),
            _ => None,
        }
    }

    /// How many worker threads the library may use.
    pub fn workers(self) -> usize {
        match self {
            Workload::Yield2
            | Workload::SpawnJoin
            | Workload::SpawnMillion
            | Workload::PingPong
            | Workload::Select
            | Workload::Parked
            | Workload::Echo1
            | Workload::Echo64
            | Workload::Echo1000
            | Workload::Echo10000
            | Workload::Idle
            | Workload::IdleTls
            | Workload::Http1
            | Workload::Http16
            | Workload::FanOut => 1,
            _ => 2,
        }
    }

    /// How many events a measurement has, or connections, or requests under way.
    pub fn events(self) -> u32 {
        match self {
            Workload::Yield2 | Workload::Yield1000 => 1_000_000,
            Workload::SpawnJoin => 200_000,
            Workload::SpawnMillion | Workload::Skynet => 1_000_000,
            Workload::PingPong | Workload::PingPong2 => 100_000,
            Workload::Mpsc | Workload::Mpmc => 400_000,
            Workload::Mutex => 640_000,
            Workload::Select => 200_000,
            Workload::Parked | Workload::Timers => 1_000_000,
            Workload::HogsSpinning | Workload::HogsBlocking => 4,
            Workload::Echo1 => 1,
            Workload::Echo64 => 64,
            Workload::Echo1000 => 1000,
            Workload::Echo10000 => 10_000,
            // The processes of a server and of its clients have a descriptor each for a connection.
            Workload::Idle => 9_000,
            Workload::IdleTls => 2000,
            Workload::FanOut | Workload::Skew => 1000,
            Workload::Http1 => 1,
            Workload::Http16 => 16,
        }
    }
}
