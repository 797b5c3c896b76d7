//! Those who watch a channel: told as soon as it becomes ready.

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::{explore, explore_within};
use gopark_loom_tests::waiting::{NEVER, SOON};

use super::ends::{Channel, Failure, Stage, choose};
use super::event::Patience;
use super::operation::{OpenSending, Watching};
use crate::goods::Fate;

fn watch(channel: &Channel, sends: bool) {
    let watching = Watching::new(&channel.core, sends);
    assert_eq!(choose(&[&watching], Patience::Endless), Some(0));
}

/// Receives by watching.
fn watch_and_receive(channel: &Channel) -> Result<usize, Failure> {
    loop {
        watch(channel, false);
        if let Some(number) = channel.try_receive()? {
            return Ok(number);
        }
    }
}

fn value_comes(capacity: usize) {
    explore(move || {
        let channel = Stage::<1>::new(capacity, 1);
        let crew = Crew::new();
        let watcher = channel.clone();
        crew.member(move || assert_eq!(watch_and_receive(&watcher), Ok(0)));
        let sender = channel.clone();
        crew.member(move || assert_eq!(sender.send(0, NEVER), Ok(())));
        crew.join();
    });
}

pub(crate) fn sender_comes() {
    value_comes(0);
}

pub(crate) fn value_is_there() {
    value_comes(1);
}

/// A sender that has yet to compute its value counts, though there is nothing to take.
pub(crate) fn open_sender_comes() {
    explore_within(3, || {
        let channel = Stage::<1>::new(0, 1);
        let crew = Crew::new();
        let watcher = channel.clone();
        crew.member(move || {
            watch(&watcher, false);
            assert_eq!(watcher.receive(NEVER), Ok(0));
        });
        let sender = channel.clone();
        crew.member(move || {
            let arm = OpenSending::new(&sender.core);
            assert_eq!(choose(&[&arm], Patience::Endless), Some(0));
            assert_eq!(sender.take_turn(&arm, 0), Ok(()));
        });
        crew.join();
    });
}

/// One of two loses patience, and the other one is told all the same.
pub(crate) fn one_impatient() {
    explore_within(3, || {
        let channel = Stage::<1>::new(1, 1);
        let crew = Crew::new();
        let impatient = channel.clone();
        crew.member(move || {
            let watching = Watching::new(&impatient.core, false);
            choose(&[&watching], Patience::Until(SOON));
        });
        let patient = channel.clone();
        crew.member(move || assert_eq!(watch_and_receive(&patient), Ok(0)));
        let sender = channel.clone();
        crew.member(move || assert_eq!(sender.send(0, NEVER), Ok(())));
        crew.join();
    });
}

/// All are told, also of a value that one of them takes away.
pub(crate) fn two_watch() {
    explore_within(2, || {
        let channel = Stage::<1>::new(1, 2);
        let crew = Crew::new();
        for _ in 0..2 {
            let watcher = channel.clone();
            crew.member(move || assert!(watch_and_receive(&watcher).is_ok()));
        }
        let sender = channel.clone();
        crew.member(move || {
            assert_eq!(sender.send(0, NEVER), Ok(()));
            assert_eq!(sender.send(1, NEVER), Ok(()));
        });
        crew.join();
        channel.goods.assert_fates(&[Fate::Received, Fate::Received]);
    });
}

/// The place that somebody waits for becomes free.
pub(crate) fn place_becomes_free() {
    explore(|| {
        let channel = Stage::<1>::new(1, 2);
        assert_eq!(channel.send(0, NEVER), Ok(()));
        let crew = Crew::new();
        let watcher = channel.clone();
        crew.member(move || {
            watch(&watcher, true);
            assert_eq!(watcher.send(1, SOON), Ok(()), "it was ready");
        });
        let receiver = channel.clone();
        crew.member(move || assert_eq!(receiver.receive(NEVER), Ok(0)));
        crew.join();
        assert_eq!(channel.drain(), [1]);
    });
}

/// A receiver comes to a rendezvous.
pub(crate) fn receiver_comes() {
    explore(|| {
        let channel = Stage::<1>::new(0, 1);
        let crew = Crew::new();
        let watcher = channel.clone();
        crew.member(move || {
            watch(&watcher, true);
            assert_eq!(watcher.send(0, SOON), Ok(()), "it was ready");
        });
        let receiver = channel.clone();
        crew.member(move || assert_eq!(receiver.receive(NEVER), Ok(0)));
        crew.join();
    });
}

/// A sender that had its turn, and its place, gives it back.
pub(crate) fn turn_is_given_back() {
    explore(|| {
        let channel = Stage::<1>::new(1, 1);
        let crew = Crew::new();
        let watcher = channel.clone();
        crew.member(move || {
            let mut value = Some(watcher.goods.make(0));
            while value.is_some() {
                watch(&watcher, true);
                // Meanwhile the other one may have been quicker.
                let _ = watcher.core.send(&mut value);
            }
        });
        let gives_up = channel.clone();
        crew.member(move || {
            let arm = OpenSending::new(&gives_up.core);
            if choose(&[&arm], Patience::None).is_some() {
                drop(arm.turn().expect("the arm that was chosen"));
            }
        });
        crew.join();
        assert_eq!(channel.drain(), [0]);
    });
}

/// Nobody is left on the other side.
fn other_side_goes(sends: bool, leave: fn(&Channel)) {
    explore_within(2, move || {
        let channel = Stage::<1>::new(0, 0);
        let crew = Crew::new();
        for _ in 0..2 {
            let watcher = channel.clone();
            crew.member(move || watch(&watcher, sends));
        }
        let leaves = channel.clone();
        crew.member(move || leave(&leaves));
        crew.join();
    });
}

pub(crate) fn senders_go() {
    other_side_goes(false, |channel| channel.core.close_senders());
}

pub(crate) fn receivers_go() {
    other_side_goes(true, |channel| channel.core.close_receivers());
}
