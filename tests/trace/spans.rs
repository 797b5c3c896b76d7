//! What user code names.

use std::time::Duration;

use gopark::time::sleep;
use gopark::trace::{self, span};
use gopark::{go, yield_now};

use crate::traced::{Trace, alone, folder, in_folder, trace};
use crate::workers::runtime;

#[test]
fn they_survive_waits_and_belong_to_coroutines() {
    let trace = trace(|| {
        runtime(2).run(|| {
            let workers: Vec<_> = (0..10)
                .map(|_| {
                    go(|| {
                        let _request = span("request");
                        {
                            let _parse = span("parse");
                            yield_now();
                        }
                        let _answer = span("answer");
                        sleep(Duration::from_micros(50));
                    })
                })
                .collect();
            workers.into_iter().for_each(|worker| worker.join().unwrap());
        });
    });
    for name in ["request", "parse", "answer"] {
        assert_eq!((trace.named("b", name).count(), trace.named("e", name).count()), (10, 10));
    }
    let mut whose: Vec<_> = trace.named("b", "request").map(|span| span.id.clone().unwrap()).collect();
    whose.sort_unstable();
    whose.dedup();
    assert_eq!(whose.len(), 10);
}

#[test]
fn of_plain_threads() {
    let trace = trace(|| drop(span("on a thread")));
    let begin = trace.named("b", "on a thread").next().unwrap();
    assert_eq!(trace.track(begin.tid), "other threads");
    assert!(begin.arg("by").unwrap().starts_with("thread "));
}

#[test]
fn those_that_the_trace_cuts() {
    let _turn = alone();
    let folder = folder();
    trace::flight_recorder(Duration::from_secs(3600)).unwrap();
    let before = span("before");
    trace::start(in_folder(&folder)).unwrap();
    // Those of one thread end in turn.
    let after = std::thread::spawn(|| span("after")).join().unwrap();
    drop(before);
    let trace = Trace::of(trace::stop().unwrap());
    drop(after);
    trace::flight_recorder(Duration::ZERO).unwrap();
    let ends = |name: &'static str, ph: &'static str| trace.named(ph, name).next().unwrap().begin;
    assert_eq!(ends("before", "b"), 0);
    assert!(ends("before", "e") <= ends("after", "e"));
    assert_eq!(ends("after", "e"), u64::try_from(trace.summary.duration.as_nanos()).unwrap());
}

#[test]
fn nothing_is_recorded_unless_asked_for() {
    let _turn = alone();
    drop(span("unseen"));
    let folder = folder();
    let _begun_before = span("begun before");
    trace::start(in_folder(&folder)).unwrap();
    let trace = Trace::of(trace::stop().unwrap());
    assert_eq!(trace.summary.events, 0);
    assert!(trace.records.iter().all(|record| record.ph == "M"));
}
