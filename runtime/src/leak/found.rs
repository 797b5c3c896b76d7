//! One thing that is alive and should not be.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use crate::coroutine::glimpse::Glimpse;
use crate::dump::{CoroutineState, Resource, Site, survey};
use crate::live::things;

/// Something that is alive and should not be. Its `Display` form tells all that is known of it, in some lines.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::leak::{Leak, Scope};
///
/// gopark::run(|| {
///     let scope = Scope::new();
///     let forgotten = gopark::go(gopark::coroutine::park);
///     let leaks = scope.leaks();
///     let Leak::Coroutine(coroutine) = &leaks[0] else { panic!() };
///     assert_eq!(coroutine.id, forgotten.coroutine().id());
///     assert!(leaks[0].to_string().contains(&leaks[0].made_at().unwrap().to_string()));
///     forgotten.coroutine().unpark();
///     forgotten.join().unwrap();
/// });
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Leak {
    /// A coroutine: where it was spawned, what it waits for, who could end that, and its stack.
    Coroutine(CoroutineState),
    /// A socket, a timer, or permits.
    Resource(Resource),
}

impl Leak {
    /// Where it was spawned, or made.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let scope = gopark::leak::Scope::new();
    /// let timer = gopark::time::after(std::time::Duration::from_secs(1));
    /// assert!(scope.leaks()[0].made_at().is_some_and(|site| site.line > 0));
    /// # drop(timer);
    /// ```
    pub fn made_at(&self) -> Option<Site> {
        match self {
            Leak::Coroutine(coroutine) => coroutine.spawned_at,
            Leak::Resource(resource) => Some(resource.made_at),
        }
    }

    /// How long ago.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let scope = gopark::leak::Scope::new();
    /// let timer = gopark::time::after(std::time::Duration::from_secs(1));
    /// assert!(scope.leaks()[0].age().as_secs() < 3600);
    /// # drop(timer);
    /// ```
    pub fn age(&self) -> Duration {
        match self {
            Leak::Coroutine(coroutine) => coroutine.age,
            Leak::Resource(resource) => resource.age,
        }
    }
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Leak::Coroutine(coroutine) => coroutine.fmt(f),
            Leak::Resource(resource) => resource.fmt(f),
        }
    }
}

/// Those of these coroutines that are alive and older than `older_than`. Costs what a dump of them costs.
#[doc(hidden)]
pub fn leaks_of(ids: impl IntoIterator<Item = u64>, older_than: Duration) -> Vec<Leak> {
    let ids: HashSet<u64> = ids.into_iter().collect();
    if ids.is_empty() {
        return Vec::new();
    }
    let found = survey::take(|glimpse: &Glimpse| ids.contains(&glimpse.coroutine.id()));
    let old = found.coroutines.into_iter().filter(|coroutine| coroutine.age >= older_than);
    old.map(Leak::Coroutine).collect()
}

/// From now on every socket, timer and permit that is made is noted, with the place where it was, so that
/// [`dump()`](crate::face::dump()) lists it until it ends; with `false`, no further ones. Inside of a [`Scope`](super::Scope) they are
/// noted anyway.
///
/// Costs a lock of the process for each that is made, and for its end: some 100 ns.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// gopark::leak::watch_all(true);
/// let timer = gopark::time::after(std::time::Duration::from_secs(1));
/// assert_eq!(gopark::dump().resources.len(), 1);
/// gopark::leak::watch_all(false);
/// drop(timer);
/// assert!(gopark::dump().resources.is_empty());
/// ```
pub fn watch_all(on: bool) {
    things::watch_all(on);
}
