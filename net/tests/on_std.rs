//! The conformance suite against std itself: what it demands of gopark is what std does.

use std::net;

#[macro_use]
mod harness;
mod conformance;
