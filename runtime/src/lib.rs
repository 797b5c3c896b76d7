//! The runtime of `gopark`: stacks, scheduler, netpoller and timers.
//!
//! Users take the crate `gopark`, which re-exports [`face`]. `gopark-net` stands on [`io`]. What the folders are
//! and which may know of which stands in `design.md` of the repository.
#![deny(unsafe_code)]

#[cfg(not(target_os = "linux"))]
compile_error!(
    "gopark runs on Linux only: it stands on epoll, eventfd and futexes. Use a container or a virtual machine."
);

mod blocking;
mod chan;
mod config;
mod context;
mod coroutine;
mod dump;
mod future;
mod grow;
mod leak;
mod live;
mod lockfree;
mod netpoll;
mod park;
mod recording;
mod runtime;
mod sched;
mod scope;
mod select;
mod signal;
mod spawn;
mod stack;
mod sync;
mod sys;
mod table;
mod time;
mod timer;
mod trace;
mod wait;

pub mod io;

/// Everything that users see, under the names that they see.
pub mod face {
    pub use crate::blocking::blocking;
    pub use crate::context::{Cancel, Context};
    pub use crate::coroutine::cancelled::Cancelled;
    pub use crate::coroutine_local;
    pub use crate::dump::dump;
    pub use crate::future::{block_on, try_block_on};
    pub use crate::io::{is_cancelled, is_timeout};
    pub use crate::park::ambient::{shield, with_deadline, with_timeout};
    pub use crate::park::yielding::yield_now;
    pub use crate::runtime::{MachineMetrics, Metrics, metrics, run};
    pub use crate::scope::scope;
    pub use crate::select;
    pub use crate::spawn::go;
    pub use crate::trace::Histogram;

    /// Channels, with crossbeam-channel's names, types and rules.
    pub mod chan {
        pub use crate::chan::{
            IntoIter, Iter, ReadyTimeoutError, Receiver, RecvError, RecvTimeoutError, SelectTimeoutError,
            SendError, SendTimeoutError, Sender, TryIter, TryReadyError, TryRecvError, TrySelectError,
            TrySendError, bounded, never, unbounded,
        };
        pub use crate::select::{Select, SelectedOperation};
    }

    /// For the expansion of `select!`.
    #[doc(hidden)]
    pub mod select_arms {
        pub use crate::select::{Arm, ReadyArm, ReceiveArm, SendArm, SendTurn, select};
    }

    /// For gopark-pool.
    #[doc(hidden)]
    pub mod of_places {
        pub use crate::coroutine::ambient::Lender;
        pub use crate::park::lending::{Loan, cancel, current_id, holding_place, lend};
        pub use crate::sched::holders::Holds;
        pub use crate::spawn::{Held, Starter, no_coroutine};
    }

    /// For the debug endpoint of gopark-net.
    #[cfg(feature = "prometheus")]
    #[doc(hidden)]
    pub mod of_runtimes {
        pub use crate::runtime::prometheus_of;
    }

    /// Coroutines: making them, waiting for them, values of their own.
    pub mod coroutine {
        pub use crate::coroutine::cancelled::Reason;
        pub use crate::coroutine::handle::Coroutine;
        pub use crate::coroutine::local::LocalKey;
        pub use crate::coroutine::locals::AccessError;
        pub use crate::park::cancellation::cancelled;
        pub use crate::park::sections::no_park;
        pub use crate::park::token::{current, park, park_timeout};
        pub use crate::scope::{Scope, ScopedJoinHandle};
        pub use crate::spawn::{Builder, JoinHandle};
    }

    /// Every coroutine at a moment, for whoever asks why a program hangs.
    pub mod dump {
        pub use crate::dump::{
            Channel, CoroutineState, Dump, Frame, Holder, Lock, Resource, ResourceKind, Site, Socket, State,
            WaitsFor, Worker, on_signal,
        };
    }

    /// Finding what is alive and should not be, and who waits for himself.
    pub mod leak {
        pub use crate::leak::{Deadlock, Leak, Scope, deadlocks, leaks_of, watch_all};
    }

    /// Runtimes: the worker threads that run coroutines.
    pub mod runtime {
        pub use crate::runtime::{Abandoned, Builder, Runtime, Shutdown};
        pub use crate::sched::stall::{Stall, StallCause};
        pub use crate::spawn::EnterGuard;
    }

    /// Signals of the operating system as values from a channel.
    pub mod signal {
        pub use crate::signal::*;
    }

    /// Larger stacks for a while.
    pub mod stack {
        pub use crate::grow::grow;
    }

    /// Locks, conditions and what else is waited for; `parking_lot`'s, std's and crossbeam's names.
    pub mod sync {
        pub use crate::sync::{
            AcquireError, ArcMutexGuard, ArcRwLockReadGuard, ArcRwLockUpgradableReadGuard,
            ArcRwLockWriteGuard, Barrier, BarrierWaitResult, Condvar, LazyLock, MappedMutexGuard,
            MappedRwLockReadGuard, MappedRwLockWriteGuard, Mutex, MutexGuard, ObjectPool, Once, OnceLock,
            OnceState, OwnedPermit, Permit, Pooled, RawMutex, RawRwLock, RwLock, RwLockReadGuard,
            RwLockUpgradableReadGuard, RwLockWriteGuard, Semaphore, WaitGroup, WaitTimeoutResult,
        };
    }

    /// Sleeping.
    pub mod time {
        pub use crate::chan::{after, tick};
        pub use crate::time::{sleep, sleep_until, try_sleep};
    }

    #[doc = include_str!("recording/trace.md")]
    pub mod trace {
        pub use crate::recording::{Span, flight_recorder, snapshot, span, start, stop};
        pub use crate::trace::Summary;
    }
}

/// Declares values of which every coroutine has its own: as `thread_local!`, and on a plain thread just that.
///
/// With `inherit` in front, a coroutine begins with a copy of its spawner's value, if the spawner has one; the
/// type is then `Clone + Send`.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use std::cell::Cell;
///
/// gopark::coroutine_local! {
///     static VISITS: Cell<u32> = Cell::new(0);
///     inherit static REQUEST: Cell<u32> = Cell::new(0);
/// }
///
/// gopark::run(|| {
///     VISITS.set(1);
///     REQUEST.set(7);
///     let child = gopark::go(|| (VISITS.get(), REQUEST.get()));
///     assert_eq!(child.join().unwrap(), (0, 7));
/// });
/// ```
#[macro_export]
macro_rules! coroutine_local {
    () => {};
    ($(#[$meta:meta])* inherit $vis:vis static $name:ident : $type:ty = $init:expr $(; $($rest:tt)*)?) => {
        $(#[$meta])*
        $vis static $name: $crate::face::coroutine::LocalKey<$type> = {
            fn init() -> $type {
                $init
            }
            $crate::face::coroutine::LocalKey::inheriting(init)
        };
        $($crate::coroutine_local! { $($rest)* })?
    };
    ($(#[$meta:meta])* $vis:vis static $name:ident : $type:ty = $init:expr $(; $($rest:tt)*)?) => {
        $(#[$meta])*
        $vis static $name: $crate::face::coroutine::LocalKey<$type> = {
            fn init() -> $type {
                $init
            }
            $crate::face::coroutine::LocalKey::new(init)
        };
        $($crate::coroutine_local! { $($rest)* })?
    };
}
