//! A crawler with a bound: so many pages at a time, a deadline for each, and what leaks is told of.
//!
//! `cargo run --release --example pool` crawls a site of its own making on loopback: 2,000 pages, 32 at a time,
//! with a queue for 64, which is too short, so that visits wait for room and lend their places meanwhile. One page in a hundred
//! does not come; its visit ends by its deadline. One task is forgotten on purpose: it waits for a value that nobody sends, and
//! the pool tells of it, with the line; in the end `close` cancels it.
//!
//! | file | what is in it |
//! |---|---|
//! | `tour` | from the beginning to the end |
//! | `crawl` | the tasks |
//! | `fetch` | one page |
//! | `site` | the server |
#![forbid(unsafe_code)]

mod crawl;
mod fetch;
mod site;
mod tour;

use std::io;
use std::time::Duration;

use clap::Parser;

use tour::Settings;

/// Crawls a site on loopback.
#[derive(Parser)]
struct Options {
    /// How many pages the site has
    #[arg(long, default_value_t = 2_000)]
    pages: u64,
    /// How many pages are visited at a time
    #[arg(long, default_value_t = 32)]
    workers: usize,
    /// How many visits wait for their turn, before those who find more pages have to
    #[arg(long, default_value_t = 64)]
    queue: usize,
    /// How long a page may take, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 100)]
    patience: u64,
}

fn main() -> io::Result<()> {
    let Options { pages, workers, queue, patience } = Options::parse();
    tour::tour(&Settings { pages, workers, queue, patience: Duration::from_millis(patience) })
}
