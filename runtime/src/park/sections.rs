//! Sections in which a coroutine must not wait.

use crate::coroutine::record::{self, Record};

/// Runs `f`, in which any wait of this coroutine panics instead of switching.
///
/// For code between which and its thread nobody may come: a scoped thread-local, a `std::sync::Mutex` guard, a
/// `tracing` span. Calls that would not have had to wait go through; `yield_now` always panics. On a plain
/// thread, which never switches, it changes nothing. Costs 2 ns.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// gopark::run(|| {
///     let waits = || gopark::coroutine::no_park(|| gopark::yield_now());
///     assert!(std::panic::catch_unwind(waits).is_err());
///     assert_eq!(gopark::coroutine::no_park(|| 1 + 1), 2);
/// });
/// ```
pub fn no_park<R>(f: impl FnOnce() -> R) -> R {
    let Some(record) = record::current() else { return f() };
    struct Leave(&'static Record);
    impl Drop for Leave {
        fn drop(&mut self) {
            self.0.no_park.set(self.0.no_park.get() - 1);
        }
    }
    let deeper = record.no_park.get().checked_add(1);
    record.no_park.set(deeper.expect("65536 sections of no_park inside each other"));
    let _leave = Leave(record);
    f()
}

/// Whether the caller must not wait.
pub(crate) fn is_inside() -> bool {
    record::current().is_some_and(|record| record.no_park.get() != 0)
}

/// # Panics
/// Inside `no_park`.
#[inline(always)]
pub(crate) fn check(record: &Record) {
    if record.no_park.get() != 0 {
        refuse(record);
    }
}

#[cold]
#[track_caller]
fn refuse(record: &Record) -> ! {
    panic!("{} would have to wait inside no_park", record.coroutine.describe());
}
