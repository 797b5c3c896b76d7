//! The production files themselves, and every model on them. A warning that something here is never used means
//! that a step of the protocol has no model, or a model no test.
//!
//! The semaphore is that of production too: who gives up and who is admitted meet at its word.

#[path = "../../../pool/src/places.rs"]
pub(crate) mod places;

#[allow(dead_code, reason = "it has models of its own in tests/locks, and so have the three below")]
#[path = "../../../runtime/src/coroutine/awaits.rs"]
pub(crate) mod awaits;
#[allow(dead_code, reason = "see above")]
#[path = "../../../runtime/src/wait/list.rs"]
pub(crate) mod list;
#[allow(dead_code, unused_imports, reason = "see above")]
#[path = "../locks/rt.rs"]
pub(crate) mod rt;
#[allow(dead_code, reason = "see above")]
#[path = "../../../runtime/src/sync/semaphore_word.rs"]
pub(crate) mod semaphore_word;

#[path = "../locks/constructors/semaphore_word.rs"]
mod semaphore_constructors;

pub(crate) use crate::atomic;

#[path = "book.rs"]
pub(crate) mod book;
#[path = "pool.rs"]
pub(crate) mod pool;
#[path = "submitting.rs"]
pub(crate) mod submitting;

#[path = "admission.rs"]
mod admission;
#[path = "ending.rs"]
mod ending;
#[path = "nesting.rs"]
mod nesting;
#[path = "resizing.rs"]
mod resizing;

gopark_loom_tests::passes! {
    nesting { one_waits, twice, two_families, a_group, late, impatient }
    admission { patient_and_impatient, one_gives_up_while_another_comes, of_a_task, closed, two_come }
    resizing { raised, lowered, overtaken }
    ending { idle, one_waits, two_wait, by_a_job, dropped, skipped, swept }
}
