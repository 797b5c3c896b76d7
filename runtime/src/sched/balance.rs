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
use crate::coroutine::entry::Entry;
use crate::coroutine::home::Home;
use crate::trace::Transition;

/// How many more live coroutines than the least loaded a machine may have. 16 was right with real work in each
/// message, 64 for trivial handlers.
const UNEVEN: usize = 32;

impl Machine {
    /// Sends a fresh coroutine to a machine that has fewer, if there is reason to. True: it is gone.
    #[inline]
    pub(super) fn send_to_less_loaded(&self, entry: &'static Entry) -> bool {
        // Below the threshold, as short-lived coroutines keep it, the others' counters are not even read.
        if self.shedding.get().is_none() && self.home().load.live() <= UNEVEN {
            return false;
        }
        self.choose(entry)
    }

    #[cold]
    fn choose(&self, entry: &'static Entry) -> bool {
        let own = self.home().load.live();
        let target = match self.shedding.get() {
            Some(target) if target.load.live() < own => target,
            _ => {
                let least = self.scheduler.with_stations(|stations| {
                    stations.iter().map(|station| station.home).min_by_key(|home| home.load.live())
                });
                match least {
                    Some(home) if home.load.live() + UNEVEN < own => home,
                    _ => {
                        self.shedding.set(None);
                        return false;
                    }
                }
            }
        };
        // A machine that leaves takes nothing in any more.
        if self.scheduler.is_stopping() {
            return false;
        }
        self.shedding.set(Some(target));
        self.send(entry, target);
        true
    }

    fn send(&self, entry: &'static Entry, to: &'static Home) {
        self.counters().pass(Transition::Place);
        to.settle(entry);
        to.load.receive();
        self.deliver(entry);
    }
}
