//! How a test of a contract runs: inside whatever its subject needs, and not for ever.

use crate::subject;
use crate::watchdog::bounded;
use std::time::Duration;

/// Runs `body` as programs of the subject run: in a runtime if it has one.
pub(crate) fn trial(body: impl FnOnce() + Send + 'static) {
    bounded(|| subject::run(body));
}

/// A grace for others to enter a call that waits, where nothing tells that they have. If it is too short, the test
/// has seen a call that need not wait instead, whose outcome is the same.
pub(crate) fn let_them_wait() {
    subject::sleep(Duration::from_millis(20));
}
