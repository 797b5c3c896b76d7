//! A hang is a failure with a name.

use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// No body takes a tenth of this, even on a busy machine.
const HANGS_AFTER: Duration = Duration::from_secs(60);

/// Runs `body` on a thread of its own and fails if it does not end.
pub(crate) fn bounded(body: impl FnOnce() + Send + 'static) {
    let (ended, watch) = channel::<()>();
    let runs = thread::spawn(move || {
        let _ended = ended;
        body();
    });
    match watch.recv_timeout(HANGS_AFTER) {
        Err(RecvTimeoutError::Timeout) => panic!("the test hangs"),
        Err(RecvTimeoutError::Disconnected) | Ok(()) => {
            if let Err(panic) = runs.join() {
                resume_unwind(panic);
            }
        }
    }
}
