//! A dump for people.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{Channel, CoroutineState, Dump, Frame, Holder, Lock, Site, Socket, State, WaitsFor, Worker};

/// Ids of a group that are told.
const TOLD: usize = 8;

/// Coroutines of which the same can be told.
struct Group<'a> {
    members: Vec<&'a CoroutineState>,
}

/// What those have in common.
type Likeness<'a> = (State, String, Option<Site>, *const Frame, bool);

impl fmt::Display for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with = |state| self.coroutines.iter().filter(|coroutine| coroutine.state == state).count();
        write!(f, "{} coroutines", self.coroutines.len())?;
        for state in
            [State::Running, State::Ready, State::Waiting, State::Fresh, State::Lobby, State::Abandoned]
        {
            match with(state) {
                0 => {}
                count => write!(f, ", {count} {state}")?,
            }
        }
        writeln!(f)?;
        for worker in &self.workers {
            writeln!(f, "{worker}")?;
        }
        for group in self.groups() {
            write!(f, "\n{group}")?;
        }
        self.resources.iter().try_for_each(|resource| write!(f, "\n{resource}"))
    }
}

/// As in a dump.
impl fmt::Display for CoroutineState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Group { members: vec![self] }.fmt(f)
    }
}

impl Dump {
    /// Larger ones first, then by their first ids.
    fn groups(&self) -> Vec<Group<'_>> {
        let mut groups: HashMap<Likeness<'_>, Vec<&CoroutineState>> = HashMap::new();
        for coroutine in &self.coroutines {
            groups.entry(likeness(coroutine)).or_default().push(coroutine);
        }
        let mut groups: Vec<_> = groups.into_values().map(|members| Group { members }).collect();
        groups.sort_by_key(|group| (std::cmp::Reverse(group.members.len()), group.members[0].id));
        groups
    }
}

fn likeness(coroutine: &CoroutineState) -> Likeness<'_> {
    let wait = coroutine.waits_for.as_ref().map_or_else(String::new, |wait| match wait {
        // Each has its own.
        WaitsFor::Readable(_) => "readable".to_owned(),
        WaitsFor::Writable(_) => "writable".to_owned(),
        WaitsFor::Time { .. } => "time".to_owned(),
        wait => format!("{wait}"),
    });
    // Equal stacks are one (symbols.rs).
    (
        coroutine.state,
        wait,
        coroutine.spawned_at,
        Arc::as_ptr(&coroutine.stack).cast(),
        coroutine.name.is_some(),
    )
}

impl fmt::Display for Group<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.members[0];
        match self.members.len() {
            1 => write!(f, "{}", Name(first))?,
            count => {
                write!(f, "{count} coroutines: ")?;
                for (place, member) in self.members.iter().take(TOLD).enumerate() {
                    write!(f, "{}{}", if place > 0 { ", " } else { "" }, member.id)?;
                }
                if count > TOLD {
                    write!(f, ", ..")?;
                }
            }
        }
        let times = self.members.iter().map(|member| member.in_state_for);
        let (least, most) = (times.clone().min().unwrap_or_default(), times.max().unwrap_or_default());
        write!(f, ": {} for {}", first.state, Time(least))?;
        if Time(least).to_string() != Time(most).to_string() {
            write!(f, " to {}", Time(most))?;
        }
        if let Some(wait) = &first.waits_for {
            write!(f, ", {wait}")?;
        }
        writeln!(f)?;
        for frame in first.stack.iter() {
            writeln!(f, "    {frame}")?;
        }
        write!(f, "    spawned {} ago", Time(first.age))?;
        if let Some(site) = first.spawned_at {
            write!(f, " at {site}")?;
        }
        match first.spawned_by {
            Some(id) => write!(f, " by coroutine {id}")?,
            None => write!(f, " by a plain thread")?,
        }
        match (first.runtime, first.worker) {
            (Some(runtime), Some(worker)) => writeln!(f, "; worker {worker} of runtime {runtime}"),
            _ => writeln!(f),
        }
    }
}

struct Name<'a>(&'a CoroutineState);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "coroutine {}", self.0.id)?;
        self.0.name.as_ref().map_or(Ok(()), |name| write!(f, " '{name}'"))
    }
}

impl fmt::Display for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "worker {} of runtime {} (thread {}): ", self.number, self.runtime, self.thread)?;
        match self.runs {
            Some(id) if self.is_stuck => write!(f, "stuck in coroutine {id}")?,
            Some(id) => write!(f, "runs coroutine {id}")?,
            None => write!(f, "runs none")?,
        }
        write!(f, "; {} queued", self.queued)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            State::Running => "running",
            State::Ready => "ready",
            State::Waiting => "waiting",
            State::Fresh => "fresh",
            State::Lobby => "in the lobby",
            State::Abandoned => "abandoned",
        })
    }
}

impl fmt::Display for WaitsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WaitsFor::Pause => f.write_str("a pause"),
            WaitsFor::Unpark => f.write_str("until it is unparked"),
            WaitsFor::Time { overdue_by: Duration::ZERO, due_in } => {
                write!(f, "asleep, due in {}", Time(*due_in))
            }
            WaitsFor::Time { overdue_by, .. } => write!(f, "asleep, overdue by {}", Time(*overdue_by)),
            WaitsFor::Join { coroutine } => write!(f, "for the end of coroutine {coroutine}"),
            WaitsFor::Blocking => f.write_str("for a call inside `blocking`"),
            WaitsFor::Send(channel) => write!(f, "to send into {channel}"),
            WaitsFor::Receive(channel) => write!(f, "to receive from {channel}"),
            WaitsFor::Select { first_of } => {
                f.write_str("for the first of: ")?;
                first_of
                    .iter()
                    .enumerate()
                    .try_for_each(|(place, wait)| write!(f, "{}{wait}", if place > 0 { " | " } else { "" }))
            }
            WaitsFor::Readable(socket) => write!(f, "to read from {socket}"),
            WaitsFor::Writable(socket) => write!(f, "to write to {socket}"),
            WaitsFor::Mutex(lock) => write!(f, "for mutex {lock}"),
            WaitsFor::Read(lock) => write!(f, "to read under lock {lock}"),
            WaitsFor::Write(lock) => write!(f, "to write under lock {lock}"),
            WaitsFor::Condvar { address } => write!(f, "for condition variable {address:#x}"),
            WaitsFor::Permits { address, available } => {
                write!(f, "for permits of semaphore {address:#x}, which has {available}")
            }
            WaitsFor::Once(lock) => write!(f, "for what is done once, {lock}"),
            WaitsFor::Future => f.write_str("for a future"),
            WaitsFor::Scope { alive } => write!(f, "for the end of its scope, in which {alive} are alive"),
            WaitsFor::WaitGroup { address, shares } => {
                write!(f, "for group {address:#x}, which has {shares} shares")
            }
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "channel {:#x} ", self.address)?;
        match (self.of_clock, self.capacity) {
            (true, _) => write!(f, "(of the clock,")?,
            (_, Some(capacity)) => write!(f, "(capacity {capacity},")?,
            (_, None) => write!(f, "(unbounded,")?,
        }
        if !self.of_clock {
            write!(f, " senders {}, receivers {},", self.senders, self.receivers)?;
        }
        write!(f, " made at {})", self.made_at)
    }
}

impl fmt::Display for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "descriptor {}", self.descriptor)?;
        match (&self.local, &self.peer) {
            (Some(local), Some(peer)) => write!(f, " ({local}, peer {peer})"),
            (Some(only), None) | (None, Some(only)) => write!(f, " ({only})"),
            (None, None) => Ok(()),
        }
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}, ", self.address)?;
        match (&self.holder, self.readers) {
            (None, _) => f.write_str("which is free now"),
            (Some(holder), 0) => write!(f, "held by {holder}"),
            (Some(holder), 1) => write!(f, "held, as a reader, by {holder}"),
            (Some(holder), readers) => write!(f, "held by {readers} readers, the last of them {holder}"),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Holder::Coroutine { id, held_for } => write!(f, "coroutine {id} for {}", Time(*held_for)),
            Holder::Thread { number, name: Some(name) } => write!(f, "thread {number} '{name}'"),
            Holder::Thread { number, name: None } => write!(f, "thread {number}"),
        }
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.function {
            Some(function) => f.write_str(function)?,
            None => write!(f, "{:#x}", self.address)?,
        }
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, " at {}:{line}", file.display()),
            _ => Ok(()),
        }
    }
}

/// As people read it.
pub(super) struct Time(pub(super) Duration);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.as_secs(), self.0.subsec_millis(), self.0.subsec_micros()) {
            (0, 0, micros) => write!(f, "{micros} us"),
            (0, millis, _) => write!(f, "{millis} ms"),
            (secs @ ..60, millis, _) => write!(f, "{secs}.{} s", millis / 100),
            (secs @ ..3600, ..) => write!(f, "{} min {} s", secs / 60, secs % 60),
            (secs, ..) => write!(f, "{} h {} min", secs / 3600, secs / 60 % 60),
        }
    }
}
