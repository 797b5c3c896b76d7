//! Tasks that keep what they have until they are told.

use gopark::JoinHandle;
use gopark::chan::{Sender, bounded};
use gopark::pool::Pool;

/// Tasks that wait until [`end`](Busy::end), or until they are cancelled.
pub(crate) struct Busy {
    gate: Sender<()>,
    pub(crate) tasks: Vec<JoinHandle<bool>>,
}

impl Busy {
    /// Gives `many` of them to `pool`: some run, others are queued.
    pub(crate) fn fill(pool: &Pool, many: usize) -> Busy {
        let (gate, closed) = bounded(0);
        let task = || {
            let closed = closed.clone();
            pool.submit(move || closed.recv().is_err())
        };
        Busy { tasks: (0..many).map(|_| task()).collect(), gate }
    }

    /// Lets all of them go, and returns when they have ended.
    pub(crate) fn end(self) {
        drop(self.gate);
        self.tasks.into_iter().for_each(|task| assert!(task.join().expect("it only waits")));
    }
}
