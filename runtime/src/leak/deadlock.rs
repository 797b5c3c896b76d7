//! Coroutines that wait for each other in a circle, and so for ever.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use super::graph::{Graph, Needs};
use crate::dump::{CoroutineState, WaitsFor, survey};
use crate::sys::registers::stack_pointer;
use crate::time::sleep;

/// Coroutines that wait for each other, each for the next and the last for the first; and those who wait for them.
///
/// Its `Display` form tells the circle, and each of its coroutines as a dump does.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::leak::{Deadlock, deadlocks};
///
/// fn ids(deadlock: &Deadlock) -> Vec<u64> {
///     deadlock.coroutines.iter().map(|coroutine| coroutine.id).chain(deadlock.behind.iter().copied()).collect()
/// }
/// assert!(deadlocks().iter().flat_map(ids).next().is_none(), "nobody waits for himself");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Deadlock {
    /// The circle.
    pub coroutines: Vec<CoroutineState>,
    /// Ids of those that wait for one of the circle, or for one who does.
    pub behind: Vec<u64>,
    /// What each of the circle needs.
    needs: Vec<Needs>,
}

/// Who is about to go on mostly has in this time.
const LOOKS_APART: Duration = Duration::from_millis(1);

/// Finds coroutines that will never go on because they wait for each other: for locks, for ends of coroutines and scopes, for
/// what is done once, for messages and room in channels whose other ends are all held by those who wait so, and in `select!`
/// for several of these. Who waits for what he could only do himself is a circle of one: the loop over a receiver whose last
/// sender the same coroutine has kept.
///
/// A development tool: it looks at the whole process twice, 1 ms apart, some microseconds a coroutine, and then at where
/// those stand that it has found. If somebody waits for a channel it also searches the memory of the process both times, for
/// there is no list of who holds which end: half a second a GB, in programs that are not optimised 1.3 s. Meanwhile it keeps its
/// worker thread.
///
/// # What it cannot know
/// Who holds the permits of a semaphore, or the shares of a group; who would notify a condition variable or call `unpark`;
/// which readers hold a lock; what plain threads and `std`'s locks do; and who uses an end of a channel that lies in a
/// box, a vector, an `Arc`, a static, or with a plain thread, or has left its bytes in memory that is free. Who waits for any
/// of that, or with a timeout, counts as one who may go on. So it finds less than there is, and of channels nothing while
/// somebody is inside [`stack::grow`](crate::face::stack::grow), or a coroutine of a scope lives that was spawned by one that has
/// ended.
///
/// In turn, what it finds is so, but for these. A cancellation would still end most waits. An end of a channel that a coroutine
/// was given by its spawner, and has given back to that one, or to a thread-local of that thread, counts as its own while it
/// lives. So does one that was taken out of an enum whose other variants leave its bytes alone, when the enum is given away
/// (out of an `Option` is fine). And if a plain thread of `std::thread::scope` borrows an end from a coroutine, then that
/// coroutine counts as the one who has it.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::sync::{Barrier, Mutex};
/// use std::sync::Arc;
///
/// let runtime = gopark::runtime::Runtime::builder().workers(1).build()?;
/// let (one, other) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(())));
/// let both_have_one = Arc::new(Barrier::new(2));
/// for (first, second) in [(one.clone(), other.clone()), (other, one)] {
///     let both_have_one = both_have_one.clone();
///     runtime.spawn(move || {
///         let _first = first.lock();
///         both_have_one.wait();
///         let _second = second.lock();
///     });
/// }
/// let deadlock = loop {
///     if let Some(found) = gopark::leak::deadlocks().pop() {
///         break found;
///     }
/// };
/// assert_eq!(deadlock.coroutines.len(), 2);
/// println!("{deadlock}");
/// # std::io::Result::Ok(())
/// ```
pub fn deadlocks() -> Vec<Deadlock> {
    let here = stack_pointer();
    let before = Graph::of_all(here);
    if before.stuck().is_empty() {
        return Vec::new();
    }
    // What one look tells of two was so at two moments. Who is in the same wait in two looks was in it between them, and all
    // of them were at once.
    sleep(LOOKS_APART);
    let mut now = Graph::of_all(here);
    now.confirm(&before);
    let stuck = now.stuck();
    // Where they stand is looked at last, and of them alone.
    let members = survey::take(|glimpse| stuck.contains(&glimpse.coroutine.id())).coroutines;
    now.coroutines.extend(members.into_iter().map(|coroutine| (coroutine.id, coroutine)));
    now.deadlocks(&stuck)
}

impl Graph {
    fn deadlocks(&self, stuck: &HashSet<u64>) -> Vec<Deadlock> {
        let mut ids: Vec<u64> = stuck.iter().copied().collect();
        ids.sort_unstable();
        let mut seen = HashSet::new();
        let mut found: Vec<Deadlock> = Vec::new();
        for id in &ids {
            let circle = self.circle_from(*id, stuck, &mut seen);
            if !circle.is_empty() {
                found.push(Deadlock {
                    coroutines: circle.iter().map(|id| self.coroutines[id].clone()).collect(),
                    behind: Vec::new(),
                    needs: circle.iter().map(|id| self.needs[id].clone()).collect(),
                });
            }
        }
        for id in ids {
            let Some(end) = self.circle_behind(id, stuck, &found) else { continue };
            found[end].behind.push(id);
        }
        found
    }

    /// Follows who needs whom from `id` on; the circle that this leads into, if nobody of it was seen before.
    fn circle_from(&self, id: u64, stuck: &HashSet<u64>, seen: &mut HashSet<u64>) -> Vec<u64> {
        let mut path = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next {
            if let Some(begin) = path.iter().position(|passed| *passed == id) {
                return path.split_off(begin);
            }
            if !seen.insert(id) {
                break;
            }
            path.push(id);
            next = self.next_stuck(id, stuck);
        }
        Vec::new()
    }

    /// Which of the circles `id` waits for without being of it.
    fn circle_behind(&self, id: u64, stuck: &HashSet<u64>, found: &[Deadlock]) -> Option<usize> {
        let circle_of = |id: u64| {
            let has = |deadlock: &Deadlock| deadlock.coroutines.iter().any(|coroutine| coroutine.id == id);
            found.iter().position(has)
        };
        if circle_of(id).is_some() {
            return None;
        }
        let mut next = self.next_stuck(id, stuck);
        // As many steps as there are coroutines lead into a circle.
        for _ in 0..stuck.len() {
            let id = next?;
            if let Some(circle) = circle_of(id) {
                return Some(circle);
            }
            next = self.next_stuck(id, stuck);
        }
        None
    }
}

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |coroutine: &CoroutineState| match &coroutine.name {
            Some(name) => format!("coroutine {} '{name}'", coroutine.id),
            None => format!("coroutine {}", coroutine.id),
        };
        let wait = |coroutine: &CoroutineState| {
            coroutine.waits_for.as_ref().map_or_else(String::new, WaitsFor::to_string)
        };
        writeln!(f, "deadlock of {}:", self.coroutines.len())?;
        for (coroutine, needs) in self.coroutines.iter().zip(&self.needs) {
            writeln!(f, "    {} waits {}; it needs {needs}", name(coroutine), wait(coroutine))?;
        }
        if !self.behind.is_empty() {
            let ids: Vec<String> = self.behind.iter().map(u64::to_string).collect();
            writeln!(f, "    behind them: {}", ids.join(", "))?;
        }
        self.coroutines.iter().try_for_each(|coroutine| write!(f, "\n{coroutine}"))
    }
}
