//! Visiting all pages, so many at a time: each visit is a task, which submits a task for each page that is new.

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use gopark::pool::{Pool, Scope};
use gopark::sync::Mutex;
use gopark::{is_timeout, with_timeout};

use crate::fetch::{fetch, links};

/// What is known of the site so far.
pub(crate) struct Crawl {
    site: SocketAddr,
    /// For one page.
    patience: Duration,
    /// Pages that somebody visits, or has visited.
    seen: Mutex<HashSet<u64>>,
    pub(crate) visited: AtomicU64,
    pub(crate) timed_out: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) bytes: AtomicU64,
}

impl Crawl {
    pub(crate) fn new(site: SocketAddr, patience: Duration) -> Crawl {
        Crawl {
            site,
            patience,
            seen: Mutex::default(),
            visited: AtomicU64::new(0),
            timed_out: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        }
    }

    /// Visits `first`, and whatever can be reached from there.
    pub(crate) fn run(&self, pool: &Pool, first: u64) {
        self.seen.lock().insert(first);
        pool.scope(|scope| drop(scope.submit(move || self.visit(scope, first))));
    }

    /// A full queue makes a task that submits wait, and lends its place to those in the queue meanwhile.
    fn visit<'scope>(&'scope self, scope: Scope<'scope, '_>, page: u64) {
        match with_timeout(self.patience, || fetch(self.site, page)) {
            Ok(body) => {
                let new: Vec<u64> = {
                    let mut seen = self.seen.lock();
                    links(&body).filter(|link| seen.insert(*link)).collect()
                };
                self.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
                self.visited.fetch_add(1, Ordering::Relaxed);
                for link in new {
                    drop(scope.submit(move || self.visit(scope, link)));
                }
            }
            Err(error) => self.count(&error),
        }
    }

    fn count(&self, error: &io::Error) {
        let counter = if is_timeout(error) { &self.timed_out } else { &self.failed };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Pages of which it is known what became of them.
    pub(crate) fn done(&self) -> u64 {
        [&self.visited, &self.timed_out, &self.failed].iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// Pages that are known.
    pub(crate) fn known(&self) -> u64 {
        self.seen.lock().len() as u64
    }
}
