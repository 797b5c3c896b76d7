//! Random trees of tasks: each node is done once, whatever waits for whom, and the bound holds for those that begin.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{Sender, unbounded};
use gopark::pool::Pool;
use gopark::yield_now;
use proptest::prelude::*;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How a node waits for its children.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wait {
    Join,
    JoinFromTheLast,
    JoinEachAtOnce,
    Scope,
    TryScope,
    Map,
    Detach,
}

const WAITS: [Wait; 7] = [
    Wait::Join,
    Wait::JoinFromTheLast,
    Wait::JoinEachAtOnce,
    Wait::Scope,
    Wait::TryScope,
    Wait::Map,
    Wait::Detach,
];

#[derive(Clone, Debug)]
struct Node {
    wait: Wait,
    yields: usize,
    children: Vec<Arc<Node>>,
}

/// What all nodes share.
struct Field {
    pool: Pool,
    workers: usize,
    /// Nodes, by their addresses.
    done: Sender<usize>,
    /// Tasks that have begun, and have neither ended nor waited for others.
    fresh: AtomicUsize,
    /// More of them than there are workers were seen.
    too_many: AtomicUsize,
}

impl Field {
    /// A task does `node`.
    fn begin(self: &Arc<Field>, node: &Arc<Node>) {
        if self.fresh.fetch_add(1, Ordering::SeqCst) >= self.workers {
            self.too_many.fetch_add(1, Ordering::SeqCst);
        }
        (0..node.yields).for_each(|_| yield_now());
        self.fresh.fetch_sub(1, Ordering::SeqCst);
        self.go_on(node);
    }

    fn go_on(self: &Arc<Field>, node: &Arc<Node>) {
        let submit = |child: &Arc<Node>| {
            let (field, child) = (self.clone(), child.clone());
            self.pool.submit(move || field.begin(&child))
        };
        let children = || node.children.iter();
        match node.wait {
            Wait::Join => {
                let tasks: Vec<_> = children().map(submit).collect();
                tasks.into_iter().for_each(|task| task.join().unwrap());
            }
            Wait::JoinFromTheLast => {
                let tasks: Vec<_> = children().map(submit).collect();
                tasks.into_iter().rev().for_each(|task| task.join().unwrap());
            }
            Wait::JoinEachAtOnce => children().for_each(|child| submit(child).join().unwrap()),
            Wait::Scope => self.pool.scope(|s| {
                for child in children() {
                    s.submit(|| self.begin(child));
                }
            }),
            Wait::TryScope => {
                let outcome = self.pool.try_scope(|s| {
                    for child in children() {
                        s.submit(|| {
                            self.begin(child);
                            Ok::<_, ()>(())
                        });
                    }
                    Ok(())
                });
                outcome.unwrap();
            }
            // A task that does several comes back from the waits of the first and goes on.
            Wait::Map => drop(self.pool.map(children(), |child| self.go_on(child))),
            Wait::Detach => children().for_each(|child| drop(submit(child))),
        }
        self.done.send(Arc::as_ptr(node) as usize).unwrap();
    }
}

fn count(node: &Node) -> usize {
    1 + node.children.iter().map(|child| count(child)).sum::<usize>()
}

fn node(children: impl Strategy<Value = Vec<Arc<Node>>>) -> impl Strategy<Value = Arc<Node>> {
    (prop::sample::select(&WAITS[..]), 0..3_usize, children)
        .prop_map(|(wait, yields, children)| Arc::new(Node { wait, yields, children }))
}

fn tree() -> impl Strategy<Value = Arc<Node>> {
    node(Just(Vec::new())).prop_recursive(6, 60, 4, |inner| node(prop::collection::vec(inner, 0..5)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_node_is_done_once(
        tree in tree(),
        workers in 1..5_usize,
        queue in 0..5_usize,
        threads in 1..3_usize,
    ) {
        bounded(move || {
            runtime(threads).run(|| {
                let pool = Pool::builder().workers(workers).queue(queue).build();
                let (done, ends) = unbounded();
                let (fresh, too_many) = (AtomicUsize::new(0), AtomicUsize::new(0));
                let field = Arc::new(Field { pool: pool.clone(), workers, done, fresh, too_many });
                let (nodes, root) = (count(&tree), tree.clone());
                let all = field.clone();
                pool.submit(move || all.begin(&root)).join().unwrap();
                let names: HashSet<_> = (0..nodes).map(|_| ends.recv().unwrap()).collect();
                assert_eq!(names.len(), nodes, "each another one");
                assert_eq!(pool.close(Duration::MAX), Default::default());
                assert!(ends.try_recv().is_err(), "none twice");
                assert_eq!(field.too_many.load(Ordering::SeqCst), 0);
                let stats = pool.stats();
                assert_eq!((stats.running, stats.lent, stats.queued), (0, 0, 0));
                assert_eq!((stats.submitted, stats.panicked, stats.cancelled), (stats.finished, 0, 0));
            });
        });
    }
}
