//! `start`, `stop`, `snapshot` and `flight_recorder`: in which order they may come, and what they say otherwise.

use std::fs;
use std::io::ErrorKind;
use std::time::Duration;

use gopark::{go, trace, yield_now};

use crate::traced::{Trace, alone, folder, in_folder};
use crate::workers::runtime;

#[test]
fn a_second_start_is_refused() {
    let _turn = alone();
    let folder = folder();
    let path = in_folder(&folder);
    trace::start(&path).unwrap();
    let refused = trace::start(folder.path().join("other.json")).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ResourceBusy);
    assert!(refused.to_string().ends_with(&format!("already, into {}", path.display())), "{refused}");
    assert_eq!(trace::stop().unwrap().path, path);
    assert_eq!(trace::stop().unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn what_cannot_be_written_is_refused_at_once() {
    let _turn = alone();
    let folder = folder();
    let missing = folder.path().join("missing/trace.json");
    let refused = trace::start(&missing).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
    assert!(refused.to_string().starts_with(&format!("cannot write a trace to {}: ", missing.display())));
    assert_eq!(trace::start(folder.path()).unwrap_err().kind(), ErrorKind::IsADirectory);
    assert_eq!(trace::stop().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(trace::snapshot(in_folder(&folder)).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left lying about");
}

#[test]
fn a_file_is_replaced_when_the_new_one_is_whole() {
    let _turn = alone();
    let folder = folder();
    let path = in_folder(&folder);
    fs::write(&path, "old").unwrap();
    trace::start(&path).unwrap();
    runtime(1).run(yield_now);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    let trace = Trace::of(trace::stop().unwrap());
    assert_eq!(trace.runs_that("yield"), 1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn snapshots_while_it_is_recorded() {
    let _turn = alone();
    let folder = folder();
    trace::start(in_folder(&folder)).unwrap();
    let snapshot = folder.path().join("snapshot.json");
    let runtime = runtime(2);
    // From a coroutine, which is in the middle of a run.
    let so_far = runtime.run(|| {
        go(yield_now).join().unwrap();
        trace::snapshot(&snapshot).unwrap()
    });
    let so_far = Trace::of(so_far);
    assert!(so_far.runs_that("finished") >= 1);
    drop(runtime);
    let whole = Trace::of(trace::stop().unwrap());
    assert!(whole.summary.events > so_far.summary.events);
    assert_eq!(whole.runs_that("finished"), 2);
}

#[test]
fn the_flight_recorder_keeps_the_last_while() {
    let _turn = alone();
    let folder = folder();
    trace::flight_recorder(Duration::from_secs(3600)).unwrap();
    runtime(1).run(yield_now);
    let first = Trace::of(trace::snapshot(in_folder(&folder)).unwrap());
    assert_eq!(first.runs_that("yield"), 1);
    // A file besides, which has only what is new.
    trace::start(folder.path().join("besides.json")).unwrap();
    runtime(1).run(yield_now);
    assert_eq!(Trace::of(trace::stop().unwrap()).runs_that("yield"), 1);
    let both = Trace::of(trace::snapshot(in_folder(&folder)).unwrap());
    assert_eq!(both.runs_that("yield"), 2);
    // And a window that is too narrow for either.
    trace::flight_recorder(Duration::from_nanos(1)).unwrap();
    let last = Trace::of(trace::snapshot(in_folder(&folder)).unwrap());
    assert_eq!(last.runs_that("yield"), 0);
    trace::flight_recorder(Duration::ZERO).unwrap();
    assert_eq!(trace::snapshot(in_folder(&folder)).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn runs_that_the_trace_cuts() {
    let _turn = alone();
    let folder = folder();
    let runtime = runtime(1);
    runtime.run(|| {
        // In the middle of a run it begins, and in the middle of one it ends.
        gopark::coroutine::no_park(|| trace::start(in_folder(&folder))).unwrap();
        yield_now();
        let cut = Trace::of(gopark::coroutine::no_park(trace::stop).unwrap());
        let runs: Vec<_> = cut.runs().map(|run| (run.begin, run.arg("why").unwrap())).collect();
        assert_eq!(runs.len(), 2, "{runs:?}");
        assert_eq!(runs[0], (0, "yield"));
        assert_eq!(runs[1].1, "the trace ends");
    });
}

#[test]
fn more_than_rings_can_hold() {
    let _turn = alone();
    let folder = folder();
    trace::start(in_folder(&folder)).unwrap();
    let yields = 40_000;
    runtime(1).run(|| {
        let other = go(move || (0..yields).for_each(|_| yield_now()));
        (0..yields).for_each(|_| yield_now());
        other.join().unwrap();
    });
    let trace = Trace::of(trace::stop().unwrap());
    // Two events each, there or told to be missing.
    let events = trace.summary.events + trace.summary.lost;
    assert!(events >= 4 * yields, "{:?}", trace.summary);
    let told: u64 = trace.named("i", "events lost").map(|lost| lost.count()).sum();
    assert_eq!(told, trace.summary.lost);
}
