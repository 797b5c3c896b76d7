//! Telling of tasks that take too long, now and then.

use std::collections::HashSet;
use std::convert::Infallible;
use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use gopark_runtime::face::leak::Leak;

use crate::shared::Shared;

/// What is to be told, and to whom.
#[derive(Clone)]
pub(crate) struct Report {
    pub(crate) older_than: Duration,
    pub(crate) hook: Arc<dyn Fn(&Leak) + Send + Sync>,
}

/// Looks are not closer together.
const SHORTEST: Duration = Duration::from_millis(1);

impl Report {
    /// From now on, until the pool is gone, which `ends` tells.
    pub(crate) fn begin(self, pool: &Arc<Shared>, ends: Receiver<Infallible>) {
        let pool = Arc::downgrade(pool);
        let reporter = thread::Builder::new().name("gopark-leaks".to_owned());
        reporter.spawn(move || self.report(&pool, &ends)).expect("a thread that tells of leaks");
    }

    fn report(&self, pool: &Weak<Shared>, ends: &Receiver<Infallible>) {
        let period = self.older_than.max(SHORTEST);
        let mut told = HashSet::new();
        while let Err(RecvTimeoutError::Timeout) = ends.recv_timeout(period) {
            let Some(pool) = pool.upgrade() else { return };
            let leaks = pool.leaks(self.older_than);
            drop(pool);
            let mut still = HashSet::new();
            for leak in &leaks {
                let Leak::Coroutine(coroutine) = leak else { continue };
                still.insert(coroutine.id);
                if !told.contains(&coroutine.id) {
                    (self.hook)(leak);
                }
            }
            told = still;
        }
    }
}

/// A line for a task.
pub(crate) fn log_leak(leak: &Leak) {
    let Leak::Coroutine(coroutine) = leak else { return };
    let name = coroutine.name.as_deref().unwrap_or("task");
    let site = coroutine.spawned_at.map_or_else(|| "?".to_owned(), |site| site.to_string());
    let wait = coroutine.waits_for.as_ref().map_or_else(String::new, |wait| format!(", {wait}"));
    let (age, state) = (coroutine.age, coroutine.state);
    log::warn!(target: "gopark", "{name} (coroutine {}), submitted {age:.1?} ago at {site}, is {state}{wait}", coroutine.id);
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report").field("older_than", &self.older_than).finish_non_exhaustive()
    }
}
