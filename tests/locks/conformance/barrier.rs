//! A point that nobody passes before all have come.

use crate::crowd::{Crowd, Kind};
use crate::subject::{Barrier, BarrierWaitResult, spawn};
use crate::trial::{let_them_wait, trial};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn nobody_passes_before_all_have_come() {
    trial(|| {
        const ROUNDS: usize = 200;
        const MEMBERS: usize = 5;
        let shared = Arc::new((Barrier::new(MEMBERS), AtomicUsize::new(0)));
        let mut crowd = Crowd::default();
        for number in 0..MEMBERS {
            let shared = shared.clone();
            crowd.start(Kind::BOTH[number % 2], move || {
                let (barrier, came) = &*shared;
                for round in 1..=ROUNDS {
                    came.fetch_add(1, Ordering::SeqCst);
                    barrier.wait();
                    let came = came.load(Ordering::SeqCst);
                    assert!((round * MEMBERS..=(round + 1) * MEMBERS).contains(&came));
                }
            });
        }
        crowd.join();
        assert_eq!(shared.1.load(Ordering::SeqCst), ROUNDS * MEMBERS);
    });
}

#[test]
fn one_of_each_generation_leads() {
    trial(|| {
        for members in [2, 3, 7] {
            const ROUNDS: usize = 100;
            let leaders = Arc::new((0..ROUNDS).map(|_| AtomicUsize::new(0)).collect::<Vec<_>>());
            let barrier = Arc::new(Barrier::new(members));
            let mut crowd = Crowd::default();
            for number in 0..members {
                let (barrier, leaders) = (barrier.clone(), leaders.clone());
                crowd.start(Kind::BOTH[number % 2], move || {
                    for leader in &*leaders {
                        if barrier.wait().is_leader() {
                            leader.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                });
            }
            crowd.join();
            assert!(leaders.iter().all(|leader| leader.load(Ordering::SeqCst) == 1));
        }
    });
}

#[test]
fn one_too_few_do_not_pass() {
    trial(|| {
        let barrier = Arc::new(Barrier::new(4));
        let waits: Vec<_> = (0..3)
            .map(|_| {
                let barrier = barrier.clone();
                spawn(move || barrier.wait().is_leader())
            })
            .collect();
        let_them_wait();
        assert!(waits.iter().all(|waits| !waits.is_finished()));
        let mine = barrier.wait().is_leader();
        let leaders = waits.into_iter().filter_map(|waits| waits.join().unwrap().then_some(())).count();
        assert_eq!(leaders + usize::from(mine), 1);
    });
}

#[test]
fn alone_everybody_leads() {
    trial(|| {
        for members in [0, 1] {
            let barrier = Barrier::new(members);
            for _ in 0..3 {
                let result: BarrierWaitResult = barrier.wait();
                assert!(result.is_leader(), "{members} members");
            }
        }
    });
}

#[test]
fn what_was_written_before_is_seen_behind() {
    trial(|| {
        const MEMBERS: usize = 4;
        let shared = Arc::new((Barrier::new(MEMBERS), [const { AtomicUsize::new(0) }; MEMBERS]));
        let mut crowd = Crowd::default();
        for number in 0..MEMBERS {
            let shared = shared.clone();
            crowd.start(Kind::BOTH[number % 2], move || {
                let (barrier, written) = &*shared;
                for round in 1..=50 {
                    written[number].store(round, Ordering::Relaxed);
                    barrier.wait();
                    assert!(written.iter().all(|written| written.load(Ordering::Relaxed) == round));
                    barrier.wait();
                }
            });
        }
        crowd.join();
    });
}

#[test]
fn it_tells_what_it_is() {
    trial(|| {
        let barrier = Barrier::new(1);
        let shown = format!("{barrier:?} {:?}", barrier.wait());
        assert_eq!(shown, "Barrier { .. } BarrierWaitResult { is_leader: true }");
    });
}
