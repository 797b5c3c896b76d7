//! A process that was stopped for a while: its monitor comes late, and tells what it has missed once.

use crate::child::in_child;
use crate::hogs::{Hog, How};
use crate::reports::watched;
use std::process::{Command, id};
use std::thread;
use std::time::Duration;

#[test]
fn what_was_missed_is_told_once() {
    let ended = in_child(what_was_missed_is_told_once, &[], || {
        let (runtime, reports) = watched(crate::policy::builder().workers(1));
        let entered = runtime.enter();
        let hog = Hog::start(How::Blocking, "hog", || ());
        drop(entered);
        reports.next_of("hog");
        let stop = format!("kill -STOP {0}; sleep 1.5; kill -CONT {0}", id());
        let mut stopped = Command::new("sh").args(["-c", &stop]).spawn().expect("a shell");
        let mut late = vec![reports.next_of("hog")];
        while late[0].duration < Duration::from_secs(1) {
            late = vec![reports.next_of("hog")];
        }
        stopped.wait().expect("it ends");
        // Thirty looks of the monitor, and none of them is due before 10 s.
        thread::sleep(Duration::from_millis(300));
        hog.let_go();
        late.extend(reports.rest().into_iter().filter(|stall| stall.coroutine.name() == Some("hog")));
        let durations: Vec<_> = late.iter().map(|stall| stall.duration).collect();
        assert_eq!(durations.len(), 1, "{durations:?}");
    });
    ended.succeeded();
}
