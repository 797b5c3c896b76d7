//! What a trace file must be like, whatever is in it: Chrome's trace event format, and what design.md promises besides.

use std::collections::HashMap;

use serde_json::Value;

/// A record, with its times in nanoseconds.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) name: String,
    pub(crate) cat: String,
    pub(crate) ph: String,
    pub(crate) begin: u64,
    pub(crate) end: u64,
    pub(crate) tid: u64,
    pub(crate) id: Option<String>,
    pub(crate) args: Value,
}

impl Record {
    pub(crate) fn arg(&self, name: &str) -> Option<&str> {
        self.args.get(name).and_then(Value::as_str)
    }

    pub(crate) fn coroutine(&self) -> u64 {
        self.args["coroutine"].as_u64().unwrap_or_else(|| panic!("no coroutine in {self:?}"))
    }

    pub(crate) fn count(&self) -> u64 {
        self.args["count"].as_u64().unwrap_or_else(|| panic!("no count in {self:?}"))
    }
}

/// All records of a file, which is as it must be.
///
/// # Panics
/// With what is wrong.
pub(crate) fn check(text: &str) -> Vec<Record> {
    let file: Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(file["displayTimeUnit"], "ns");
    assert!(file["otherData"]["events"].is_u64() && file["otherData"]["lostEvents"].is_u64(), "otherData");
    let records: Vec<Record> =
        file["traceEvents"].as_array().expect("traceEvents").iter().map(record).collect();
    assert!(records.is_sorted_by_key(|record| record.begin), "records are in the order of their times");
    let process = &file["traceEvents"][0]["pid"];
    assert!(file["traceEvents"].as_array().unwrap().iter().all(|record| record["pid"] == *process));
    tracks_have_names(&records);
    intervals_are_apart(&records);
    arrows_have_two_ends(&records);
    spans_are_nested(&records);
    records
}

fn record(record: &Value) -> Record {
    let text = |key: &str| {
        record[key].as_str().unwrap_or_else(|| panic!("{key} is no string in {record}")).to_owned()
    };
    let nanos = |key: &str| {
        let micros = record[key].as_f64().unwrap_or_else(|| panic!("{key} is no number in {record}"));
        assert!(micros >= 0.0, "{record}");
        (micros * 1e3).round() as u64
    };
    let ph = text("ph");
    assert!(record["pid"].is_u64() && record["tid"].is_u64(), "{record}");
    let begin = nanos("ts");
    let mut end = begin;
    match ph.as_str() {
        "X" => end += nanos("dur"),
        "i" => assert_eq!(record["s"], "t", "{record}"),
        "s" | "b" | "e" => assert!(record["id"].is_string(), "{record}"),
        "f" => assert!(record["id"].is_string() && record["bp"] == "e", "{record}"),
        "M" => {
            assert!(record["args"]["name"].is_string() || record["args"]["sort_index"].is_u64(), "{record}")
        }
        other => panic!("{other:?} is no kind that is used: {record}"),
    }
    let tid = record["tid"].as_u64().expect("looked at above");
    let id = record["id"].as_str().map(str::to_owned);
    Record { name: text("name"), cat: text("cat"), ph, begin, end, tid, id, args: record["args"].clone() }
}

fn tracks_have_names(records: &[Record]) {
    let of = |name: &str| records.iter().filter(|r| r.ph == "M" && r.name == name).collect::<Vec<_>>();
    assert_eq!(of("process_name").len(), 1);
    let mut named: Vec<u64> = of("thread_name").iter().map(|record| record.tid).collect();
    let count = named.len();
    named.sort_unstable();
    named.dedup();
    assert_eq!(named.len(), count, "a track has one name");
    for record in records.iter().filter(|record| record.ph != "M") {
        assert!(named.binary_search(&record.tid).is_ok(), "on a track without a name: {record:?}");
    }
}

/// Of each track, and the runs of each coroutine.
fn intervals_are_apart(records: &[Record]) {
    let mut by_track: HashMap<u64, &Record> = HashMap::new();
    let mut by_coroutine: HashMap<u64, &Record> = HashMap::new();
    let apart = |before: Option<&Record>, record: &Record| {
        if let Some(before) = before {
            assert!(before.end <= record.begin, "{before:?} reaches into {record:?}");
        }
    };
    for record in records.iter().filter(|record| record.ph == "X") {
        apart(by_track.insert(record.tid, record), record);
        if record.cat == "run" {
            assert!(record.arg("why").is_some(), "{record:?}");
            apart(by_coroutine.insert(record.coroutine(), record), record);
        }
    }
}

fn arrows_have_two_ends(records: &[Record]) {
    let mut by_track: HashMap<u64, Vec<&Record>> = HashMap::new();
    for record in records.iter().filter(|record| record.ph == "X") {
        by_track.entry(record.tid).or_default().push(record);
    }
    // What is there many times is looked up by halves.
    let around = |record: &Record| {
        let track = &by_track[&record.tid];
        let behind = track.partition_point(|interval| interval.begin <= record.begin);
        track[..behind].iter().rev().take(3).any(|interval| record.begin <= interval.end)
    };
    let mut begun: HashMap<&str, &Record> = HashMap::new();
    for record in records.iter().filter(|record| record.ph == "s" || record.ph == "f") {
        let id = record.id.as_deref().expect("looked at above");
        assert!(around(record), "hangs in the air: {record:?}");
        if record.ph == "s" {
            assert!(begun.insert(id, record).is_none(), "a second arrow with this number: {record:?}");
            continue;
        }
        let from = begun.remove(id).unwrap_or_else(|| panic!("an end without a begin: {record:?}"));
        let starts = |run: &Record| {
            run.cat == "run" && run.begin == record.begin && run.coroutine() == from.coroutine()
        };
        assert!(intervals_at(&by_track[&record.tid], record.begin).any(starts), "leads to no run: {from:?}");
    }
    assert!(begun.is_empty(), "begins without an end: {begun:?}");
}

fn intervals_at<'a>(track: &'a [&'a Record], at: u64) -> impl Iterator<Item = &'a Record> {
    let begin = track.partition_point(|interval| interval.begin < at);
    track[begin..].iter().copied().take_while(move |interval| interval.begin == at)
}

fn spans_are_nested(records: &[Record]) {
    let mut open: HashMap<&str, Vec<&str>> = HashMap::new();
    for record in records.iter().filter(|record| record.cat == "span") {
        let of = open.entry(record.id.as_deref().expect("looked at above")).or_default();
        match record.ph.as_str() {
            "b" => of.push(&record.name),
            _ => assert_eq!(of.pop(), Some(record.name.as_str()), "{record:?}"),
        }
    }
    assert!(open.values().all(Vec::is_empty), "{open:?}");
}
