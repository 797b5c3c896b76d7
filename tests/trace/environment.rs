//! `GOPARK_TRACE` and `GOPARK_FLIGHT`.

use std::io::ErrorKind;

use gopark::{Runtime, trace, yield_now};

use crate::child::in_child;
use crate::schema;
use crate::traced::{Trace, folder, in_folder};

#[test]
fn from_the_first_runtime_to_the_last() {
    let folder = folder();
    let path = in_folder(&folder);
    let environment = [("GOPARK_TRACE", path.to_str().unwrap()), ("GOPARK_WORKERS", "2")];
    let ended = in_child(from_the_first_runtime_to_the_last, &environment, || {
        let outer = Runtime::builder().build().unwrap();
        gopark::run(yield_now);
        outer.run(yield_now);
        drop(outer);
        // It is finished by now; this one is not in it.
        gopark::run(yield_now);
    });
    assert_eq!(ended.stderr, "");
    ended.succeeded();
    let records = schema::check(&std::fs::read_to_string(&path).unwrap());
    let yields = records.iter().filter(|record| record.cat == "run" && record.arg("why") == Some("yield"));
    assert_eq!(yields.count(), 2);
}

#[test]
fn a_file_that_cannot_be_is_refused() {
    let environment = [("GOPARK_TRACE", "/nowhere/at/all/trace.json")];
    let ended = in_child(a_file_that_cannot_be_is_refused, &environment, || {
        let refused = Runtime::builder().build().map(drop).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotFound);
        let text = refused.to_string();
        assert!(text.starts_with("GOPARK_TRACE=/nowhere/at/all/trace.json: cannot write"), "{text}");
    });
    ended.succeeded();
}

#[test]
fn the_flight_recorder_is_on() {
    let ended = in_child(the_flight_recorder_is_on, &[("GOPARK_FLIGHT", "60")], || {
        let folder = folder();
        gopark::run(yield_now);
        let trace = Trace::of(trace::snapshot(in_folder(&folder)).unwrap());
        assert_eq!(trace.runs_that("yield"), 1);
    });
    ended.succeeded();
}

#[test]
fn what_is_no_number_of_seconds_is_refused() {
    let environment = [("GOPARK_FLIGHT", "long")];
    let ended = in_child(what_is_no_number_of_seconds_is_refused, &environment, || {
        let refused = Runtime::builder().build().map(drop).unwrap_err();
        assert_eq!(refused.to_string(), "GOPARK_FLIGHT=long is not a number");
    });
    ended.succeeded();
}
