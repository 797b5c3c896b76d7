//! gopark's sockets: the conformance suite, and what is theirs alone.

use gopark_net as net;

#[macro_use]
mod harness;
mod conformance;
mod ours;
