//! Abandoned coroutines that have lent something to others: nothing is freed under these.
//!
//! Everything here is safe code. If anything lent were freed, its place would be taken by what comes later: other
//! runtimes, threads, coroutines and allocations follow, as many as it takes.

use crate::child::in_child;
use crate::eventually::eventually;
use crate::footprint::Footprint;
use crate::random::Random;
use crate::waiting::until_parked;
use crate::workers::runtime;
use gopark::coroutine::{Builder, park};
use gopark::runtime::Runtime;
use gopark::time::sleep;
use gopark::{go, yield_now};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

thread_local! {
    /// In the thread's own block.
    static PLAIN: [AtomicUsize; 512] = const { [const { AtomicUsize::new(0) }; 512] };
    /// On the heap, freed by a destructor when the thread ends.
    static OWNING: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Whether it still is what it was. With reads that the compiler cannot leave out.
struct Lent<'a> {
    plain: &'a [AtomicUsize],
    owning: &'a [usize],
    local: &'a [usize; 2000],
    boxed: &'a [usize],
    captured: &'a String,
    mark: usize,
}

impl Lent<'_> {
    fn check(&self) {
        let Lent { mark, .. } = *self;
        assert!(self.plain.iter().all(|word| word.load(Ordering::Relaxed) == mark), "thread-local");
        for (what, words) in
            [("heap of a thread-local", self.owning), ("stack", &self.local[..]), ("box", self.boxed)]
        {
            let words = std::hint::black_box(words);
            assert!(words.iter().all(|word| *word == mark), "{what}");
        }
        assert_eq!(std::hint::black_box(self.captured), &format!("captured {mark}"));
    }
}

/// What a borrower does and tells.
#[derive(Default)]
struct Borrower {
    checks: AtomicUsize,
    stop: AtomicBool,
}

/// A coroutine of `lender` that lends what it has, and what its thread has, to a coroutine of `borrower`.
fn lend(lender: &Runtime, borrower: &Arc<Runtime>, mark: usize) -> Arc<Borrower> {
    let told = Arc::new(Borrower::default());
    let (tells, borrower) = (told.clone(), borrower.clone());
    let captured = format!("captured {mark}");
    drop(lender.spawn(move || {
        let local = std::hint::black_box([mark; 2000]);
        let boxed = vec![mark; 3000];
        // A pair of them lives on each thread.
        OWNING.with(|owning| {
            PLAIN.with(|plain| {
                plain.iter().for_each(|word| word.store(mark, Ordering::Relaxed));
                *owning.borrow_mut() = vec![mark; 5000];
                let owning = owning.borrow();
                let owning = &owning[..];
                borrower.run(|| {
                    let lent =
                        Lent { plain, owning, local: &local, boxed: &boxed, captured: &captured, mark };
                    while !tells.stop.load(Ordering::Relaxed) {
                        lent.check();
                        tells.checks.fetch_add(1, Ordering::Relaxed);
                        sleep(Duration::from_millis(1));
                    }
                });
            });
        });
        unreachable!("it was abandoned");
    }));
    told
}

/// Takes the place of everything that has been freed.
fn churn() {
    let mut random = Random::new(31);
    for round in 0..6 {
        let passing = runtime(4);
        {
            let _current = passing.enter();
            let handles: Vec<_> = (0..200)
                .map(|_| {
                    go(|| {
                        let filled = std::hint::black_box([0x5a5a_5a5a_usize; 4000]);
                        PLAIN.with(|plain| plain.iter().for_each(|word| word.store(1, Ordering::Relaxed)));
                        OWNING.with(|owning| *owning.borrow_mut() = vec![2; 5000]);
                        yield_now();
                        filled[17]
                    })
                })
                .collect();
            handles.into_iter().for_each(|handle| assert!(handle.join().is_ok()));
        }
        drop(passing);
        let threads: Vec<_> = (0..16)
            .map(|_| thread::spawn(|| PLAIN.with(|plain| plain[511].fetch_add(3, Ordering::Relaxed))))
            .collect();
        let blocks: Vec<Vec<usize>> = (0..300).map(|_| vec![round; 1 + random.below(6000)]).collect();
        threads.into_iter().for_each(|thread| assert!(thread.join().is_ok()));
        drop(blocks);
    }
}

/// The borrower goes on reading all the time.
#[test]
fn to_a_coroutine_of_another_runtime() {
    in_child(to_a_coroutine_of_another_runtime, &[], || {
        let borrower = Arc::new(runtime(2));
        let mut lenders = Vec::new();
        for mark in 1..6 {
            // One worker each: the thread-local is the coroutine's alone.
            let lender = runtime(1);
            let told = lend(&lender, &borrower, 1000 + mark);
            eventually("it reads", || told.checks.load(Ordering::Relaxed) > 3);
            let report = lender.shutdown(Duration::from_millis(1));
            assert_eq!(report.abandoned.len(), 1, "{report:?}");
            if mark % 2 == 0 {
                drop(lender);
            } else {
                lenders.push(lender);
            }
            churn();
            let then = told.checks.load(Ordering::Relaxed);
            eventually("it still reads", || told.checks.load(Ordering::Relaxed) > then + 20);
            // The main thread, that of the test, the borrower's three, and for each lender the one that has lent.
            eventually("no other thread is left", || Footprint::now().threads == 5 + mark);
            told.stop.store(true, Ordering::Relaxed);
        }
        // The borrowers end; those who would take their results are not resumed.
        eventually("they have ended", || borrower.metrics().live == 0);
        churn();
        assert_eq!(borrower.metrics().panicked, 0);
        assert!(borrower.shutdown(Duration::from_secs(10)).abandoned.is_empty());
    })
    .succeeded();
}

/// `run` on a plain thread lends what that thread has to the main coroutine, which is abandoned; another coroutine
/// goes on borrowing from the main one.
#[test]
fn by_a_main_coroutine_of_run() {
    in_child(by_a_main_coroutine_of_run, &[], || {
        let borrower = Arc::new(runtime(1));
        let goes = Arc::new(runtime(1));
        let told = Arc::new(Borrower::default());
        let (tells, runs, borrows) = (told.clone(), goes.clone(), borrower.clone());
        thread::spawn(move || {
            let of_the_thread = [77; 2000];
            runs.run(|| {
                let of_the_coroutine = vec![78; 2000];
                borrows.run(|| {
                    while !tells.stop.load(Ordering::Relaxed) {
                        assert!(std::hint::black_box(&of_the_thread).iter().all(|word| *word == 77));
                        assert!(std::hint::black_box(&of_the_coroutine).iter().all(|word| *word == 78));
                        tells.checks.fetch_add(1, Ordering::Relaxed);
                        sleep(Duration::from_millis(1));
                    }
                });
            });
            unreachable!("its main coroutine never ends");
        });
        eventually("it reads", || told.checks.load(Ordering::Relaxed) > 3);
        assert_eq!(goes.shutdown(Duration::from_millis(1)).abandoned.len(), 1);
        churn();
        let then = told.checks.load(Ordering::Relaxed);
        eventually("it still reads", || told.checks.load(Ordering::Relaxed) > then + 20);
        told.stop.store(true, Ordering::Relaxed);
        eventually("it has ended", || borrower.metrics().live == 0);
        assert_eq!(borrower.metrics().panicked, 0);
    })
    .succeeded();
}

/// Of all sizes of stacks: none of them goes to another coroutine.
#[test]
fn their_stacks_are_not_used_again() {
    in_child(their_stacks_are_not_used_again, &[], || {
        let borrower = Arc::new(runtime(1));
        let stop = Arc::new(AtomicBool::new(false));
        let goes = runtime(2);
        {
            let _current = goes.enter();
            for size in [64 << 10, 256 << 10, 1 << 20] {
                for _ in 0..8 {
                    let (borrower, stop) = (borrower.clone(), stop.clone());
                    let lends = move || {
                        let local = std::hint::black_box([size; 500]);
                        borrower.run(|| {
                            while !stop.load(Ordering::Relaxed) {
                                assert!(std::hint::black_box(&local).iter().all(|word| *word == size));
                                sleep(Duration::from_millis(1));
                            }
                        });
                    };
                    drop(Builder::new().stack_size(size).spawn(lends).expect("a coroutine"));
                }
            }
        }
        until_parked(&goes, 24);
        assert_eq!(goes.shutdown(Duration::ZERO).abandoned.len(), 24);
        for _ in 0..3 {
            let passing = runtime(2);
            let _current = passing.enter();
            let fill: Vec<_> = (0..300)
                .map(|i| {
                    let fill = || {
                        let filled = std::hint::black_box([1_u8; 20 << 10]);
                        yield_now();
                        filled[5]
                    };
                    Builder::new().stack_size([64 << 10, 256 << 10, 1 << 20][i % 3]).spawn(fill)
                })
                .collect();
            fill.into_iter().for_each(|handle| assert!(handle.expect("a coroutine").join().is_ok()));
        }
        stop.store(true, Ordering::Relaxed);
        eventually("they have ended", || borrower.metrics().live == 0);
        assert_eq!(borrower.metrics().panicked, 0);
    })
    .succeeded();
}

/// What an abandoned one has captured is neither dropped nor freed, whether or not somebody joins it.
#[test]
fn by_reference_count() {
    in_child(by_reference_count, &[], || {
        let shared = Arc::new(String::from("shared"));
        for joined in [true, false] {
            let runtime = runtime(2);
            let handles: Vec<_> = (0..10)
                .map(|_| {
                    let shared = shared.clone();
                    runtime.spawn(move || {
                        let kept = shared;
                        park();
                        drop(kept);
                    })
                })
                .collect();
            until_parked(&runtime, 10);
            assert_eq!(runtime.shutdown(Duration::ZERO).abandoned.len(), 10);
            if joined {
                handles.into_iter().for_each(|handle| drop(handle.join().expect_err("abandoned")));
            }
        }
        churn();
        assert_eq!(Arc::strong_count(&shared), 21);
    })
    .succeeded();
}
