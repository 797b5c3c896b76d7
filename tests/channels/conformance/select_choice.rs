//! Which of several arms runs: any that is ready, each about as often, none never, and one only.

use super::capacities::{BUFFERED, channel};
use super::waiting::until_a_sender_waits;
use crate::crowd::{Crowd, Kind};
use crate::subject::{Select, bounded, select, unbounded};
use crate::trial::trial;

const ROUNDS: usize = 20_000;

/// Fair coins and fair dice fail here once in 10^20 times.
#[track_caller]
fn expect_about_equal(times: &[usize]) {
    let share = times.iter().sum::<usize>() / times.len();
    let is_fair = times.iter().all(|times| times.abs_diff(share) < share / 10);
    assert!(is_fair, "{times:?}");
}

#[test]
fn two_ready_receives_run_about_equally_and_lose_nothing() {
    trial(|| {
        let [(a_tx, a), (b_tx, b)] = [unbounded(), unbounded()];
        for value in 0..ROUNDS {
            a_tx.send(value).unwrap();
            b_tx.send(value).unwrap();
        }
        let mut times = [0; 2];
        for _ in 0..ROUNDS {
            let arm = select! {
                recv(a) -> value => {
                    assert_eq!(value, Ok(times[0]));
                    0
                }
                recv(b) -> value => {
                    assert_eq!(value, Ok(times[1]));
                    1
                }
            };
            times[arm] += 1;
        }
        expect_about_equal(&times);
        assert!(a.try_iter().eq(times[0]..ROUNDS));
        assert!(b.try_iter().eq(times[1]..ROUNDS));
    });
}

#[test]
fn two_ready_sends_run_about_equally_and_lose_nothing() {
    trial(|| {
        let [(a_tx, a), (b_tx, b)] = [bounded(ROUNDS), bounded(ROUNDS)];
        for value in 0..ROUNDS {
            select! {
                send(a_tx, value) -> sent => sent.unwrap(),
                send(b_tx, value) -> sent => sent.unwrap(),
            }
        }
        expect_about_equal(&[a.len(), b.len()]);
        let mut all: Vec<_> = a.try_iter().chain(b.try_iter()).collect();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..ROUNDS));
    });
}

#[test]
fn a_ready_send_and_a_ready_receive_run_about_equally() {
    trial(|| {
        for capacity in [Some(ROUNDS), None] {
            let (source, into) = channel(capacity);
            let (sink, out) = channel(capacity);
            (0..ROUNDS).for_each(|value| source.send(value).unwrap());
            let mut received = 0;
            for _ in 0..ROUNDS {
                select! {
                    recv(into) -> value => {
                        assert_eq!(value, Ok(received));
                        received += 1;
                    }
                    send(sink, ()) -> sent => sent.unwrap(),
                }
            }
            assert_eq!(received + out.len(), ROUNDS);
            expect_about_equal(&[received, out.len()]);
        }
    });
}

#[test]
fn three_ready_arms_run_about_equally_in_the_dynamic_form() {
    trial(|| {
        let ends: Vec<_> = (0..3).map(|_| unbounded()).collect();
        for (tx, _) in &ends {
            (0..ROUNDS).for_each(|value| tx.send(value).unwrap());
        }
        let mut select = Select::new();
        ends.iter().for_each(|(_, rx)| assert!(select.recv(rx) < 3));
        let mut times = [0; 3];
        for _ in 0..ROUNDS {
            let ready = select.select();
            let arm = ready.index();
            assert_eq!(ready.recv(&ends[arm].1), Ok(times[arm]));
            times[arm] += 1;
        }
        expect_about_equal(&times);
        let mut readies = [0; 3];
        (0..ROUNDS).for_each(|_| readies[select.ready()] += 1);
        expect_about_equal(&readies);
    });
}

/// Partners that wait are ready too.
#[test]
fn two_senders_that_wait_are_met_about_equally() {
    trial(|| {
        let mut crowd = Crowd::default();
        let [a, b] = Kind::BOTH.map(|kind| {
            let (tx, rx) = bounded(0);
            crowd.start(kind, move || {
                (0..).take_while(|&value| tx.send(value).is_ok()).for_each(drop);
            });
            rx
        });
        let mut times = [0; 2];
        for _ in 0..200 {
            until_a_sender_waits(&a);
            until_a_sender_waits(&b);
            let (arm, value) = select! {
                recv(a) -> value => (0, value),
                recv(b) -> value => (1, value),
            };
            assert_eq!(value, Ok(times[arm]));
            times[arm] += 1;
        }
        drop((a, b));
        crowd.join();
        assert!(times.iter().all(|&times| times > 50), "{times:?}");
    });
}

/// 20,000 values come through two channels as they are made.
#[test]
fn two_busy_channels_lose_nothing_to_a_select() {
    trial(|| {
        for capacity in BUFFERED {
            let ends: Vec<_> = (0..2).map(|_| channel(capacity)).collect();
            let mut crowd = Crowd::default();
            for (kind, (tx, _)) in Kind::BOTH.into_iter().zip(&ends) {
                let tx = tx.clone();
                crowd.start(kind, move || (0..ROUNDS / 2).for_each(|value| tx.send(value).unwrap()));
            }
            let mut received = [0; 2];
            for _ in 0..ROUNDS {
                let (arm, value) = select! {
                    recv(ends[0].1) -> value => (0, value),
                    recv(ends[1].1) -> value => (1, value),
                };
                assert_eq!(value, Ok(received[arm]), "capacity {capacity:?}");
                received[arm] += 1;
            }
            crowd.join();
            assert_eq!(received, [ROUNDS / 2; 2]);
            assert!(ends.iter().all(|(_, rx)| rx.is_empty()));
        }
    });
}

/// One that is always ready does not keep out one that seldom is.
#[test]
fn no_arm_starves() {
    trial(|| {
        let ((busy_tx, busy), (rare_tx, rare)) = (unbounded(), unbounded());
        (0..100).for_each(|value| busy_tx.send(value).unwrap());
        for number in 0..100 {
            rare_tx.send(number).unwrap();
            let mut turns = 0;
            loop {
                select! {
                    recv(busy) -> value => busy_tx.send(value.unwrap()).unwrap(),
                    recv(rare) -> value => {
                        assert_eq!(value, Ok(number));
                        break;
                    }
                }
                turns += 1;
                assert!(turns < 200, "a coin does not fall on one side so often");
            }
        }
    });
}

#[test]
fn one_arm_runs_and_the_others_leave_no_trace() {
    trial(|| {
        let ends: Vec<_> = (0..4).map(|_| bounded(1)).collect();
        for round in 0..400 {
            ends[2].0.send(round).unwrap();
            ends[3].0.send(round).unwrap();
            let ran = select! {
                send(ends[0].0, round) -> sent => sent.map(|()| 0).unwrap(),
                send(ends[1].0, round) -> sent => sent.map(|()| 1).unwrap(),
                recv(ends[2].1) -> value => value.map(|_| 2).unwrap(),
                recv(ends[3].1) -> value => value.map(|_| 3).unwrap(),
            };
            let lengths: Vec<_> = ends.iter().map(|(tx, _)| tx.len()).collect();
            let mut expected = [0, 0, 1, 1];
            expected[ran] = 1 - expected[ran];
            assert_eq!(lengths, expected);
            ends.iter().for_each(|(_, rx)| rx.try_iter().for_each(drop));
        }
    });
}
