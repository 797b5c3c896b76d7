//! Where a fresh coroutine gets its home, for life.
//!
//! An accept loop that starts every connection where it runs would home them all on one machine, and moving them
//! later is impossible. So a fresh coroutine starts on the machine that has picked it, unless that one has more
//! than [`UNEVEN`] live ones over the least loaded. Then that one gets this and the following, until both are
//! level: neighbours in spawn order stay together, and machines do not send one another single coroutines to
//! and fro.
//!
//! Every coroutine counts, since the runtime cannot know which will live long; those that end soon keep the
//! counts low, so that nothing is ever sent.

use super::machine::Machine;
use super::station::Station;
use crate::coroutine::entry::Entry;
use crate::trace::{Event, Transition};

/// How many more live coroutines than the least loaded a machine may have. 16 was right with real work in each
/// message, 64 for trivial handlers.
const UNEVEN: usize = 32;

impl Machine {
    /// Sends a fresh coroutine to a machine that has fewer, if there is reason to. True: it is gone.
    #[inline]
    pub(super) fn send_to_less_loaded(&self, entry: &'static Entry) -> bool {
        // Below the threshold, as short-lived coroutines keep it, the others' counters are not even read.
        if self.shedding.borrow().is_none() && self.station.load.live() <= UNEVEN {
            return false;
        }
        self.choose(entry)
    }

    #[cold]
    fn choose(&self, entry: &'static Entry) -> bool {
        let own = self.station.load.live();
        let target = match self.shedding.take() {
            Some(target) if target.is_able_to_start() && target.load.live() < own => target,
            _ => {
                let stations = self.scheduler.stations.iter();
                let able = stations.filter(|station| station.is_able_to_start());
                match able.min_by_key(|station| station.load.live()) {
                    Some(station) if station.load.live() + UNEVEN < own => station.clone(),
                    _ => return false,
                }
            }
        };
        let sent = self.send(entry, &target);
        self.shedding.replace(Some(target));
        sent
    }

    /// False: that machine takes nothing in any more.
    fn send(&self, entry: &'static Entry, to: &Station) -> bool {
        let home = to.home;
        home.settle(entry);
        let place = Event::Place { id: entry.id(), to: to.number as u64 };
        to.load.receive();
        if !to.placed.push([entry]) {
            to.load.recall();
            return false;
        }
        self.pass(Transition::Place, || place);
        if home.call() {
            self.counters().pass(Transition::WakeMachine);
        }
        true
    }
}
