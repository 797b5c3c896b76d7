//! Where the programs run.

use crate::watchdog::bounded;
use crate::workers::runtime;

/// As the main coroutine of a runtime with one worker, with two, and with four.
pub(crate) fn everywhere(program: fn()) {
    bounded(move || [1, 2, 4].into_iter().for_each(|workers| runtime(workers).run(program)));
}
