//! Where the tests of the pool run.

use crate::watchdog::bounded;
use crate::workers::runtime;

/// On one worker thread, where a task begins when somebody waits, and on two, where it may begin at once.
pub(crate) fn everywhere(body: fn()) {
    bounded(move || [1, 2].into_iter().for_each(|workers| runtime(workers).run(body)));
}
