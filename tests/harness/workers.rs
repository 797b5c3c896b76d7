//! Runtimes with a stated number of workers, whatever machine the tests run on.

use gopark::runtime::Runtime;

pub(crate) fn runtime(workers: usize) -> Runtime {
    Runtime::builder().workers(workers).build().expect("a runtime")
}
