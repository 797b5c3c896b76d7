//! Without a hook, long stalls are printed. In a process of its own, whose stderr can be read.

use crate::child::in_child;
use crate::workers::runtime;
use gopark::coroutine;
use gopark::runtime::Runtime;
use std::thread;
use std::time::Duration;

fn hog(on: &Runtime, name: &str, millis: u64) -> coroutine::JoinHandle<()> {
    let _entered = on.enter();
    let builder = coroutine::Builder::new().name(name);
    builder.spawn(move || thread::sleep(Duration::from_millis(millis))).expect("a coroutine")
}

#[test]
fn a_stall_of_a_second_is_printed_where_no_hook_is() {
    let ended = in_child(a_stall_of_a_second_is_printed_where_no_hook_is, &[], || {
        let silent = runtime(2);
        let hooked = crate::policy::builder().workers(1).on_stall(|_| ()).build().expect("a runtime");
        let hogs =
            [hog(&silent, "for long", 1500), hog(&silent, "for a moment", 50), hog(&hooked, "told", 1500)];
        hogs.into_iter().for_each(|hog| hog.join().expect("no panic"));
    });
    assert!(ended.status.success(), "{}\n{}", ended.status, ended.stderr);
    let lines: Vec<_> = ended.stderr.lines().filter(|line| line.starts_with("gopark: ")).collect();
    assert_eq!(lines.len(), 1, "{}", ended.stderr);
    for part in ["'for long'", "printed.rs:", "has had worker thread", "asleep in"] {
        assert!(lines[0].contains(part), "{part} is not in: {}", lines[0]);
    }
    println!("{}", lines[0]);
}
