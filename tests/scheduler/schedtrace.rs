//! `GOPARK_SCHEDTRACE`: a line about the scheduler now and then.

use std::time::Duration;

use gopark::{go, time::sleep};

use crate::child::in_child;

/// The numbers of a field, which may be a list.
fn field(line: &str, name: &str) -> Vec<usize> {
    let (_, rest) = line.split_once(&format!(" {name}")).unwrap_or_else(|| panic!("no {name} in {line}"));
    let rest = rest.trim_start_matches('[');
    let end = rest.find([']', ' ']).filter(|_| !name.ends_with("homed=")).or_else(|| rest.find(']'));
    let list = &rest[..end.unwrap_or(rest.len())];
    list.split(' ').map(|number| number.parse().unwrap_or_else(|_| panic!("{number:?} in {line}"))).collect()
}

#[test]
fn a_line_now_and_then() {
    let environment = [("GOPARK_SCHEDTRACE", "20"), ("GOPARK_WORKERS", "2")];
    let ended = in_child(a_line_now_and_then, &environment, || {
        gopark::run(|| {
            let sleepers: Vec<_> = (0..100).map(|_| go(|| sleep(Duration::from_millis(400)))).collect();
            sleepers.into_iter().for_each(|sleeper| sleeper.join().unwrap());
        });
    });
    assert!(ended.status.success(), "{}", ended.stderr);
    let lines: Vec<_> = ended.stderr.lines().filter(|line| line.starts_with("SCHED ")).collect();
    assert!(lines.len() >= 3, "{}", ended.stderr);
    // Those that have begun may not be asleep yet.
    let asleep = lines.iter().find(|line| field(line, "waiting=") == [101]).expect("all are asleep");
    assert_eq!(field(asleep, "started="), [101]);
    assert_eq!(field(asleep, "workers="), [2]);
    assert_eq!(field(asleep, "machines="), [2]);
    assert_eq!(field(asleep, "live="), [101]);
    assert_eq!(field(asleep, "timers="), [100]);
    assert_eq!(field(asleep, "ready="), [0]);
    assert_eq!((field(asleep, "spare="), field(asleep, "stuck=")), (vec![0], vec![0]));
    assert_eq!(field(asleep, "global="), [0]);
    assert_eq!(field(asleep, "homed=").iter().sum::<usize>(), 101);
    let times: Vec<u64> = lines
        .iter()
        .map(|line| line.strip_prefix("SCHED ").unwrap().split_once("ms:").unwrap().0.parse().unwrap())
        .collect();
    assert!(times.is_sorted());
}

#[test]
fn the_first_line_comes_at_once() {
    let ended = in_child(the_first_line_comes_at_once, &[("GOPARK_SCHEDTRACE", "3600000")], || {
        gopark::run(|| ());
    });
    assert!(ended.status.success());
    let lines: Vec<_> = ended.stderr.lines().collect();
    assert!(lines.len() == 1 && lines[0].starts_with("SCHED "), "{}", ended.stderr);
}

#[test]
fn none_unless_asked_for() {
    let ended = in_child(none_unless_asked_for, &[("GOPARK_SCHEDTRACE", "0")], || {
        gopark::run(|| sleep(Duration::from_millis(50)));
    });
    assert!(ended.status.success());
    assert_eq!(ended.stderr, "");
}

#[test]
fn what_is_no_number_is_refused() {
    let ended = in_child(what_is_no_number_is_refused, &[("GOPARK_SCHEDTRACE", "often")], || {
        let refused = gopark::Runtime::builder().build().map(drop).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
        assert_eq!(refused.to_string(), "GOPARK_SCHEDTRACE=often is not a number");
    });
    assert!(ended.status.success(), "{}", ended.stderr);
}
