//! What every way to spawn does: claim a stack, take an entry, pack the closure, queue.
#![allow(unsafe_code)]

use std::io;
use std::panic::Location;
use std::sync::Arc;

use super::threads;
use crate::coroutine::birth::{Birth, Spawner};
use crate::coroutine::body::{self, Joint};
use crate::coroutine::entry::{Entry, Name};
use crate::coroutine::handle::{Coroutine, take_ids};
use crate::coroutine::local;
use crate::coroutine::record::{self, Record};
use crate::park::ambient;
use crate::park::done::wait_until_done;
use crate::park::lending::lend;
use crate::park::suspension::preemption_point;
use crate::park::waiter::Waiter;
use crate::sched::machine::Machine;
use crate::sched::ready::drop_fresh;
use crate::sched::scheduler::Scheduler;
use crate::stack::{self, SizeClass};
use crate::sys::clock::{self, Nanos};

/// What a coroutine is to be.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) name: Option<Name>,
    pub(crate) class: SizeClass,
    pub(crate) site: &'static Location<'static>,
    /// The closure or its result borrow from whoever waits for the end.
    pub(crate) lends: bool,
}

/// Spawns `f` on `scheduler`, from wherever. 60 ns from one of its coroutines; from elsewhere through the
/// global queue, with two locks.
///
/// # Errors
/// No room for another stack, or for another coroutine at all. `f` is dropped then.
///
/// # Safety
/// Borrows in `F` and `T` outlive the coroutine; both may be sent to another thread.
pub(crate) unsafe fn spawn_in<F, T>(scheduler: &Arc<Scheduler>, f: F, plan: Plan) -> io::Result<Joint>
where
    F: FnOnce() -> T,
{
    let release = |scheduler: &Arc<Scheduler>, machine, entry| {
        if !queue(scheduler, machine, entry) {
            drop_fresh(entry);
        }
    };
    // SAFETY: the caller's promises.
    unsafe { make_inheriting(scheduler, f, plan, release) }.map(|((), joint)| joint)
}

/// Makes a fresh coroutine that begins with what its spawner leaves to it, and gives it to `receive`, with the machine of
/// `scheduler` that runs the caller.
///
/// # Errors
/// As for `spawn_in`.
///
/// # Safety
/// As for `spawn_in`.
#[inline]
pub(super) unsafe fn make_inheriting<F, T, R>(
    scheduler: &Arc<Scheduler>,
    f: F,
    plan: Plan,
    receive: impl FnOnce(&Arc<Scheduler>, Option<&'static Machine>, &'static Entry) -> R,
) -> io::Result<(R, Joint)>
where
    F: FnOnce() -> T,
{
    let from = Origin::here(scheduler);
    if local::leaves_nothing(from.spawner) {
        // SAFETY: the caller's promises.
        let (entry, joint) = unsafe { make(from, f, plan)? };
        Ok((receive(scheduler, from.machine, entry), joint))
    } else {
        // Clones run the user's code, which may wait, and the caller have taken its reference from a machine.
        let scheduler = &scheduler.clone();
        let inherited = local::inherited();
        let adopting = move || {
            local::adopt(inherited);
            f()
        };
        let from = Origin::here(scheduler);
        // SAFETY: the caller's promises; what is inherited is `Send` and borrows nothing.
        let (entry, joint) = unsafe { make(from, adopting, plan)? };
        Ok((receive(scheduler, from.machine, entry), joint))
    }
}

/// Queues a fresh coroutine that the caller holds; not, if the runtime stops. `machine`: that of the caller, if it is one of
/// `scheduler`.
#[inline(always)]
pub(super) fn queue(
    scheduler: &Arc<Scheduler>,
    machine: Option<&'static Machine>,
    entry: &'static Entry,
) -> bool {
    if scheduler.is_stopping() {
        return false;
    }
    match machine {
        Some(machine) => machine.queue_fresh(entry),
        None => scheduler.inject(entry),
    }
    true
}

/// Makes a fresh coroutine, which is nobody's but the caller's: not counted, not queued.
///
/// # Safety
/// As for `spawn_in`.
#[inline]
unsafe fn make<F, T>(from: Origin, f: F, plan: Plan) -> io::Result<(&'static Entry, Joint)>
where
    F: FnOnce() -> T,
{
    let (id, entry) = supply(from.machine, plan.class)?;
    entry.set_name(plan.name.as_ref());
    let coroutine = Coroutine::new(id, entry, plan.name);
    // SAFETY: the caller's promises.
    let (fresh, joint) = unsafe { body::new(f, coroutine, from.birth(plan.lends), plan.class, plan.lends) };
    entry.occupy(id, plan.site, fresh.into_raw());
    Ok((entry, joint))
}

/// Who spawns.
#[derive(Clone, Copy)]
pub(super) struct Origin {
    /// The coroutine; else it is a plain thread.
    spawner: Option<&'static Record>,
    /// The one that runs the spawner, if it is of the runtime that is spawned into.
    pub(super) machine: Option<&'static Machine>,
}

impl Origin {
    /// The caller, into `scheduler`.
    #[inline(always)]
    pub(super) fn here(scheduler: &Arc<Scheduler>) -> Origin {
        let spawner = record::current();
        let machine = spawner.map(Machine::of).filter(|machine| machine.is_of(scheduler));
        Origin { spawner, machine }
    }

    /// Of one that is spawned now, and `borrows` from here, or not: by the machine's clock, which is read now and then.
    #[inline(always)]
    pub(super) fn birth(self, borrows: bool) -> Birth {
        let at = self.machine.map_or_else(clock::now, Machine::last_time);
        match self.spawner {
            Some(spawner) => {
                let lineage = spawner.ambient.lineage.get();
                Birth { at, spawner: Spawner::coroutine_with(spawner.coroutine.id(), borrows), lineage }
            }
            None => {
                let lineage = ambient::of_thread(|ambient| ambient.lineage.get());
                Birth { at, spawner: Spawner::thread_with(threads::own_number(), borrows), lineage }
            }
        }
    }
}

/// A number, a vacant entry, and a claim to a stack.
#[inline(always)]
pub(super) fn supply(
    machine: Option<&'static Machine>,
    class: SizeClass,
) -> io::Result<(u64, &'static Entry)> {
    let Some(machine) = machine else { return supply_from_depots(class) };
    machine.supply(|supplies| {
        supplies.stacks.claim(class)?;
        match supplies.take_entry() {
            Ok(entry) => Ok((supplies.ids.next(), entry)),
            Err(error) => {
                supplies.stacks.release(class);
                Err(error)
            }
        }
    })
}

/// What a spawn needs, for a thread that has no machine of that runtime.
fn supply_from_depots(class: SizeClass) -> io::Result<(u64, &'static Entry)> {
    stack::claim(class, 1)?;
    let mut index = Vec::with_capacity(1);
    if let Err(error) = Entry::allocate(1, &mut index) {
        stack::release_claims(class, 1);
        return Err(error);
    }
    Ok((take_ids(1), Entry::get(index[0])))
}

/// Waits until the coroutine of `joint` has ended; false: `deadline` came first.
///
/// # Panics
/// Inside `no_park`, if it has not ended.
#[inline(always)]
pub(crate) fn join_borrowed(joint: &Joint, deadline: Nanos) -> bool {
    if joint.header().join.is_done() {
        preemption_point();
        return true;
    }
    !clock::is_past(deadline) && {
        let waiter = Waiter::current();
        let _lent = lend(joint.header().coroutine.id());
        join_as(waiter, joint, deadline)
    }
}

/// The same for `waiter`, which the caller is. Does not panic.
#[inline(always)]
pub(crate) fn join_as(waiter: Waiter, joint: &Joint, deadline: Nanos) -> bool {
    wait_until_done(waiter, joint.header().coroutine.id(), &joint.header().join, deadline)
}
