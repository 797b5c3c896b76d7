//! A thousand coroutines in a ring, each of which waits for the one before it.

use crate::everywhere::everywhere;
use gopark::chan::{Receiver, Sender, bounded};
use gopark::{JoinHandle, go};

const SEATS: usize = 1000;

/// Each passes on what it gets, and one more. Returns both ends, and the seats between them.
fn ring(capacity: usize) -> (Sender<u64>, Receiver<u64>, Vec<JoinHandle<()>>) {
    let (first, mut from) = bounded(capacity);
    let seats = (0..SEATS)
        .map(|_| {
            let (to, next) = bounded(capacity);
            let from = std::mem::replace(&mut from, next);
            go(move || {
                for token in from {
                    to.send(token + 1).expect("the ring is closed behind it");
                }
            })
        })
        .collect();
    (first, from, seats)
}

#[test]
fn one_token_goes_round() {
    everywhere(|| {
        for capacity in [0, 1] {
            let (first, last, seats) = ring(capacity);
            let mut token = 0;
            for _ in 0..10 {
                first.send(token).expect("it receives");
                token = last.recv().expect("it comes round");
            }
            assert_eq!(token, 10 * SEATS as u64);
            drop(first);
            assert!(last.recv().is_err(), "the end goes round, too");
            seats.into_iter().for_each(|seat| seat.join().expect("no panic"));
        }
    });
}

/// They keep their order.
#[test]
fn a_hundred_tokens_follow_each_other() {
    everywhere(|| {
        let (first, last, seats) = ring(0);
        let sends =
            go(move || (0..100).for_each(|token| first.send(1_000_000 * token).expect("it receives")));
        let tokens: Vec<_> = last.iter().collect();
        let expected: Vec<_> = (0..100).map(|token| 1_000_000 * token + SEATS as u64).collect();
        assert_eq!(tokens, expected);
        sends.join().expect("no panic");
        seats.into_iter().for_each(|seat| seat.join().expect("no panic"));
    });
}

/// A ball between two players, and a referee who takes it away.
#[test]
fn ping_and_pong() {
    everywhere(|| {
        let (table, hits) = bounded(0);
        let player = |strength: u64| {
            let (table, hits) = (table.clone(), hits.clone());
            go(move || {
                let mut played = 0;
                while played < 500 {
                    let ball: u64 = hits.recv().expect("the ball");
                    played += 1;
                    table.send(ball + strength).expect("the other one, or the referee");
                }
            })
        };
        let players = [player(1), player(1000)];
        table.send(0).expect("a player");
        // Whoever has played for the last time hits it to the other, or, at the end, to the referee.
        let mut ball = 0;
        while ball != 500 * 1001 {
            ball = hits.recv().expect("the ball");
            if ball != 500 * 1001 {
                table.send(ball).expect("a player");
            }
        }
        players.into_iter().for_each(|player| player.join().expect("no panic"));
    });
}
