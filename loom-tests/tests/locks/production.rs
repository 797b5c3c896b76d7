//! The production files themselves, and every model on them. A warning that something here is never used means
//! that a step of a protocol has no model, or a model no test.

pub(crate) use crate::atomic;

#[allow(dead_code, reason = "nobody looks from outside here")]
#[path = "../../../runtime/src/coroutine/awaits.rs"]
pub(crate) mod awaits;
#[allow(dead_code, reason = "what only channels use of it has its tests there")]
#[path = "../../../runtime/src/wait/list.rs"]
pub(crate) mod list;
#[path = "../../../runtime/src/sync/listeners.rs"]
pub(crate) mod listeners;
#[allow(unreachable_pub, reason = "users see it in production")]
#[path = "../../../runtime/src/sync/mutex_word.rs"]
pub(crate) mod mutex_word;
#[path = "../../../runtime/src/sync/once_word.rs"]
pub(crate) mod once_word;
#[allow(unreachable_pub, reason = "users see it in production")]
#[path = "../../../runtime/src/sync/rwlock_word.rs"]
pub(crate) mod rwlock_word;
#[path = "../../../runtime/src/sync/semaphore_word.rs"]
pub(crate) mod semaphore_word;

#[path = "constructors/listeners.rs"]
mod listeners_constructors;
#[path = "constructors/mutex_word.rs"]
mod mutex_constructors;
#[path = "constructors/once_word.rs"]
mod once_constructors;
#[path = "constructors/rwlock_word.rs"]
mod rwlock_constructors;
#[path = "constructors/semaphore_word.rs"]
mod semaphore_constructors;

#[path = "rt.rs"]
pub(crate) mod rt;

#[path = "condition.rs"]
mod condition;
#[path = "guarded.rs"]
pub(crate) mod guarded;
#[path = "mutex.rs"]
mod mutex;
#[path = "once.rs"]
mod once;
#[path = "rwlock.rs"]
mod rwlock;
#[path = "semaphore.rs"]
mod semaphore;

gopark_loom_tests::passes! {
    mutex { competing, three_compete, handed_over, impatient, woken_and_left_behind, holder_left_behind }
    rwlock {
        writer_and_readers, writers_and_reader, upgrading, downgrading, impatient_writer, left_behind
    }
    condition { one_waits, all_are_told, impatient, left_behind }
    semaphore { one_permit, several_at_once, impatient, left_behind }
    once { three_callers, one_waits, one_panics }
}
