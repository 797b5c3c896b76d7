//! Whatever manner of sending meets whatever manner of receiving.

use super::capacities::channel;
use crate::crowd::{Crowd, Kind};
use crate::subject::{
    Receiver, RecvTimeoutError, Select, SendTimeoutError, Sender, TryRecvError, TrySendError, select,
    yield_now,
};
use crate::trial::trial;
use std::time::Duration;

const VALUES: usize = 100;
/// Short enough to run out now and then.
const PATIENCE: Duration = Duration::from_micros(30);

type Sends = fn(&Sender<usize>, usize);
type Receives = fn(&Receiver<usize>) -> Option<usize>;

const SENDS: [(&str, Sends); 5] = [
    ("send", |tx, value| tx.send(value).unwrap()),
    ("send_timeout", |tx, mut value| {
        while let Err(error) = tx.send_timeout(value, PATIENCE) {
            let SendTimeoutError::Timeout(back) = error else { panic!("the receiver is gone") };
            value = back;
        }
    }),
    ("try_send", |tx, mut value| {
        while let Err(error) = tx.try_send(value) {
            let TrySendError::Full(back) = error else { panic!("the receiver is gone") };
            value = back;
            yield_now();
        }
    }),
    ("select!", |tx, value| {
        let sent = select! {
            send(tx, value) -> sent => sent,
        };
        sent.unwrap();
    }),
    ("Select", |tx, value| {
        let mut select = Select::new();
        select.send(tx);
        select.select().send(tx, value).unwrap();
    }),
];

/// `None` is the end.
const RECEIVES: [(&str, Receives); 5] = [
    ("recv", |rx| rx.recv().ok()),
    ("recv_timeout", |rx| {
        loop {
            match rx.recv_timeout(PATIENCE) {
                Err(RecvTimeoutError::Timeout) => {}
                answer => return answer.ok(),
            }
        }
    }),
    ("try_recv", |rx| {
        loop {
            match rx.try_recv() {
                Err(TryRecvError::Empty) => yield_now(),
                answer => return answer.ok(),
            }
        }
    }),
    ("select!", |rx| {
        select! {
            recv(rx) -> received => received.ok(),
        }
    }),
    ("Select", |rx| {
        let mut select = Select::new();
        select.recv(rx);
        select.select().recv(rx).ok()
    }),
];

/// Each manner against each, on one channel at a time; all values come, in their order.
fn all_meet_all(capacity: Option<usize>) {
    for (number, (sends, send)) in SENDS.into_iter().enumerate() {
        for (receives, receive) in RECEIVES {
            if capacity == Some(0) && (sends, receives) == ("try_send", "try_recv") {
                // Neither waits, so they never meet.
                continue;
            }
            let (tx, rx) = channel(capacity);
            // The end would wake everybody: so it comes when all is received.
            let last = tx.clone();
            let mut crowd = Crowd::default();
            crowd.start(Kind::BOTH[number % 2], move || {
                (0..VALUES).for_each(|value| send(&tx, value));
            });
            let what = format!("{sends} to {receives}, capacity {capacity:?}");
            for value in 0..VALUES {
                assert_eq!(receive(&rx), Some(value), "{what}");
            }
            drop(last);
            assert_eq!(receive(&rx), None, "{what}");
            crowd.join();
        }
    }
}

#[test]
fn at_a_rendezvous() {
    trial(|| all_meet_all(Some(0)));
}

#[test]
fn with_one_place() {
    trial(|| all_meet_all(Some(1)));
}

#[test]
fn with_three_places() {
    trial(|| all_meet_all(Some(3)));
}

#[test]
fn without_a_bound() {
    trial(|| all_meet_all(None));
}

/// One of each manner at each end of one channel, all at once.
#[test]
fn all_at_once() {
    trial(|| {
        for capacity in [Some(0), Some(1), Some(3), None] {
            let (tx, rx) = channel(capacity);
            let (tell, told) = channel(None);
            let mut crowd = Crowd::default();
            for (number, (_, send)) in SENDS.into_iter().enumerate() {
                let tx = tx.clone();
                crowd.start(Kind::BOTH[number % 2], move || {
                    (0..VALUES).for_each(|value| send(&tx, number * VALUES + value));
                });
            }
            for (number, (_, receive)) in RECEIVES.into_iter().enumerate() {
                let (rx, tell) = (rx.clone(), tell.clone());
                crowd.start(Kind::BOTH[number / 2 % 2], move || {
                    while let Some(value) = receive(&rx) {
                        tell.send(value).unwrap();
                    }
                });
            }
            let mut all: Vec<_> = told.iter().take(SENDS.len() * VALUES).collect();
            drop((tx, rx));
            crowd.join();
            assert!(told.is_empty());
            all.sort_unstable();
            assert!(all.into_iter().eq(0..SENDS.len() * VALUES), "capacity {capacity:?}");
        }
    });
}
