//! What a runtime tells of its stalls.

use gopark::runtime::{Builder, Runtime, Stall};
use std::fs;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A thousand times the time until a stall is told.
const AT_MOST: Duration = Duration::from_secs(20);

/// The stalls of one runtime.
pub(crate) struct Reports(Receiver<Stall>);

/// A runtime and its stalls.
pub(crate) fn watched(builder: Builder) -> (Runtime, Reports) {
    let (tell, told) = channel();
    let builder = builder.on_stall(move |stall| {
        // The last ones come when the test has seen enough.
        drop(tell.send(stall.clone()));
    });
    (builder.build().expect("a runtime"), Reports(told))
}

impl Reports {
    /// Waits for the next one about the coroutine `name`. On a busy machine any coroutine may be kept from going on,
    /// and is told of too.
    #[track_caller]
    pub(crate) fn next_of(&self, name: &str) -> Stall {
        loop {
            let stall = self.0.recv_timeout(AT_MOST).unwrap_or_else(|_| panic!("nobody tells of {name}"));
            if stall.coroutine.name() == Some(name) {
                return stall;
            }
        }
    }

    /// Those that have come and were not taken.
    pub(crate) fn rest(&self) -> Vec<Stall> {
        self.0.try_iter().collect()
    }
}

/// Whether the kernel says in which system call a thread sleeps; some are built without that.
pub(crate) fn says_system_calls() -> bool {
    fs::read_to_string("/proc/thread-self/syscall").is_ok()
}
