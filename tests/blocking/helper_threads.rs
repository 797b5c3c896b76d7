//! How many helper threads there are, and where they run. Each test is a process of its own, whose threads it counts.

use crate::child::in_child;
use crate::eventually::eventually;
use crate::gate::Gate;
use crate::workers::runtime;
use gopark::{blocking, go, yield_now};
use std::collections::HashSet;
use std::fs;
use std::thread;

/// Documented, and not to be exceeded.
const MOST: usize = 512;

/// The helper threads that the kernel knows of.
pub(crate) fn helper_threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").expect("the threads of this process");
    // A thread may end between the two looks.
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name == "gopark-blocking\n").count()
}

#[test]
fn there_is_none_before_the_first_call() {
    in_child(there_is_none_before_the_first_call, &[], || {
        let runtime = runtime(2);
        blocking(|| ());
        runtime.run(|| go(yield_now).join().expect("no panic"));
        assert_eq!(helper_threads(), 0);
        assert_eq!(runtime.run(|| blocking(helper_threads)), 1);
    })
    .succeeded();
}

#[test]
fn calls_one_after_the_other_use_the_same_thread() {
    in_child(calls_one_after_the_other_use_the_same_thread, &[], || {
        runtime(2).run(|| {
            let threads: HashSet<_> = (0..2000).map(|_| blocking(|| thread::current().id())).collect();
            assert_eq!((threads.len(), helper_threads()), (1, 1));
        });
    })
    .succeeded();
}

#[test]
fn there_are_512_at_most_and_further_calls_wait_in_line() {
    const CALLS: usize = MOST + 200;
    in_child(there_are_512_at_most_and_further_calls_wait_in_line, &[], || {
        runtime(2).run(|| {
            let gate = Gate::default();
            let calls: Vec<_> = (0..CALLS)
                .map(|i| {
                    let gate = gate.clone();
                    go(move || {
                        blocking(move || {
                            gate.pass();
                            i
                        })
                    })
                })
                .collect();
            eventually("there is a thread for as many calls", || gate.inside() == MOST);
            // All callers wait, those in line too.
            eventually("all calls are handed over", || {
                gopark::metrics().machines.iter().map(|machine| machine.parks).sum::<u64>() >= CALLS as u64
            });
            assert_eq!((gate.inside(), helper_threads()), (MOST, MOST));
            gate.open();
            let ended: Vec<_> = calls.into_iter().map(|call| call.join().expect("no panic")).collect();
            assert_eq!(ended, (0..CALLS).collect::<Vec<_>>());
            assert_eq!(gate.most(), MOST);
            assert!(helper_threads() <= MOST);
        });
    })
    .succeeded();
}

/// They are made by workers, each of which is bound to one CPU.
#[test]
fn those_of_pinned_workers_are_not_pinned() {
    in_child(those_of_pinned_workers_are_not_pinned, &[], || {
        let all = cpus();
        let runtime = crate::policy::builder().workers(2).pin(true).build().expect("a runtime");
        let (worker, helper) = runtime.run(|| (cpus(), blocking(cpus)));
        assert_eq!(worker.len(), 1);
        assert_eq!(helper, all);
    })
    .succeeded();
}

/// On which CPUs the calling thread may run.
fn cpus() -> Vec<usize> {
    // SAFETY: a set of CPUs is plain bits, and the call writes no more than its size.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        assert_eq!(libc::sched_getaffinity(0, size_of_val(&set), &mut set), 0);
        (0..libc::CPU_SETSIZE as usize).filter(|&cpu| libc::CPU_ISSET(cpu, &set)).collect()
    }
}
