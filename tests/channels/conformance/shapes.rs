//! The shapes that programs are made of: chains, rings, answers, many into one and one into many.

use super::capacities::{EVERY, channel};
use crate::crowd::{Crowd, Kind};
use crate::subject::{Receiver, Select, bounded, select, spawn, unbounded};
use crate::trial::trial;

#[test]
fn a_chain_hands_everything_on_in_order() {
    trial(|| {
        for capacity in EVERY {
            let (tx, mut end) = channel(capacity);
            let mut crowd = Crowd::default();
            for link in 0..30 {
                let (next, behind) = channel(capacity);
                let before: Receiver<usize> = std::mem::replace(&mut end, behind);
                crowd.start(Kind::BOTH[usize::from(link % 10 == 9)], move || {
                    before.iter().for_each(|value| next.send(value + 1).unwrap());
                });
            }
            let feeder = spawn(move || (0..100).for_each(|value| tx.send(value).unwrap()));
            assert!(end.iter().eq(30..130), "capacity {capacity:?}");
            feeder.join().unwrap();
            crowd.join();
        }
    });
}

#[test]
fn ping_is_answered_by_pong() {
    trial(|| {
        for capacity in EVERY {
            for kind in Kind::BOTH {
                let ((ping, pings), (pong, pongs)) = (channel(capacity), channel(capacity));
                let mut crowd = Crowd::default();
                crowd.start(kind, move || pings.iter().for_each(|turn| pong.send(turn + 1).unwrap()));
                for turn in 0..200 {
                    ping.send(turn).unwrap();
                    assert_eq!(pongs.recv(), Ok(turn + 1), "capacity {capacity:?}");
                }
                drop(ping);
                crowd.join();
            }
        }
    });
}

/// As many tokens as there are places but one: it must not come to a standstill.
#[test]
fn tokens_go_round_a_ring() {
    const MEMBERS: usize = 6;
    const HOPS: usize = 100;
    trial(|| {
        for capacity in [Some(1), Some(3), None] {
            let (ends, mut starts): (Vec<_>, Vec<_>) = (0..MEMBERS).map(|_| channel(capacity)).unzip();
            starts.rotate_right(1);
            let (tell, told) = unbounded();
            let mut crowd = Crowd::default();
            for (number, (tx, rx)) in ends.iter().cloned().zip(starts).enumerate() {
                let tell = tell.clone();
                crowd.start(Kind::BOTH[number % 2], move || {
                    // Nothing instead of a token is the end.
                    while let Some(hops) = rx.recv().unwrap() {
                        match hops {
                            0 => tell.send(()).unwrap(),
                            hops => tx.send(Some(hops - 1)).unwrap(),
                        }
                    }
                });
            }
            let tokens = capacity.unwrap_or(4) * MEMBERS - 1;
            (0..tokens).for_each(|token| ends[token % MEMBERS].send(Some(HOPS)).unwrap());
            assert_eq!(told.iter().take(tokens).count(), tokens, "capacity {capacity:?}");
            ends.iter().for_each(|end| end.send(None).unwrap());
            crowd.join();
        }
    });
}

/// A stage for each prime, made when it is found: McIlroy's sieve.
#[test]
fn a_sieve_of_primes_grows_while_it_runs() {
    trial(|| {
        for capacity in [Some(0), Some(1), Some(3)] {
            let (tx, mut numbers) = channel(capacity);
            let mut crowd = Crowd::default();
            crowd.start(Kind::Spawned, move || {
                (2..).all(|number| tx.send(number).is_ok());
            });
            let mut primes = Vec::new();
            while primes.len() < 25 {
                let prime: u32 = numbers.recv().unwrap();
                primes.push(prime);
                let (tx, rest) = channel(capacity);
                let before = std::mem::replace(&mut numbers, rest);
                crowd.start(Kind::Spawned, move || {
                    let mut others = before.iter().filter(|number| number % prime != 0);
                    others.all(|number| tx.send(number).is_ok());
                });
            }
            drop(numbers);
            crowd.join();
            assert_eq!((primes[0], primes[1], primes[24]), (2, 3, 97), "capacity {capacity:?}");
        }
    });
}

/// The place of one that has ended is taken by one where nothing happens.
#[test]
fn many_flow_into_one_by_a_select() {
    trial(|| {
        for capacity in EVERY {
            let mut crowd = Crowd::default();
            let mut sources = [0, 1, 2].map(|number| {
                let (tx, rx) = channel(capacity);
                crowd.start(Kind::BOTH[number % 2], move || {
                    (0..200).for_each(|value| tx.send(value * 3 + number).unwrap());
                });
                rx
            });
            let (_silent, silence) = bounded(0);
            let (mut received, mut open) = (Vec::new(), 3);
            while open > 0 {
                let (number, value) = select! {
                    recv(sources[0]) -> value => (0, value),
                    recv(sources[1]) -> value => (1, value),
                    recv(sources[2]) -> value => (2, value),
                };
                if let Ok(value) = value {
                    received.push(value);
                } else {
                    sources[number] = silence.clone();
                    open -= 1;
                }
            }
            crowd.join();
            received.sort_unstable();
            assert!(received.into_iter().eq(0..600), "capacity {capacity:?}");
        }
    });
}

#[test]
fn many_flow_into_one_and_leave_when_they_end() {
    trial(|| {
        for capacity in EVERY {
            let mut crowd = Crowd::default();
            let sources: Vec<Receiver<usize>> = (0..8)
                .map(|number| {
                    let (tx, rx) = channel(capacity);
                    crowd.start(Kind::BOTH[number % 2], move || {
                        (0..50).for_each(|value| tx.send(value * 8 + number).unwrap());
                    });
                    rx
                })
                .collect();
            let mut select = Select::new();
            sources.iter().for_each(|source| assert!(select.recv(source) < 8));
            let (mut received, mut open) = (Vec::new(), sources.len());
            while open > 0 {
                let ready = select.select();
                let index = ready.index();
                if let Ok(value) = ready.recv(&sources[index]) {
                    received.push(value);
                } else {
                    select.remove(index);
                    open -= 1;
                }
            }
            crowd.join();
            received.sort_unstable();
            assert!(received.into_iter().eq(0..400), "capacity {capacity:?}");
        }
    });
}

/// To whoever takes it: as a server hands out its connections.
#[test]
fn one_flows_into_many_by_a_select() {
    trial(|| {
        for capacity in EVERY {
            let (a, a_end) = channel(capacity);
            let (b, b_end) = channel(capacity);
            let sums = [a_end, b_end].map(|end| spawn(move || end.iter().sum::<usize>()));
            for value in 1..=400 {
                select! {
                    send(a, value) -> sent => sent.unwrap(),
                    send(b, value) -> sent => sent.unwrap(),
                }
            }
            drop((a, b));
            let sums = sums.map(|sum| sum.join().unwrap());
            assert_eq!(sums.iter().sum::<usize>(), 80_200, "capacity {capacity:?}");
            // At a rendezvous one of them may have come too late for all.
            assert!(
                capacity == Some(0) || sums.iter().all(|&sum| sum > 0),
                "capacity {capacity:?}: {sums:?}"
            );
        }
    });
}
