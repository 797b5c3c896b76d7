//! `gopark::run`, under the policy that is tested.

use crate::policy::builder;

#[track_caller]
pub(crate) fn run<F, T>(f: F) -> T
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    builder().build().expect("a runtime").run(f)
}
