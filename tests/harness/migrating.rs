//! Go's policy: started coroutines move between threads.

use gopark::runtime::{Builder, Runtime};

pub(crate) fn builder() -> Builder {
    // SAFETY: the tests that run under this policy keep nothing of a thread across a call that can switch; those whose
    // subject that is are not among them.
    unsafe { Runtime::builder().migrate_started() }
}
