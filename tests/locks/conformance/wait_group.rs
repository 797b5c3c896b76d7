//! Waiting until everybody who has a share has given it up.

use crate::crowd::{Crowd, Kind};
use crate::subject::{WaitGroup, spawn};
use crate::trial::{let_them_wait, trial};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn a_group_of_one_waits_for_nobody() {
    trial(|| {
        WaitGroup::new().wait();
        WaitGroup::default().wait();
        let group = WaitGroup::new();
        drop(group.clone());
        group.wait();
    });
}

#[test]
fn a_wait_ends_when_the_others_have_gone_and_not_before() {
    trial(|| {
        let group = WaitGroup::new();
        let shares: Vec<_> = (0..3).map(|_| group.clone()).collect();
        let waits = spawn(move || group.wait());
        for share in shares {
            let_them_wait();
            assert!(!waits.is_finished());
            drop(share);
        }
        waits.join().unwrap();
    });
}

#[test]
fn what_the_others_have_done_is_seen_behind_the_wait() {
    trial(|| {
        for _ in 0..50 {
            const CROWD: usize = 4;
            let (group, done) = (WaitGroup::new(), Arc::new([const { AtomicUsize::new(0) }; CROWD]));
            let mut crowd = Crowd::default();
            for number in 0..CROWD {
                let (share, done) = (group.clone(), done.clone());
                crowd.start(Kind::BOTH[number % 2], move || {
                    done[number].store(number + 1, Ordering::Relaxed);
                    drop(share);
                });
            }
            group.wait();
            let done: Vec<_> = done.iter().map(|done| done.load(Ordering::Relaxed)).collect();
            assert_eq!(done, [1, 2, 3, 4]);
            crowd.join();
        }
    });
}

/// To wait is to give up one's share, so those who wait do not wait for each other.
#[test]
fn several_may_wait() {
    trial(|| {
        let group = WaitGroup::new();
        let mut crowd = Crowd::default();
        for number in 0..6 {
            let share = group.clone();
            crowd.start(Kind::BOTH[number % 2], move || share.wait());
        }
        let_them_wait();
        drop(group);
        crowd.join();
    });
}

#[test]
fn shares_can_be_made_of_shares() {
    trial(|| {
        let group = WaitGroup::new();
        let finished = Arc::new(AtomicUsize::new(0));
        /// Halves the work until it is one, each half with a share of its own.
        fn split(share: WaitGroup, work: usize, finished: Arc<AtomicUsize>) {
            if work == 1 {
                finished.fetch_add(1, Ordering::SeqCst);
                return;
            }
            for half in [work / 2, work - work / 2] {
                let (share, finished) = (share.clone(), finished.clone());
                drop(spawn(move || split(share, half, finished)));
            }
        }
        split(group.clone(), 40, finished.clone());
        group.wait();
        assert_eq!(finished.load(Ordering::SeqCst), 40);
    });
}

#[test]
fn a_panic_gives_the_share_up() {
    trial(|| {
        let group = WaitGroup::new();
        let share = group.clone();
        let panics = spawn(move || {
            let _share = share;
            panic!("on purpose");
        });
        group.wait();
        assert!(panics.join().is_err());
    });
}

#[test]
fn a_group_can_be_joined_while_one_waits() {
    trial(|| {
        let group = WaitGroup::new();
        let share = group.clone();
        let waits = spawn(move || group.wait());
        let_them_wait();
        let late = share.clone();
        drop(share);
        let_them_wait();
        assert!(!waits.is_finished(), "one more has come before the last has gone");
        drop(late);
        waits.join().unwrap();
    });
}

#[test]
fn it_shows_how_many_there_are() {
    trial(|| {
        let group = WaitGroup::new();
        let share = group.clone();
        assert_eq!(format!("{group:?}"), "WaitGroup { count: 2 }");
        drop(share);
        assert_eq!(format!("{group:?}"), "WaitGroup { count: 1 }");
    });
}
