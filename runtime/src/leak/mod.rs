//! What is alive that should not be: of a test's, of a pool's; and who waits for himself.
//!
//! It stands on the dump, which knows what everybody waits for, and on what coroutines and things carry of their origin
//! (`live`).

mod deadlock;
mod ends;
mod found;
mod graph;
mod scope;
mod search;

pub use deadlock::{Deadlock, deadlocks};
pub use found::{Leak, leaks_of, watch_all};
pub use scope::Scope;
