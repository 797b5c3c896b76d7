//! What becomes of events that do not fit together, as they do not where some were lost or the trace begins or ends.

use std::collections::HashMap;

use serde_json::Value;

use super::write;
use crate::trace::event::{Event, MachineName, Site, Why};
use crate::trace::recorder::{Moment, Recorded};
use crate::trace::statics::Statics;
use crate::trace::store::Haul;

/// Of which machine, how many are lost before it, and its events.
type TestChunk<'a> = (u64, u64, &'a [(u64, Event)]);

const BEGIN: u64 = 1_000_000;

fn run_begin(id: u64) -> Event {
    Event::RunBegin { id, site: Site::of(None) }
}

fn run_end(id: u64, why: Why) -> Event {
    Event::RunEnd { id, why }
}

/// The records of a file of these chunks; times are nanoseconds since the begin.
fn records(chunks: &[TestChunk<'_>], end: u64) -> Vec<Value> {
    let chunks = chunks.iter().map(|(number, lost, events)| {
        let events: Vec<_> = events.iter().map(|(time, event)| event.to_words(BEGIN + time)).collect();
        let machine = Some(MachineName { runtime: 1, number: *number });
        Haul { machine, lost: *lost, events: &events }.kept()
    });
    let recorded = Recorded {
        chunks: chunks.collect(),
        statics: Statics::default(),
        names: HashMap::new(),
        begin: Moment { time: BEGIN, ..Moment::now() },
        end: BEGIN + end,
    };
    let mut bytes = Vec::new();
    write(recorded, &std::env::temp_dir(), &mut bytes).unwrap();
    let file: Value = serde_json::from_slice(&bytes).unwrap();
    file["traceEvents"].as_array().unwrap().iter().filter(|record| record["ph"] != "M").cloned().collect()
}

/// Name, begin, end in nanoseconds, and why it ended, of all intervals.
fn intervals(records: &[Value]) -> Vec<(String, u64, u64, String)> {
    let nanos = |value: &Value| (value.as_f64().unwrap() * 1e3).round() as u64;
    let of = |record: &Value| {
        let (begin, length) = (nanos(&record["ts"]), nanos(&record["dur"]));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&record["name"]), begin, begin + length, text(&record["args"]["why"]))
    };
    records.iter().filter(|record| record["ph"] == "X").map(of).collect()
}

fn interval(name: &str, begin: u64, end: u64, why: &str) -> (String, u64, u64, String) {
    (name.to_owned(), begin, end, why.to_owned())
}

#[test]
fn what_began_before_and_what_has_not_ended() {
    let records = records(
        &[
            (0, 0, &[(10, run_end(1, Why::Park)), (20, run_begin(2))]),
            (1, 0, &[(30, Event::PollEnd { events: 1 }), (40, Event::PollBegin { sleeps: true })]),
        ],
        100,
    );
    let expected = [
        interval("coroutine 1", 0, 10, "park"),
        interval("sleep", 0, 30, ""),
        interval("coroutine 2", 20, 100, "the trace ends"),
        interval("sleep", 40, 100, "the trace ends"),
    ];
    assert_eq!(intervals(&records), expected);
}

#[test]
fn around_a_gap() {
    let records = records(
        &[
            (0, 0, &[(10, run_begin(1)), (20, Event::Wake { id: 5, inbox: false })]),
            (0, 7, &[(50, run_end(3, Why::Yield)), (60, run_begin(5)), (70, run_end(5, Why::Park))]),
        ],
        100,
    );
    let expected = [
        interval("coroutine 1", 10, 20, "events lost"),
        interval("coroutine 3", 50, 50, "yield"),
        interval("coroutine 5", 60, 70, "park"),
    ];
    assert_eq!(intervals(&records), expected);
    let lost = records.iter().find(|record| record["name"] == "events lost").unwrap();
    assert_eq!(lost["args"]["count"], 7);
    assert_eq!(records.iter().filter(|record| record["ph"] == "s").count(), 1);
}

#[test]
fn two_begins_in_a_row() {
    let records =
        records(&[(0, 0, &[(10, run_begin(1)), (30, run_begin(2)), (40, run_end(1, Why::Park))])], 50);
    let ends: Vec<_> =
        intervals(&records).into_iter().map(|(.., begin, end, why)| (begin, end, why)).collect();
    assert_eq!(ends[0], (10, 30, "events lost".to_owned()));
    assert_eq!(ends[1], (30, 40, "events lost".to_owned()));
    assert_eq!(ends[2], (40, 40, "park".to_owned()));
}

#[test]
fn a_cause_at_the_same_nanosecond_goes_first() {
    let wake = Event::Wake { id: 9, inbox: true };
    let records = records(
        &[
            (0, 0, &[(10, run_begin(9)), (20, run_end(9, Why::Park))]),
            (1, 0, &[(5, run_begin(1)), (10, wake), (15, run_end(1, Why::Yield))]),
        ],
        50,
    );
    let arrow = |ph: &str| records.iter().find(|record| record["ph"] == ph).unwrap();
    assert_eq!((arrow("s")["tid"].as_u64(), arrow("f")["tid"].as_u64()), (Some(2), Some(1)));
    assert_eq!(arrow("s")["args"]["by"], "coroutine 1");
}

#[test]
fn a_wake_up_without_a_run() {
    let records = records(&[(0, 0, &[(10, Event::Wake { id: 9, inbox: true })])], 50);
    assert!(records.iter().all(|record| record["ph"] != "s"));
    assert!(records.iter().any(|record| record["name"] == "has not run since"));
}
