//! Coroutines that begin when a socket is ready.

use std::io;
use std::panic::Location;
use std::sync::Arc;

use super::direction::Direction;
use super::limits::Deadline;
use super::readiness::Selectable;
use super::source::Source;
use crate::coroutine::entry::Ticket;
use crate::netpoll::Watch;
use crate::sched::lobby::Alarm;
use crate::sched::machine::Machine;
use crate::sched::scheduler::Scheduler;
use crate::spawn::{JoinHandle, NO_RUNTIME, Seat, current_scheduler, spawn_static};
use crate::sys::clock::{self, NEVER, Nanos};

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
    let appointment = match socket.has_unread() {
        true => Ok(None),
        false => make(&scheduler, socket.source(), Direction::Read, socket.read_deadline(), site),
    };
    begin(&scheduler, appointment, move || f(socket), site)
}

/// Starts a coroutine that runs `f` when `source` is ready in `direction`, at once if it is; and if the source is dropped
/// before, not until it is cancelled.
///
/// # Panics
/// As for [`go`](crate::face::go).
#[track_caller]
pub fn when_ready<F>(
    source: &Source,
    direction: Direction,
    deadline: Option<&Deadline>,
    f: F,
) -> JoinHandle<()>
where
    F: FnOnce() + Send + 'static,
{
    let site = Location::caller();
    let scheduler = current_scheduler().expect(NO_RUNTIME);
    let appointment = make(&scheduler, source, direction, deadline, site);
    begin(&scheduler, appointment, f, site)
}

fn begin<F, T>(
    scheduler: &Arc<Scheduler>,
    appointment: io::Result<Option<Appointment<'_>>>,
    f: F,
    site: &'static Location<'static>,
) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let spawned = appointment.and_then(|appointment| match appointment {
        None => spawn_static(scheduler, f, None, None, site),
        Some(appointment) => Ok(appointment.keep(f)),
    });
    spawned.unwrap_or_else(|error| panic!("cannot start a coroutine: {error}"))
}

/// A coroutine without a body, whose ticket the socket has.
struct Appointment<'a> {
    seat: Seat<'a>,
    ticket: Ticket,
    watch: Watch,
    direction: Direction,
    until: Nanos,
    alarm: Option<Alarm>,
}

/// `None`: the source is ready, or it cannot be watched, and who asks it will be told why.
///
/// # Errors
/// There is no room for a coroutine.
fn make<'a>(
    scheduler: &'a Arc<Scheduler>,
    source: &Source,
    direction: Direction,
    deadline: Option<&Deadline>,
    site: &'static Location<'static>,
) -> io::Result<Option<Appointment<'a>>> {
    let poller = match Machine::current() {
        Some(machine) => machine.home_of_coroutines(),
        None => scheduler.any_poller(),
    };
    let Ok(watch) = source.registered(direction, poller) else { return Ok(None) };
    if !source.is_idle(direction).unwrap_or(false) {
        return Ok(None);
    }
    let seat = Seat::take(scheduler, site)?;
    let ticket = seat.ticket();
    if !watch.announce(direction.side(), ticket) {
        seat.leave();
        return Ok(None);
    }
    // Read after the announcement: who moves it back from now on takes the ticket out.
    let until = deadline.map_or(NEVER, Deadline::nanos);
    let alarm = (until != NEVER).then(|| scheduler.set_alarm(ticket, until));
    Ok(Some(Appointment { seat, ticket, watch, direction, until, alarm }))
}

impl Appointment<'_> {
    fn keep<F, T>(self, f: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let Appointment { seat, ticket, watch, direction, until, alarm } = self;
        let begin = move || {
            drop(alarm);
            // Nothing but an edge and a change of the deadline have taken it out.
            watch.withdraw(direction.side(), ticket);
            f()
        };
        seat.fill(begin, || !clock::is_past(until))
    }
}
