//! The ring as it is in the runtime.

#[allow(unused_imports, dead_code, reason = "other protocols use what the queue does not")]
#[path = "../../../runtime/src/lockfree/atomic.rs"]
mod atomic;
#[path = "../../../runtime/src/lockfree/run_queue.rs"]
mod run_queue;

#[path = "sequences.rs"]
mod sequences;
