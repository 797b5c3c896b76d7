//! A test in a process of its own, where all that is open can be counted: what was opened has to come back.

use gopark::Runtime;

use crate::child::in_child;
use crate::eventually::eventually;
use crate::loopback::descriptors;
use crate::workers::runtime;

/// Runs `body` in a child process, with a runtime of one worker and then with one of two. `body` stands on a plain
/// thread and plays the peer; coroutines of the runtime play the server. `test` is the test that calls this.
///
/// Afterwards no coroutine is left, none has panicked, and as many descriptors are open as before.
pub(crate) fn survives(test: impl Fn(), body: impl Fn(&Runtime)) {
    in_child(test, &[], || {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            leaves_nothing(&runtime, || body(&runtime));
        }
    })
    .succeeded();
}

/// Runs `body` on `runtime`, and sees to it that nothing stays behind.
pub(crate) fn leaves_nothing(runtime: &Runtime, body: impl FnOnce()) {
    let before = descriptors();
    body();
    eventually("all coroutines have ended", || runtime.metrics().live == 0);
    eventually("every descriptor is returned", || descriptors() == before);
    assert_eq!(runtime.metrics().panicked, 0);
}

/// Waits that have begun in `runtime`.
pub(crate) fn waits(runtime: &Runtime) -> u64 {
    runtime.metrics().machines.iter().map(|machine| machine.parks).sum()
}

/// Runs `start`, which starts so many coroutines in `runtime`, and returns when they wait. They must not have a timeout
/// that could pass before they do.
#[track_caller]
pub(crate) fn until_they_wait<R>(runtime: &Runtime, count: usize, start: impl FnOnce() -> R) -> R {
    let before = waits(runtime);
    let started = start();
    eventually("all of them wait", || waits(runtime) >= before + count as u64);
    started
}
