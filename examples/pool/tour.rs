//! The crawl from its beginning to its end, and what is told of it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use gopark::chan::bounded;
use gopark::leak::Leak;
use gopark::pool::{Pool, Stats};
use gopark::{go, time};
use instruments::numbers::{duration, grouped, per_second};
use instruments::{Phase, Table};

use crate::crawl::Crawl;
use crate::site::Site;

/// What can be chosen.
pub(crate) struct Settings {
    pub(crate) pages: u64,
    pub(crate) workers: usize,
    pub(crate) queue: usize,
    /// For one page.
    pub(crate) patience: Duration,
}

/// When a task is told of while the crawl goes on: no page takes half as long.
const LONG: Duration = Duration::from_millis(300);

/// The whole program.
pub(crate) fn tour(settings: &Settings) -> io::Result<()> {
    let site = Site { pages: settings.pages, takes: Duration::from_millis(2), every_hangs: 100 };
    gopark::run(|| {
        let (address, server) = site.serve()?;
        let pool = Pool::builder()
            .name("visit")
            .workers(settings.workers)
            .queue(settings.queue)
            .on_leak(LONG, |leak: &Leak| {
                let site = leak.made_at().map_or_else(|| "?".to_owned(), |site| site.to_string());
                eprintln!("a task takes long, submitted at {site}");
            })
            .build();

        // Somebody forgets that nobody will ever send.
        let (kept, results) = bounded::<u64>(1);
        drop(pool.submit(move || results.recv()));

        let crawl = Arc::new(Crawl::new(address, settings.patience));
        let phase = Phase::begin("crawling", settings.pages);
        let watched = (crawl.clone(), pool.clone());
        let progress = go(move || {
            let (crawl, pool) = watched;
            while time::try_sleep(Duration::from_millis(50)).is_ok() {
                let stats = pool.stats();
                phase.at(crawl.done(), || {
                    format!("{} known, {} running, {} queued", crawl.known(), stats.running, stats.queued)
                });
            }
            phase
        });
        crawl.run(&pool, 0);
        progress.cancel();
        let phase = progress.join().expect("it does not panic");
        let took = phase.lasts();
        phase.end(format_args!("{} pages in {}", grouped(crawl.done()), duration(took)));

        // All pages are done, so who is still there was forgotten.
        pool.leaks(Duration::ZERO).iter().for_each(|leak| println!("\nforgotten:\n{leak}"));
        let stats = pool.stats();
        let closed = pool.close(Duration::from_millis(50));
        drop(kept);
        server.cancel();
        println!("{}", table(&crawl, &stats, per_second(crawl.done(), took)));
        println!("closed: {} cancelled while they ran, {} left", closed.stopped, closed.left.len());
        Ok(())
    })
}

fn table(crawl: &Crawl, stats: &Stats, rate: f64) -> Table {
    let read = |count: &AtomicU64| grouped(count.load(Ordering::Relaxed));
    let mut table = Table::new("The crawl");
    table.row("pages visited", read(&crawl.visited));
    table.row("gave up waiting for", read(&crawl.timed_out));
    table.row("failed", read(&crawl.failed));
    table.row("bytes", read(&crawl.bytes));
    table.row("pages a second", format!("{rate:.0}"));
    table.row("tasks submitted", grouped(stats.submitted));
    table.row("finished", grouped(stats.finished));
    table.row("panicked", grouped(stats.panicked));
    table.row("still running", grouped(stats.running as u64));
    table
}
