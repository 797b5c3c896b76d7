//! What is alive, and belongs to a leak scope: who has spawned whom, and who has made what.
//!
//! Coroutines carry the number of their scope from birth. Things (sockets, timers, permits) are noted only if their maker is
//! inside of a scope, or all are asked for: a load of a word that hardly ever changes, else.

pub(crate) mod lineage;
pub(crate) mod things;
