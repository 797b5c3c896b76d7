//! The thread of one machine, from first to last.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use super::duty::Duty;
use super::machine::Machine;
use super::scheduler::Scheduler;
use super::station::Station;
use crate::coroutine::home::Home;
use crate::sys::thread_state;
use crate::sys::{affinity, altstack::AltStack};

/// Starts the machines that a runtime begins with.
///
/// # Errors
/// Threads, descriptors or memory are short. Those that did start leave when the runtime is stopped.
pub(crate) fn start_workers(scheduler: &Arc<Scheduler>) -> io::Result<()> {
    let (ready, is_ready) = channel();
    for number in 0..scheduler.config.workers {
        let station = Arc::new(Station::new(Home::acquire(scheduler.id)?, number, Duty::Active));
        scheduler.stations.add(station.clone());
        start(scheduler, &station, ready.clone())?;
    }
    drop(ready);
    is_ready.iter().collect()
}

/// Starts a machine in the place of a stuck one.
///
/// # Errors
/// As above.
pub(super) fn start_spare(scheduler: &Arc<Scheduler>, station: &Arc<Station>) -> io::Result<()> {
    station.placed.open();
    let (ready, is_ready) = channel();
    start(scheduler, station, ready)?;
    is_ready.iter().collect()
}

fn start(
    scheduler: &Arc<Scheduler>,
    station: &Arc<Station>,
    ready: Sender<io::Result<()>>,
) -> io::Result<()> {
    let number = station.number;
    scheduler.departures.part_with(number);
    let (of, at) = (scheduler.clone(), station.clone());
    let thread = thread::Builder::new()
        .name(format!("{}-{number}", scheduler.config.thread_name))
        .spawn(move || work(of, at, ready))?;
    scheduler.departures.arrive(number, thread);
    Ok(())
}

fn work(scheduler: Arc<Scheduler>, station: Arc<Station>, ready: Sender<io::Result<()>>) {
    station.glance.set_thread(thread_state::own_number());
    let made = AltStack::install().and_then(|signal_stack| {
        if scheduler.config.pin {
            affinity::pin_to_nth_cpu(station.number)?;
        }
        Ok((signal_stack, Machine::new(scheduler.clone(), station.clone())?))
    });
    let (_signal_stack, machine) = match made {
        Ok(made) => made,
        Err(error) => {
            // Gone only if the builder has panicked.
            let _ = ready.send(Err(error));
            return;
        }
    };
    let _ = ready.send(Ok(()));
    drop(ready);

    machine.schedule();

    // Not by its duty: a new thread of this number may be on its way already, and waits for the end of this one.
    let retired = machine.retired.get();
    if !retired {
        machine.leave();
    }
    machine.hand_over_sockets();
    if !retired {
        // Some of these may have been this runtime's.
        machine.drop_queued();
    }
    if machine.tenants() > 0 {
        scheduler.departures.stay(station.number);
        drop(scheduler);
        // Its coroutines' stacks, records and borrows stay valid as long as this thread is here.
        loop {
            thread::park();
        }
    }
    drop(machine);
    if !retired {
        // A retired one keeps its home for the next thread of its number.
        station.home.vacate();
    }
    scheduler.departures.tell();
}
