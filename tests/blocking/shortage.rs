//! Where the system has no more threads to give. Each test is a process of its own, whose limits it lowers.

use crate::child::in_child;
use crate::eventually::eventually;
use crate::gate::Gate;
use crate::helper_threads::helper_threads;
use crate::workers::runtime;
use gopark::{blocking, go};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

/// From now on there is no room for the stack of another thread.
fn forbid_threads() {
    let status = fs::read_to_string("/proc/self/status").expect("what the process has");
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")).expect("its address space");
    let kibibytes: u64 = size.trim().trim_end_matches(" kB").parse().expect("a number");
    // A little for the heap. A thread's stack has 2 MiB.
    let most = (kibibytes + 512) * 1024;
    let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
    // SAFETY: the argument is a valid rlimit; allocations that fail for it abort the child, and no more.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) }, 0);
    assert!(thread::Builder::new().spawn(|| ()).is_err(), "there is room for another thread");
}

#[test]
fn without_any_helper_thread_a_call_runs_in_place() {
    in_child(without_any_helper_thread_a_call_runs_in_place, &[], || {
        runtime(1).run(|| {
            forbid_threads();
            let mut ran_on = Vec::new();
            for i in 0..3 {
                assert_eq!(blocking(|| (ran_on.push(thread::current().id()), i).1), i);
            }
            assert_eq!(ran_on, [thread::current().id(); 3]);
            assert!(gopark::coroutine::current().is_some());
            let payload = catch_unwind(AssertUnwindSafe(|| blocking(|| std::panic::panic_any(7))));
            assert_eq!(payload.expect_err("it panics").downcast_ref(), Some(&7));
            assert_eq!(helper_threads(), 0);
        });
    })
    .succeeded();
}

#[test]
fn with_one_helper_thread_calls_wait_for_it() {
    in_child(with_one_helper_thread_calls_wait_for_it, &[], || {
        runtime(1).run(|| {
            let only = blocking(|| thread::current().id());
            let gate = Gate::default();
            let held = gate.clone();
            let first = go(move || {
                blocking(|| {
                    held.pass();
                    thread::current().id()
                })
            });
            eventually("the first call blocks", || gate.inside() == 1);
            assert_eq!(helper_threads(), 1);
            forbid_threads();
            let others: Vec<_> = (0..10).map(|_| go(|| blocking(|| thread::current().id()))).collect();
            eventually("the others have handed over", || gopark::metrics().machines[0].parks >= 11);
            assert!(others.iter().all(|call| !call.is_finished()));
            gate.open();
            for call in others.into_iter().chain([first]) {
                assert_eq!(call.join().expect("no panic"), only);
            }
        });
    })
    .succeeded();
}
