//! Waiting, under Go's policy: started coroutines move between threads. The same tests as under the default one.

#[path = "../harness/workers.rs"]
mod alone;
#[path = "../harness/counted.rs"]
mod counted;
#[path = "../connections/descriptor_limit.rs"]
mod descriptor_limit;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/parked.rs"]
mod parked;
#[path = "../harness/migrating.rs"]
mod policy;
#[path = "../harness/random.rs"]
mod random;
#[path = "../stopping/sockets.rs"]
mod sockets;
#[path = "../process/watchdog.rs"]
mod watchdog;
#[path = "../harness/spares.rs"]
mod workers;

mod activity;
mod calls;
mod oneshot;

mod accepting;
mod async_channels;
mod async_crates;
mod async_futures;
mod async_locks;
mod async_stopped;
mod async_tokio;
mod brake;
mod clocks;
mod contexts;
mod contexts_crowd;
mod contexts_deadlines;
mod contexts_inside;
mod contexts_kept;
mod contexts_passed_on;
mod contexts_shielded;
mod crowded_sockets;
mod deadlines;
mod duplex;
mod inherited;
mod job_queue;
mod late;
mod lock_beside_hog;
mod locks_held;
mod nested;
mod passed_over;
mod readiness;
mod same_moment;
mod scope_ends;
mod scopes;
mod shields;
mod storm;
mod storm_calls;
mod storm_field;
mod storm_ledger;
mod try_futures;
mod unaffected;
mod wakers;
