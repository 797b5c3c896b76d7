//! Running one coroutine until it waits, yields or ends.
#![allow(unsafe_code)]

use std::ptr;

use super::machine::Machine;
use crate::coroutine::entry::Entry;
use crate::coroutine::record::Record;
use crate::coroutine::start;
use crate::coroutine::switch::Suspend;
use crate::lockfree::status::{Commit, begin_to_write};
use crate::timer::queue::TimerKey;
use crate::trace::{self, Event, Transition, Why};

/// Something to run.
#[derive(Clone, Copy)]
pub(super) enum Work {
    /// From a processor or the global queue: no home yet.
    Fresh(&'static Entry),
    /// Sent here to start.
    Placed(&'static Entry),
    /// Lives here and has run before.
    Started(&'static Record),
}

impl Machine {
    /// Runs `work` as far as it goes.
    // Inlined: a frame between the loop and the switch is a mispredicted return each time.
    #[inline(always)]
    pub(super) fn execute(&self, work: Work) {
        begin_to_write();
        let record = match work {
            Work::Started(record) => record,
            Work::Placed(entry) => match self.scheduler.is_stopping() {
                true => return self.drop_placed(entry),
                false => self.start(entry),
            },
            Work::Fresh(entry) => {
                if self.scheduler.is_stopping() {
                    return self.scheduler.discard(entry);
                }
                if !self.migrates() && self.send_to_less_loaded(entry) {
                    return;
                }
                self.home_of_coroutines().settle(entry);
                self.station.load.start();
                self.start(entry)
            }
        };
        self.run_on(record);
    }

    /// Gives a fresh coroutine that lives here its stack.
    #[inline(never)]
    fn start(&self, entry: &'static Entry) -> &'static Record {
        self.pass(Transition::Start, || Event::Start { id: entry.id() });
        // SAFETY: this is its home; it came out of a queue, so it is ours; `take` gives the slot to us. The
        // machine stays where it is until no coroutine of its own is alive (shutdown.rs).
        unsafe {
            start::start(
                entry,
                self.as_raw(),
                |class| self.supply(|supplies| supplies.stacks.take(class)),
                note_end,
            )
        }
    }

    #[inline(always)]
    fn run_on(&self, record: &'static Record) {
        if self.migrates() && !self.take_over(record) {
            return;
        }
        self.current.set(record);
        self.station.glance.set_running(record.entry());
        let suspended = if self.is_watched(record) {
            self.resume_watched(record)
        } else {
            // SAFETY: on the machine's thread, from the scheduler's stack; ended ones are in no queue.
            let suspended = unsafe { record.resume() };
            if trace::is_on() {
                self.run_ends(record, suspended); // recording has begun meanwhile
            }
            suspended
        };
        self.current.set(ptr::null());
        let Some(why) = suspended else { return self.finish(record) };
        match why {
            Suspend::Yield => {
                self.counters().pass(Transition::Yield);
                self.queue_again(record);
            }
            Suspend::Wait(wait) => {
                // Before the commit: after it the coroutine may be woken, though only this thread can run it.
                if !self.migrates() {
                    self.list_for_trim(record);
                }
                record.waits(self.last_time());
                self.commit(record, record.entry().status.commit(wait));
            }
            Suspend::Abandoned => self.counters().pass(Transition::Abandon),
        }
    }

    /// The same for one whose run is measured, or noted in a trace.
    #[cold]
    #[inline(never)]
    fn resume_watched(&self, record: &'static Record) -> Option<Suspend> {
        self.run_begins(record);
        // SAFETY: as above.
        let suspended = unsafe { record.resume() };
        self.run_ends(record, suspended);
        suspended
    }

    #[inline]
    fn commit(&self, record: &'static Record, commit: Commit) {
        match commit {
            Commit::Parked => self.counters().pass(Transition::Park),
            Commit::Woken => {
                self.pass(Transition::ParkSkipped, || Event::ParkSkipped { id: record.coroutine.id() });
                self.queue_again(record);
            }
        }
    }

    /// Behind what is queued.
    #[inline]
    fn queue_again(&self, record: &'static Record) {
        if self.migrates() { self.set_aside([record.entry()]) } else { self.homed.push(record) }
    }

    /// Clears up after a coroutine and tells who waits for it.
    #[inline(never)]
    fn finish(&self, record: &'static Record) {
        let (entry, id) = (record.entry(), record.coroutine.id());
        let joiner = record.joiner.take();
        self.drop_timer(record); // of a destructor that has waited since
        self.unlist_for_trim(record);
        // SAFETY: it has ended, and queues hold it no more.
        let slot = unsafe { record.remove() };
        entry.vacate();
        self.station.load.finish();
        self.supply(|supplies| {
            supplies.stacks.put(slot);
            supplies.stacks.release(slot.class());
            supplies.put_entry(entry);
        });
        if let Some(runnable) = joiner.and_then(|ticket| ticket.wake()) {
            self.ready(runnable, true);
        }
        // With whoever has waited for it: that was its doing.
        self.note(|| Event::RunEnd { id, why: Why::Finished });
        if self.scheduler.is_stopping() && self.tenants() == 0 {
            self.scheduler.departures.tell();
        }
    }

    /// The coroutine will not wait any more.
    #[inline]
    pub(crate) fn drop_timer(&self, record: &Record) {
        if let Some(timer) = record.timer.take() {
            self.timers().disarm(TimerKey::from_bits(timer));
        }
    }

    #[cold]
    pub(super) fn drop_placed(&self, entry: &'static Entry) {
        self.station.load.recall();
        self.scheduler.discard(entry);
    }
}

/// Before a joiner can know of the end: who has joined finds it counted, and no timer left.
fn note_end(record: &Record, panicked: bool) {
    let machine = Machine::of(record);
    machine.drop_timer(record);
    machine.counters().pass(Transition::Finish);
    if panicked {
        machine.pass(Transition::Panic, || Event::Panicked { id: record.coroutine.id() });
    }
}
