//! Everything at once, from threads and coroutines, for a while. Then everything adds up.

use crate::counted::Drops;
use crate::random::Random;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::pool::Pool;
use gopark::{go, with_timeout, yield_now};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

const ACTORS: u64 = 12;
const TURNS: usize = 300;

/// What has happened to tasks, as those see it who submit them.
#[derive(Default)]
struct Seen {
    taken: AtomicU64,
    refused: AtomicU64,
    begun: AtomicU64,
}

struct Field {
    pool: Pool,
    seen: Seen,
    drops: Drops,
}

impl Field {
    fn task(self: &Arc<Field>, seed: u64) -> impl FnOnce() -> u64 + Send + 'static {
        let (field, value) = (self.clone(), self.drops.value());
        move || {
            field.seen.begun.fetch_add(1, Ordering::SeqCst);
            let mut random = Random::new(seed);
            (0..random.below(3)).for_each(|_| yield_now());
            drop(value);
            match random.below(12) {
                0 => panic!("on purpose"),
                1 => {
                    let inner = field.pool.submit(field.task(seed / 3 + 1));
                    field.count(true);
                    drop(inner.join());
                }
                2 => drop(
                    with_timeout(Duration::from_micros(50), || {
                        field.pool.submit_timeout(Duration::MAX, || ())
                    })
                    .map(|task| field.count_joined(task))
                    .map_err(|_| field.count(false)),
                ),
                _ => {}
            }
            seed
        }
    }

    fn count(&self, is_taken: bool) {
        let counter = if is_taken { &self.seen.taken } else { &self.seen.refused };
        counter.fetch_add(1, Ordering::SeqCst);
    }

    fn count_joined<T>(&self, task: gopark::JoinHandle<T>) {
        self.count(true);
        drop(task.join());
    }

    fn act(self: &Arc<Field>, actor: u64) {
        let mut random = Random::new(actor);
        let mut kept = Vec::new();
        for turn in 0..TURNS {
            let task = self.task(actor * 1000 + turn as u64);
            match random.below(8) {
                0 | 1 => self.count_joined(self.pool.submit(task)),
                2 => {
                    self.count(true);
                    kept.push(self.pool.submit(task));
                }
                3 => match self.pool.try_submit(task) {
                    Ok(task) => self.count_joined(task),
                    Err(refused) => {
                        assert!(refused.is_full());
                        self.count(false);
                    }
                },
                4 => match self.pool.submit_timeout(Duration::from_micros(100), task) {
                    Ok(task) => {
                        task.cancel();
                        self.count_joined(task);
                    }
                    Err(refused) => {
                        assert!(refused.is_timeout());
                        self.count(false);
                    }
                },
                5 => {
                    self.count(true);
                    let handle = self.pool.submit(task);
                    handle.join_timeout(Duration::from_micros(50));
                    handle.cancel();
                    kept.push(handle);
                }
                6 => kept.drain(..).for_each(|task| drop(task.join())),
                _ => self.pool.resize(1 + random.below(5)),
            }
        }
        kept.into_iter().for_each(|task| drop(task.join()));
    }
}

#[test]
fn everything_adds_up() {
    bounded(|| {
        let runtime = runtime(2);
        let field = Arc::new(Field {
            pool: runtime.run(|| Pool::builder().workers(3).queue(4).build()),
            seen: Seen::default(),
            drops: Drops::default(),
        });
        let threads: Vec<_> = (0..ACTORS / 3)
            .map(|actor| {
                let field = field.clone();
                thread::spawn(move || field.act(actor))
            })
            .collect();
        runtime.run(|| {
            let actors = (ACTORS / 3..ACTORS).map(|actor| {
                let field = field.clone();
                go(move || field.act(actor))
            });
            actors.collect::<Vec<_>>().into_iter().for_each(|acts| acts.join().unwrap());
        });
        threads.into_iter().for_each(|acts| acts.join().expect("no panic"));
        let Field { pool, seen, .. } = &*field;
        assert_eq!(runtime.run(|| pool.close(Duration::from_secs(30))), Default::default());
        let stats = pool.stats();
        assert_eq!((stats.running, stats.lent, stats.queued, stats.oldest_queued), (0, 0, 0, None));
        assert_eq!(stats.submitted, stats.finished + stats.panicked + stats.cancelled);
        assert!(stats.panicked > 0 && stats.finished > 0);
        let counts = [&seen.taken, &seen.refused].map(|counter| counter.load(Ordering::SeqCst));
        // What is submitted, or refused, inside of a cancelled task is told by nobody but the pool.
        assert!(stats.submitted + stats.rejected >= counts.into_iter().sum());
        assert!(field.drops.count() as u64 >= stats.finished.min(ACTORS * TURNS as u64 / 2));
        assert!(seen.begun.load(Ordering::SeqCst) <= stats.finished + stats.panicked);
    });
}
