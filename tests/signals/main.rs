//! Signals as values from a channel. Each test has signals of its own, since a signal is for the whole process; what
//! may end the process runs in another one.

#[path = "../process/child.rs"]
mod child;
#[path = "../process/watchdog.rs"]
mod watchdog;

mod delivery;
mod dispositions;
mod raise;
mod refusals;
