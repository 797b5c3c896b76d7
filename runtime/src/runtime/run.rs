//! A runtime for one closure.

use std::panic::Location;

use super::builder::Builder;

/// Runs `f` as the main coroutine of a new runtime and returns its result. The calling thread only waits, and
/// never returns before `f` has ended; so `f` may borrow from it. Inside a coroutine, that coroutine is parked.
///
/// Coroutines that are still alive when `f` returns are cancelled, given 100 ms, and then abandoned:
/// [`Runtime::shutdown`](crate::face::runtime::Runtime::shutdown) says what that means, and tells who they were.
///
/// Costs about 100 us to start and stop the worker threads.
///
/// # Panics
/// With `f`'s panic. If the runtime cannot be built: [`Builder::build`] returns that as an error.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let greeting = String::from("hello");
/// assert_eq!(gopark::run(|| greeting.len()), 5);
/// ```
#[track_caller]
pub fn run<F, T>(f: F) -> T
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    let site = Location::caller();
    match Builder::new().build() {
        Ok(runtime) => runtime.run_at(f, site),
        Err(error) => panic!("cannot build a gopark runtime: {error}"),
    }
}
