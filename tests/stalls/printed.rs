//! Without a hook, long stalls are printed. In a process of its own, whose stderr can be read.

use crate::child::in_child;
use crate::eventually::eventually;
use crate::workers::runtime;
use gopark::coroutine;
use gopark::runtime::Runtime;
use std::fs;
use std::thread;
use std::time::Duration;

/// The line in which a hog sleeps.
const SLEEPS: u32 = line!() + 5;

fn hog(on: &Runtime, name: &str, millis: u64) -> coroutine::JoinHandle<()> {
    let _entered = on.enter();
    let builder = coroutine::Builder::new().name(name);
    builder.spawn(move || thread::sleep(Duration::from_millis(millis))).expect("a coroutine")
}

/// Whether a thread is at it.
fn is_printing() -> bool {
    let threads = fs::read_dir("/proc/self/task").expect("proc");
    let names = threads.filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("comm")).ok());
    names.into_iter().any(|name| name.trim_end() == "gopark-stall")
}

#[test]
fn a_stall_of_a_second_is_printed_where_no_hook_is() {
    let ended = in_child(a_stall_of_a_second_is_printed_where_no_hook_is, &[], || {
        let silent = runtime(2);
        let hooked = crate::policy::builder().workers(1).on_stall(|_| ()).build().expect("a runtime");
        let hogs =
            [hog(&silent, "for long", 1500), hog(&silent, "for a moment", 50), hog(&hooked, "told", 1500)];
        hogs.into_iter().for_each(|hog| hog.join().expect("no panic"));
        eventually("the stack is printed", || !is_printing());
    });
    assert!(ended.status.success(), "{}\n{}", ended.status, ended.stderr);
    let lines: Vec<_> = ended.stderr.lines().filter(|line| line.starts_with("gopark: ")).collect();
    assert_eq!(lines.len(), 1, "{}", ended.stderr);
    for part in ["'for long'", "printed.rs:", "has had worker thread", "asleep in"] {
        assert!(lines[0].contains(part), "{part} is not in: {}", lines[0]);
    }
    let stands_at = format!("{}:{SLEEPS}", file!());
    assert!(ended.stderr.contains(&stands_at), "{stands_at} is not in: {}", ended.stderr);
    println!("{}", ended.stderr);
}
