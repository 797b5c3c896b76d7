//! Runtimes with a stated number of workers, whatever machine the tests run on.

use crate::policy::builder;
use gopark::runtime::Runtime;

/// Without substitutes: on a machine that is busy with other things, a worker that does not get its turn would be taken
/// for a stuck one, and then there would be one more.
pub(crate) fn runtime(workers: usize) -> Runtime {
    builder().workers(workers).max_machines(workers).build().expect("a runtime")
}
