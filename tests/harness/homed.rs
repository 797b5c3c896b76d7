//! The default policy: a started coroutine stays on its thread.

use gopark::runtime::{Builder, Runtime};

pub(crate) fn builder() -> Builder {
    Runtime::builder()
}
