//! The thread of one machine, from first to last.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

use parking_lot::Mutex;

use crate::coroutine::home::Home;
use crate::sched::machine::Machine;
use crate::sched::scheduler::Scheduler;
use crate::sched::shutdown::Departures;
use crate::sched::station::Station;
use crate::sys::{affinity, altstack::AltStack};

/// How machines of one runtime leave.
#[derive(Debug, Default)]
pub(super) struct Leaving {
    /// They run no coroutine any more.
    pub(super) stopped: Departures,
    /// They have cleared up, or stay behind with coroutines that have not ended.
    pub(super) left: Departures,
    /// The numbers of those that end their threads.
    pub(super) ending: Mutex<Vec<usize>>,
}

/// Starts the thread of machine `number`; its readiness, or why it has none, goes to `ready`.
pub(super) fn spawn(
    scheduler: &Arc<Scheduler>,
    leaving: &Arc<Leaving>,
    number: usize,
    ready: Sender<io::Result<()>>,
) -> io::Result<thread::JoinHandle<()>> {
    let station = Arc::new(Station::new(Home::acquire()?));
    scheduler.add(station.clone());
    let (scheduler, leaving) = (scheduler.clone(), leaving.clone());
    thread::Builder::new()
        .name(format!("{}-{number}", scheduler.config.thread_name))
        .spawn(move || work(scheduler, station, leaving, number, ready))
}

fn work(
    scheduler: Arc<Scheduler>,
    station: Arc<Station>,
    leaving: Arc<Leaving>,
    number: usize,
    ready: Sender<io::Result<()>>,
) {
    let home = station.home;
    let made = AltStack::install().and_then(|signal_stack| {
        if scheduler.config.pin {
            affinity::pin_to_nth_cpu(number)?;
        }
        Ok((signal_stack, Machine::new(scheduler.clone(), station, number)?))
    });
    let (_signal_stack, machine) = match made {
        Ok(made) => made,
        Err(error) => {
            home.vacate();
            // Gone only if the builder has panicked.
            let _ = ready.send(Err(error));
            return;
        }
    };
    let _ = ready.send(Ok(()));
    drop(ready);

    machine.schedule();

    let machines = scheduler.processors.len();
    leaving.stopped.pass();
    leaving.stopped.wait_for(machines);
    machine.discard_fresh();
    machine.hand_over_sockets();
    if machine.live() > 0 {
        leaving.left.pass();
        drop(leaving);
        // Its coroutines' stacks, records and borrows stay valid as long as this thread is here.
        loop {
            thread::park();
        }
    }
    home.vacate();
    leaving.ending.lock().push(number);
    leaving.left.pass();
}
