//! Workers that are stuck: for how long, and how many others there are meanwhile.

use crate::eventually::eventually;
use crate::policy::builder;
use crate::watchdog::bounded;
use gopark::go;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// The second time that a stall is told.
const LONG: Duration = Duration::from_millis(100);

#[test]
fn a_stall_is_recorded_once_with_its_length() {
    bounded(|| {
        let (tell, told) = channel();
        let runtime = builder()
            .workers(1)
            .max_machines(1)
            .on_stall(move |stall| tell.send(stall.duration).unwrap_or_default())
            .build()
            .expect("a runtime");
        let begun = Instant::now();
        let told = runtime.run(move || {
            // std's channel: the worker is stuck until it was told of it for the second time.
            told.iter().find(|&duration| duration >= LONG).expect("it is told")
        });
        eventually("the monitor has seen the end", || runtime.metrics().stall_ns.max().is_some());
        let lengths = runtime.metrics().stall_ns;
        let at_most = begun.elapsed();
        let (told, at_most) = (told.as_nanos() as u64, at_most.as_nanos() as u64);
        let long: u64 = lengths.buckets().filter(|&(upper, _)| upper >= told).map(|(_, count)| count).sum();
        assert_eq!(long, 1, "{lengths:?}");
        assert!((told..=at_most).contains(&lengths.max().expect("one")), "{lengths:?}, told {told}");
        eventually("each stall has ended", || {
            let metrics = runtime.metrics();
            metrics.stalls == metrics.stall_ns.count()
        });
    });
}

#[test]
fn somebody_is_on_duty_for_one_who_is_stuck() {
    bounded(|| {
        let runtime = builder().workers(1).max_machines(2).build().expect("a runtime");
        let metrics = runtime.metrics();
        assert_eq!((metrics.machines_on_duty, metrics.machines_relieved, metrics.machines_spare), (1, 0, 0));
        let meanwhile = runtime.run(|| {
            let (tell, told) = channel();
            go(move || drop(tell.send(gopark::metrics())));
            told.recv().expect("another worker runs it")
        });
        assert_eq!((meanwhile.machines_on_duty, meanwhile.machines_relieved), (1, 1), "{meanwhile:?}");
        assert_eq!(meanwhile.running, 2);
        eventually("the first one is on duty again", || {
            let metrics = runtime.metrics();
            (metrics.machines_on_duty, metrics.machines_relieved) == (1, 0)
        });
    });
}
