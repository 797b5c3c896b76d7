//! Coroutines and plain threads at once: each must be able to meet each.

use crate::subject;

/// What somebody runs as.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Spawned,
    Thread,
}

impl Kind {
    pub(crate) const BOTH: [Kind; 2] = [Kind::Spawned, Kind::Thread];
}

/// Those who have been started and not been joined.
#[derive(Default)]
pub(crate) struct Crowd {
    spawned: Vec<Box<dyn FnOnce()>>,
    threads: Vec<Box<dyn FnOnce()>>,
}

impl Crowd {
    pub(crate) fn start(&mut self, kind: Kind, body: impl FnOnce() + Send + 'static) {
        match kind {
            Kind::Spawned => {
                let handle = subject::spawn(body);
                self.spawned.push(Box::new(|| handle.join().unwrap()));
            }
            Kind::Thread => {
                let handle = subject::thread(body);
                self.threads.push(Box::new(|| handle.join().unwrap()));
            }
        }
    }

    /// The join of a thread blocks the thread that it is called on, and with it the coroutines that live there. So
    /// those come to their end first, and no thread waits for any of them.
    pub(crate) fn join(self) {
        self.spawned.into_iter().chain(self.threads).for_each(|join| join());
    }
}
