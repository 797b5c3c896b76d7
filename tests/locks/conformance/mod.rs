//! What both parking_lot's locks and ours do. The root of the test says which of the two `crate::subject` is.

mod arc_guards;
mod barrier;
mod condvar;
mod condvar_storm;
mod condvar_timeouts;
mod exclusion;
mod fairness;
mod lazy_lock;
mod mutex;
mod mutex_guards;
mod mutex_timeouts;
mod once;
mod once_lock;
mod panics;
mod rwlock;
mod rwlock_guards;
mod rwlock_queue;
mod rwlock_timeouts;
mod rwlock_upgradable;
mod statics;
mod wait_group;
