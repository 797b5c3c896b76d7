//! The example `pool` visits every page that comes, gives those up that do not, and tells of the task that was forgotten,
//! with its line.

#[path = "../../tests/process/child.rs"]
mod child;
#[path = "../pool/crawl.rs"]
mod crawl;
#[path = "../pool/fetch.rs"]
mod fetch;
#[path = "../pool/site.rs"]
mod site;
#[path = "../pool/tour.rs"]
mod tour;

use std::time::Duration;

use child::in_child;
use tour::Settings;

const SOURCE: &str = include_str!("../pool/tour.rs");

/// The line of `code`.
fn line_of(code: &str) -> usize {
    1 + SOURCE.lines().position(|line| line.contains(code)).expect("it is there")
}

#[test]
fn it_crawls_the_site_and_tells_of_the_forgotten_task() {
    // 300 pages: the 100th, the 200th and the 300th hang; what can be reached through them alone is never found.
    let settings = Settings { pages: 300, workers: 8, queue: 4, patience: Duration::from_secs(2) };
    let ended = in_child(it_crawls_the_site_and_tells_of_the_forgotten_task, &[], move || {
        tour::tour(&settings).unwrap();
    });
    let said = ended.stdout.clone();
    ended.succeeded();
    let hangs = |page: u64| page % 100 == 99;
    let is_found = |page: u64| {
        let mut page = page;
        while page > 0 {
            page = (page - 1) / 3;
            if hangs(page) {
                return false;
            }
        }
        true
    };
    let found = (0..300).filter(|page| is_found(*page));
    let (lost, visited): (Vec<u64>, Vec<u64>) = found.partition(|page| hangs(*page));
    let row = |name: &str, value: usize| {
        let line = said.lines().find(|line| line.trim_start().starts_with(name));
        let line = line.unwrap_or_else(|| panic!("no {name:?} in\n{said}"));
        assert_eq!(line.rsplit(' ').next(), Some(value.to_string().as_str()), "{line}");
    };
    row("pages visited", visited.len());
    row("gave up waiting for", lost.len());
    row("failed", 0);
    row("still running", 1);
    let site = format!("pool/tour.rs:{}:", line_of("pool.submit(move || results.recv())"));
    assert!(said.contains("to receive from channel") && said.contains(&site), "{site} in\n{said}");
    assert!(said.contains("closed: 1 cancelled while they ran, 0 left"), "{said}");
}
