//! The conformance suite against std itself: what it demands of gopark is what std does.

use std::net;
use std::os::unix::net as unix;

/// std knows no coroutines.
macro_rules! in_a_coroutine {
    ($($body:ident),+) => {};
}

#[macro_use]
mod harness;
mod conformance;
