//! Coroutines that block or burn their threads, under Go's policy: started coroutines move between threads. The same tests as under the default one,
//! but for those whose subject is that a coroutine keeps its thread.

#[path = "../process/child.rs"]
mod child;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/moves.rs"]
mod lives;
#[path = "../promptness/one_at_a_time.rs"]
mod one_at_a_time;
#[path = "../harness/migrating.rs"]
mod policy;
#[path = "../harness/random.rs"]
mod random;
#[path = "../process/watchdog.rs"]
mod watchdog;
#[path = "../harness/spares.rs"]
mod workers;

mod crowd;
mod destructors;
mod fresh_meanwhile;
mod hogs;
mod hook;
mod idle_before;
mod machine_limit;
mod moving_on;
mod never_preempted;
mod placing;
mod preempted;
mod printed;
mod quiet_again;
mod reports;
mod storm;
mod threads;
