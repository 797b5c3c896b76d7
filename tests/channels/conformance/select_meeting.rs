//! Selects that meet selects: a rendezvous in which both sides have other arms, and each of the two is decided once.

use super::capacities::channel;
use crate::crowd::{Crowd, Kind};
use crate::subject::{Receiver, Select, Sender, bounded, select, unbounded};
use crate::trial::trial;
use std::time::Duration;

/// What somebody did in one round.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Did {
    Sent(usize),
    Received(usize),
    Nothing,
}

/// One sends to the left or receives from the right, the other sends to the right or receives from the left.
#[test]
fn two_crossed_selects_agree_on_one_exchange() {
    trial(|| {
        for kind in Kind::BOTH {
            const ROUNDS: usize = 500;
            let [(left, into_left), (right, into_right)] = [bounded(0), bounded(0)];
            let (tell, told) = bounded(0);
            let mut crowd = Crowd::default();
            let (his_left, his_right) = (into_left.clone(), right.clone());
            crowd.start(kind, move || {
                for round in 0..ROUNDS {
                    let did = select! {
                        send(his_right, round) -> sent => sent.map(|()| Did::Sent(round)).unwrap(),
                        recv(his_left) -> value => value.map(Did::Received).unwrap(),
                    };
                    tell.send(did).unwrap();
                }
            });
            let mut sent = 0;
            for round in 0..ROUNDS {
                let did = select! {
                    send(left, round) -> sent => sent.map(|()| Did::Sent(round)).unwrap(),
                    recv(into_right) -> value => value.map(Did::Received).unwrap(),
                };
                let expected = match did {
                    Did::Sent(value) => Did::Received(value),
                    Did::Received(value) => Did::Sent(value),
                    Did::Nothing => unreachable!("a select does something"),
                };
                assert_eq!(told.recv(), Ok(expected));
                sent += usize::from(did == Did::Sent(round));
            }
            crowd.join();
            assert!(into_left.try_recv().is_err() && sent <= ROUNDS);
        }
    });
}

/// Everybody offers to send and to receive on the same channel; they pair off.
fn party(tx: &Sender<usize>, rx: &Receiver<usize>, number: usize) -> Did {
    select! {
        send(tx, number) -> sent => sent.map_or(Did::Nothing, |()| Did::Sent(number)),
        recv(rx) -> value => value.map_or(Did::Nothing, Did::Received),
    }
}

#[test]
fn a_crowd_pairs_off_on_one_channel() {
    trial(|| {
        for round in 0..30 {
            const GUESTS: usize = 20;
            let (tx, rx) = bounded(0);
            let (tell, told) = unbounded();
            let mut crowd = Crowd::default();
            for number in 0..GUESTS {
                let (tx, rx, tell) = (tx.clone(), rx.clone(), tell.clone());
                crowd.start(Kind::BOTH[(number + round) % 2], move || {
                    tell.send(party(&tx, &rx, number)).unwrap();
                });
            }
            drop(tell);
            let (mut sent, mut received) = (Vec::new(), Vec::new());
            for did in told.iter() {
                match did {
                    Did::Sent(value) => sent.push(value),
                    Did::Received(value) => received.push(value),
                    Did::Nothing => unreachable!("both ends are held"),
                }
            }
            crowd.join();
            assert_eq!(sent.len(), GUESTS / 2);
            sent.sort_unstable();
            received.sort_unstable();
            assert_eq!(sent, received);
        }
    });
}

#[test]
fn one_guest_too_many_is_left_over_and_met_later() {
    trial(|| {
        for _ in 0..20 {
            let (tx, rx) = bounded(0);
            let (tell, told) = unbounded();
            let mut crowd = Crowd::default();
            for number in 0..7 {
                let (tx, rx, tell) = (tx.clone(), rx.clone(), tell.clone());
                crowd.start(Kind::BOTH[number % 2], move || tell.send(party(&tx, &rx, number)).unwrap());
            }
            assert_eq!(told.iter().take(6).filter(|did| matches!(did, Did::Sent(_))).count(), 3);
            tx.send(99).unwrap();
            assert_eq!(told.recv(), Ok(Did::Received(99)));
            crowd.join();
            assert!(tx.try_send(1).is_err() && rx.try_recv().is_err());
        }
    });
}

/// Neighbours in a ring share a channel each way round; every hand-over takes two who agree.
#[test]
fn a_ring_of_selects_does_not_stand_still() {
    const MEMBERS: usize = 5;
    const HANDS: usize = 300;
    trial(|| {
        let (ends, mut starts): (Vec<_>, Vec<_>) = (0..MEMBERS).map(|_| bounded(0)).unzip();
        starts.rotate_right(1);
        let (tell, told) = unbounded();
        let mut crowd = Crowd::default();
        for (number, (tx, rx)) in ends.into_iter().zip(starts).enumerate() {
            let tell = tell.clone();
            crowd.start(Kind::BOTH[number % 2], move || {
                let (mut sent, mut received) = (0, 0);
                while sent < HANDS || received < HANDS {
                    if sent == HANDS {
                        assert_eq!(rx.recv(), Ok(received));
                        received += 1;
                    } else if received == HANDS {
                        tx.send(sent).unwrap();
                        sent += 1;
                    } else {
                        select! {
                            send(tx, sent) -> result => {
                                result.unwrap();
                                sent += 1;
                            }
                            recv(rx) -> value => {
                                assert_eq!(value, Ok(received));
                                received += 1;
                            }
                        }
                    }
                }
                tell.send(sent + received).unwrap();
            });
        }
        drop(tell);
        assert!(told.iter().eq([2 * HANDS; MEMBERS]));
        crowd.join();
    });
}

/// Selects that lose patience now and then, over several rendezvous: what one says it has sent, one has received.
#[test]
fn impatient_selects_agree_on_what_happened() {
    trial(|| {
        for capacity in [Some(0), Some(1)] {
            let ends: Vec<_> = (0..3).map(|_| channel(capacity)).collect();
            let (tell, told) = unbounded();
            let mut crowd = Crowd::default();
            for number in 0..4 {
                let (ends, tell) = (ends.clone(), tell.clone());
                crowd.start(Kind::BOTH[number % 2], move || {
                    for round in 0..300 {
                        let did = once(&ends, number, number * 1000 + round);
                        tell.send(did).unwrap();
                    }
                });
            }
            drop(tell);
            let (mut sent, mut received) = (Vec::new(), Vec::new());
            for did in told.iter() {
                match did {
                    Did::Sent(value) => sent.push(value),
                    Did::Received(value) => received.push(value),
                    Did::Nothing => {}
                }
            }
            crowd.join();
            received.extend(ends.iter().flat_map(|(_, rx)| rx.try_iter()));
            sent.sort_unstable();
            received.sort_unstable();
            assert_eq!(sent, received, "capacity {capacity:?}");
            assert!(sent.len() > 20, "capacity {capacity:?}: they did not meet");
        }
    });
}

/// Offers to send to one of the channels and to receive from the two others.
fn once(ends: &[(Sender<usize>, Receiver<usize>)], number: usize, value: usize) -> Did {
    let [a, b, c] = [number, number + 1, number + 2].map(|number| &ends[number % 3]);
    let mut select = Select::new();
    let send = select.send(&a.0);
    let first = select.recv(&b.1);
    select.recv(&c.1);
    match select.select_timeout(Duration::from_micros(100)) {
        Err(_) => Did::Nothing,
        Ok(ready) if ready.index() == send => ready.send(&a.0, value).map(|()| Did::Sent(value)).unwrap(),
        Ok(ready) if ready.index() == first => ready.recv(&b.1).map(Did::Received).unwrap(),
        Ok(ready) => ready.recv(&c.1).map(Did::Received).unwrap(),
    }
}
