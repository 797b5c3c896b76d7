//! A `select!` that receives on two channels: one arm happens, and what the other sender has is still there.

use std::cell::Cell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::{explore, explore_within};
use gopark_loom_tests::waiting::{self, Coroutine, NEVER, SOON};

use super::ends::{Failure, Stage, choose};
use super::event::Patience;
use super::operation::Receiving;
use crate::goods::Fate;

type TwoChannels = Stage<2>;

impl TwoChannels {
    /// Receives on either channel, if that happens in time; `Disconnected` is what an arm gets that was refused.
    fn choose(&self, patience: Patience) -> Option<Result<usize, Failure>> {
        let arms = [0, 1].map(|side| Receiving::new(&self.channels[side].core));
        let chosen = choose(&[&arms[0], &arms[1]], patience);
        let received = arms.map(|arm| arm.take());
        for (side, value) in received.iter().enumerate() {
            assert!(value.is_none() || chosen == Some(side), "received by an arm that was not chosen");
        }
        let value = received.into_iter().flatten().next();
        chosen.map(|_| value.map_or(Err(Failure::Disconnected), |value| Ok(value.unpack())))
    }

    /// What has not been received is with its sender, or in its channel.
    fn end(&self, sent: &[bool; 2], received: Option<usize>) {
        let left = [0, 1].map(|side| self.channels[side].drain());
        for side in 0..2 {
            let got = received == Some(side) || left[side] == [side];
            assert_eq!(sent[side], got, "the sender does not know");
            let fate = if sent[side] { Fate::Received } else { Fate::Returned };
            assert_eq!(self.goods.fate(side), fate, "a value is lost or doubled");
        }
    }
}

/// The other value is received next.
fn both_in_some_order(capacity: usize) {
    explore_within(2, move || {
        let stage = TwoChannels::new(capacity, 2);
        let crew = Crew::new();
        let chooser = stage.clone();
        crew.member(move || {
            let first = chooser.choose(Patience::Endless).expect("endless").expect("nobody has left");
            assert_eq!(chooser.channels[1 - first].receive(NEVER), Ok(1 - first));
        });
        for side in 0..2 {
            let sender = stage.clone();
            crew.member(move || assert_eq!(sender.channels[side].send(side, NEVER), Ok(())));
        }
        crew.join();
        stage.goods.assert_fates(&[Fate::Received, Fate::Received]);
    });
}

pub(crate) fn two_senders() {
    both_in_some_order(0);
}

pub(crate) fn two_places() {
    both_in_some_order(1);
}

/// Two selects and two senders.
pub(crate) fn two_choosers() {
    explore_within(2, || {
        let stage = TwoChannels::new(0, 2);
        let crew = Crew::new();
        for _ in 0..2 {
            let chooser = stage.clone();
            crew.member(move || assert!(chooser.choose(Patience::Endless).expect("endless").is_ok()));
        }
        for side in 0..2 {
            let sender = stage.clone();
            crew.member(move || assert_eq!(sender.channels[side].send(side, NEVER), Ok(())));
        }
        crew.join();
        stage.goods.assert_fates(&[Fate::Received, Fate::Received]);
    });
}

/// One chooses with this patience, while two send; and it may be cancelled.
fn ends_early(capacity: usize, patience: Patience, is_cancelled: bool) {
    explore_within(2, move || {
        let stage = TwoChannels::new(capacity, 2);
        let received = Rc::new(Cell::new(None));
        let sent = Rc::new([Cell::new(false), Cell::new(false)]);
        let crew = Crew::new();
        let coroutine = Coroutine::cancellable();
        let (chooser, number) = (stage.clone(), received.clone());
        crew.member(move || {
            if is_cancelled {
                coroutine.run();
            }
            number.set(chooser.choose(patience).and_then(Result::ok));
        });
        for side in 0..2 {
            let (sender, sent) = (stage.clone(), sent.clone());
            crew.member(move || sent[side].set(sender.channels[side].send(side, SOON).is_ok()));
        }
        if is_cancelled {
            crew.member(move || coroutine.cancel());
        }
        crew.join();
        stage.end(&[sent[0].get(), sent[1].get()], received.get());
    });
}

pub(crate) fn impatient() {
    ends_early(0, Patience::Until(SOON), false);
}

/// A default arm.
pub(crate) fn does_not_wait() {
    ends_early(0, Patience::None, false);
}

pub(crate) fn does_not_wait_for_a_place() {
    ends_early(1, Patience::None, false);
}

pub(crate) fn cancelled() {
    ends_early(0, Patience::Until(NEVER), true);
}

pub(crate) fn cancelled_at_two_places() {
    ends_early(1, Patience::Endless, true);
}

/// It never goes on: one value at most goes with it, and it is out of the way.
pub(crate) fn left_behind() {
    explore_within(2, || {
        let stage = TwoChannels::new(0, 2);
        let sent = Rc::new([Cell::new(false), Cell::new(false)]);
        let crew = Crew::new();
        let left_behind = stage.clone();
        crew.member(move || waiting::abandoned(|| _ = left_behind.choose(Patience::Endless)));
        for side in 0..2 {
            let (sender, sent) = (stage.clone(), sent.clone());
            crew.member(move || sent[side].set(sender.channels[side].send(side, SOON).is_ok()));
        }
        crew.join();
        assert!(!(sent[0].get() && sent[1].get()), "two partners have won one ticket");
        for side in 0..2 {
            let mut value = Some(stage.goods.make(side));
            let _ = stage.channels[side].core.send(&mut value);
            assert!(value.is_some(), "who has left is still there");
        }
    });
}

/// One arm is refused, since its senders are gone, while a value comes to the other.
pub(crate) fn refused_or_received() {
    explore_within(3, || {
        let stage = TwoChannels::new(0, 2);
        let crew = Crew::new();
        let chooser = stage.clone();
        crew.member(move || match chooser.choose(Patience::Endless).expect("endless") {
            Ok(number) => assert_eq!(number, 0),
            Err(_) => assert_eq!(chooser.channels[0].receive(NEVER), Ok(0)),
        });
        let sender = stage.clone();
        crew.member(move || assert_eq!(sender.channels[0].send(0, NEVER), Ok(())));
        let closer = stage.clone();
        crew.member(move || closer.channels[1].core.close_senders());
        crew.join();
        assert_eq!(stage.channels[1].receive(NEVER), Err(Failure::Disconnected));
        assert_eq!(stage.goods.fate(0), Fate::Received);
    });
}

/// The senders go while it announces itself, or waits.
pub(crate) fn refused() {
    explore(|| {
        let stage = TwoChannels::new(0, 1);
        let crew = Crew::new();
        let chooser = stage.clone();
        crew.member(move || {
            let arm = Receiving::new(&chooser.channels[0].core);
            assert_eq!(choose(&[&arm], Patience::Endless), Some(0));
            assert!(arm.take().is_none(), "there was no value");
        });
        let closer = stage.clone();
        crew.member(move || closer.channels[0].core.close_senders());
        crew.join();
    });
}

/// Again and again a value comes to one channel, and then the other's is taken away. At each moment one of the two can
/// be received, so that is what happens.
pub(crate) fn always_something() {
    explore(|| {
        let stage = TwoChannels::new(1, 4);
        assert_eq!(stage.channels[0].send(0, NEVER), Ok(()));
        let crew = Crew::new();
        let chooser = stage.clone();
        crew.member(move || {
            let [was_full, was_empty] = [0, 1].map(|side| Receiving::new(&chooser.channels[side].core));
            let chosen = choose(&[&was_empty, &was_full], Patience::None);
            assert!(chosen.is_some(), "there was always something");
            for arm in [was_full, was_empty] {
                arm.take().into_iter().for_each(|value| _ = value.unpack());
            }
        });
        let mover = stage.clone();
        crew.member(move || {
            for number in 1..4 {
                let (to, from) = (number % 2, 1 - number % 2);
                assert_eq!(mover.channels[to].send(number, NEVER), Ok(()));
                assert!(mover.channels[from].try_receive().is_ok());
            }
        });
        crew.join();
    });
}
