//! The scheduler: which coroutine runs next, on which machine.
//!
//! | Go | here | what it is |
//! |---|---|---|
//! | G | coroutine | fresh (may move) or started (homed on one machine for life) |
//! | M | [`Machine`](machine::Machine) | an OS thread; owns what belongs to started coroutines |
//! | P | [`Processor`](processor::Processor) | the right to run fresh work, and the queue of it |
//! | sched | [`Scheduler`](scheduler::Scheduler) | what the machines of one runtime share |
//!
//! # The order of looking (`find_runnable`)
//! 1. Every 61st schedule, or every 200 us where coroutines run long: timers, sockets, one from the global queue,
//!    a batch of stacks to trim.
//! 2. The inbox, if anything is in it, to the end of the homed queue.
//! 3. Odd ticks: fresh before homed; even ticks: homed before fresh. So a loop of `yield_now` cannot keep fresh
//!    coroutines from starting, nor a storm of spawns the started ones from going on.
//! 4. In each of the two, the one that was made ready last runs next (it is hot, and its waker likely waits for
//!    it), except every 15th tick, when the oldest does.
//! 5. With nothing at hand: due timers; a share of the global queue; then, if no other machine is searching,
//!    others' fresh coroutines; a short spin, if spinning has paid lately; and sleep in epoll until the next
//!    timer.
//!
//! Whenever fresh coroutines stay queued while one is picked, an idle machine is woken, unless one is searching.
//!
//! Where started coroutines move between machines, which an unsafe call asks for, `migrate.rs` says what is different.
//!
//! **Invariant:** only this floor queues coroutines. Everything below returns runnables.

mod balance;
mod block;
mod commons;
mod departure;
mod discard;
pub(crate) mod duty;
mod entry_list;
mod execute;
mod find_runnable;
mod global_queue;
pub(crate) mod holders;
mod homed;
mod load;
pub(crate) mod lobby;
pub(crate) mod machine;
mod migrate;
mod monitor_bell;
mod note;
mod noted;
mod processor;
pub(crate) mod ready;
mod relief;
mod rest;
pub(crate) mod roll;
mod sampling;
mod schedule;
pub(crate) mod scheduler;
mod search;
mod shutdown;
mod sleep;
pub(crate) mod stall;
pub(crate) mod station;
mod stations;
pub(crate) mod sysmon;
pub(crate) mod thread;
mod timers;
mod trim;
mod trim_list;
