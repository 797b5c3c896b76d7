//! Runtimes with a stated number of workers, which may be given substitutes when they are stuck.

use crate::policy::builder;
use gopark::runtime::Runtime;

pub(crate) fn runtime(workers: usize) -> Runtime {
    builder().workers(workers).build().expect("a runtime")
}
