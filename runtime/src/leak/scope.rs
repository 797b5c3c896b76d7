//! What was spawned and made in a stretch of the program, and is alive.

use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::time::{Duration, Instant};

use super::deadlock::{Deadlock, deadlocks};
use super::found::Leak;
use crate::coroutine::glimpse::Glimpse;
use crate::dump::{resources_of, survey};
use crate::live::lineage::{self, Inside};
use crate::live::things;
use crate::time::sleep;

/// Knows of everything that is spawned and made while it lives, by the coroutine or thread that has made it: coroutines,
/// those whom they spawn in their turn, and the sockets, timers and permits of all of them.
///
/// For tests: what a test has started and not ended is found, whatever other tests do at the same time, in however many
/// runtimes. Membership goes by ancestry: a coroutine belongs to the scope in which its spawner was. A scope inside another
/// one is part of it.
///
/// What it does not know of: threads of `std::thread`, and whatever these spawn.
///
/// Opening and closing one costs some 100 ns. Coroutines carry the number of their scope in any case. While a scope is
/// open, everybody's sockets, timers and permits cost a look at whether they are of it, and those that are a lock.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::leak::Scope;
/// use std::time::Duration;
///
/// let scope = Scope::new();
/// gopark::run(|| {
///     let (sender, receiver) = gopark::chan::bounded::<u32>(0);
///     gopark::go(move || receiver.recv()); // ends with its sender
///     drop(sender);
/// });
/// scope.assert_none(Duration::from_secs(10));
/// ```
#[must_use = "a scope knows of what is spawned while it lives"]
pub struct Scope {
    lineage: u64,
    opened_at: &'static Location<'static>,
    // Before the note that it is closed.
    inside: Option<Inside>,
    /// It is left where it was entered.
    not_send: PhantomData<*const ()>,
}

/// An end that was told a moment ago is not over for the side table.
const LEAST: Duration = Duration::from_millis(10);

impl Scope {
    /// Opens one.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let outer = gopark::leak::Scope::new();
    /// let inner = gopark::leak::Scope::new();
    /// let timer = gopark::time::after(std::time::Duration::from_secs(1));
    /// assert_eq!((outer.leaks().len(), inner.leaks().len()), (1, 1));
    /// # drop(timer);
    /// ```
    #[track_caller]
    #[expect(clippy::new_without_default, reason = "a scope is opened somewhere, and that is told")]
    pub fn new() -> Scope {
        things::watch();
        let lineage = lineage::open();
        Scope {
            lineage,
            opened_at: Location::caller(),
            inside: Some(Inside::enter(lineage)),
            not_send: PhantomData,
        }
    }

    fn has(&self, glimpse: &Glimpse) -> bool {
        lineage::is_within(glimpse.birth.lineage, self.lineage)
    }

    /// Everything of the scope that is alive now. Costs a look at every coroutine of the process (1 us each) and, if
    /// there are some of the scope, what a [`dump()`](crate::face::dump()) of those costs.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let scope = gopark::leak::Scope::new();
    ///     let first = gopark::go(|| gopark::go(gopark::coroutine::park)); // spawns another one
    ///     let second = first.join().unwrap();
    ///     assert_eq!(scope.leaks().len(), 1);
    ///     second.coroutine().unpark();
    ///     second.join().unwrap();
    /// });
    /// ```
    pub fn leaks(&self) -> Vec<Leak> {
        let coroutines = match survey::finds(|glimpse| self.has(glimpse)) {
            true => survey::take(|glimpse| self.has(glimpse)).coroutines,
            false => Vec::new(),
        };
        let resources = resources_of(self.lineage).into_iter().map(Leak::Resource);
        coroutines.into_iter().map(Leak::Coroutine).chain(resources).collect()
    }

    /// Waits until nothing of the scope is alive, for `within` at most, and 10 ms at least.
    ///
    /// # Panics
    /// If something is then. The message tells of each coroutine where it was spawned, by whom and when, what it waits for,
    /// who could end that, and where it stands; of each thing where it was made; and which of the coroutines wait for each
    /// other in a circle.
    ///
    /// ```should_panic
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let scope = gopark::leak::Scope::new();
    ///     gopark::go(gopark::coroutine::park);
    ///     scope.assert_none(std::time::Duration::from_millis(20));
    /// });
    /// ```
    #[track_caller]
    pub fn assert_none(&self, within: Duration) {
        let deadline = Instant::now().checked_add(within.max(LEAST));
        let mut pause = Duration::from_micros(50);
        while survey::finds(|glimpse| self.has(glimpse)) || !things::of(self.lineage).is_empty() {
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                let leaks = self.leaks();
                if leaks.is_empty() {
                    return; // the last of them has ended meanwhile
                }
                panic!("{}", Report { scope: self, leaks: &leaks, deadlocks: &deadlocks() });
            }
            sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(5));
        }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        drop(self.inside.take());
        lineage::close(self.lineage);
        things::unwatch();
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("opened_at", &self.opened_at).finish_non_exhaustive()
    }
}

struct Report<'a> {
    scope: &'a Scope,
    leaks: &'a [Leak],
    deadlocks: &'a [Deadlock],
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { scope, leaks, deadlocks } = self;
        writeln!(f, "{} alive of the scope opened at {}:", leaks.len(), scope.opened_at)?;
        leaks.iter().try_for_each(|leak| write!(f, "\n{leak}"))?;
        let is_own = |id: u64| {
            leaks.iter().any(|leak| matches!(leak, Leak::Coroutine(coroutine) if coroutine.id == id))
        };
        let own = |deadlock: &&Deadlock| deadlock.coroutines.iter().any(|coroutine| is_own(coroutine.id));
        deadlocks.iter().filter(own).try_for_each(|deadlock| write!(f, "\n{deadlock}"))
    }
}
