//! Coroutines that begin when there is something to read.

use std::io;
use std::panic::Location;
use std::sync::Arc;

use super::direction::Direction;
use super::limits::Deadline;
use super::readiness::Selectable;
use super::source::Source;
use crate::netpoll::{Side, Watch};
use crate::sched::machine::Machine;
use crate::sched::scheduler::Scheduler;
use crate::spawn::{JoinHandle, NO_RUNTIME, Seat, current_scheduler, spawn_static};
use crate::sys::clock::{self, NEVER};

/// Starts a coroutine that runs `f` on `socket`, as soon as there is something to read: until then there is no stack.
/// See `gopark_net::on_readable`.
///
/// # Panics
/// As for [`go`](crate::face::go).
#[track_caller]
pub fn on_readable<S, F, T>(socket: S, f: F) -> JoinHandle<T>
where
    S: Selectable + Send + 'static,
    F: FnOnce(S) -> T + Send + 'static,
    T: Send + 'static,
{
    let site = Location::caller();
    let scheduler = current_scheduler().expect(NO_RUNTIME);
    let spawned = match unless_ready(&scheduler, &socket) {
        // If it cannot be watched, the first read says why.
        None => spawn_static(&scheduler, move || f(socket), None, None, site),
        Some(watch) => spawn_waiting(&scheduler, socket, watch, f, site),
    };
    spawned.unwrap_or_else(|error| panic!("cannot start a coroutine: {error}"))
}

fn spawn_waiting<S, F, T>(
    scheduler: &Arc<Scheduler>,
    socket: S,
    watch: Watch,
    f: F,
    site: &'static Location<'static>,
) -> io::Result<JoinHandle<T>>
where
    S: Selectable + Send + 'static,
    F: FnOnce(S) -> T + Send + 'static,
    T: Send + 'static,
{
    let deadline = socket.read_deadline();
    let seat = Seat::take(scheduler, site)?;
    let ticket = seat.ticket();
    if !watch.announce(Side::Read, ticket) {
        return Ok(seat.fill(move || f(socket), || false));
    }
    // Read after the announcement: who moves it back from now on takes the ticket out.
    let until = deadline.map_or(NEVER, Deadline::nanos);
    let alarm = (until != NEVER).then(|| scheduler.set_alarm(ticket, until));
    let begin = move || {
        drop(alarm);
        // Nothing but an edge and a change of the deadline take it out.
        watch.withdraw(Side::Read, ticket);
        f(socket)
    };
    Ok(seat.fill(begin, || !clock::is_past(until)))
}

/// The watch of a socket that has nothing to read now; `None`: it has, or it cannot be watched.
fn unless_ready(scheduler: &Scheduler, socket: &impl Selectable) -> Option<Watch> {
    let source: &Source = socket.source();
    if socket.has_unread() {
        return None;
    }
    let poller = match Machine::current() {
        Some(machine) => machine.home_of_coroutines(),
        None => scheduler.any_poller(),
    };
    let watch = source.registered(Direction::Read, poller).ok()?;
    source.is_idle(Direction::Read).unwrap_or(false).then_some(watch)
}
