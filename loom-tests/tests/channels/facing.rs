//! Selects that face each other: what the one sends, the other would receive. They meet, and nobody is left waiting.
//!
//! Each calls the other whenever it announces itself, and what is called begins anew. If they are interrupted at the worst
//! places again and again, they go on so without end; hence a bound, though there are two threads.

use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;
use gopark_loom_tests::waiting::{NEVER, SOON};

use super::ends::{Channel, Stage, choose};
use super::event::Patience;
use super::operation::{OpenSending, Receiving};
use crate::goods::{Fate, Goods};

/// `select! { send(first), recv(second) }`, beginning with either; returns what was received.
fn send_or_receive(first: &Channel, second: &Channel, number: usize, receives_first: bool) -> Option<usize> {
    let sends = OpenSending::new(&first.core);
    let receives = Receiving::new(&second.core);
    let chosen = if receives_first {
        choose(&[&receives, &sends], Patience::Endless).map(|index| 1 - index)
    } else {
        choose(&[&sends, &receives], Patience::Endless)
    };
    match chosen {
        Some(0) => {
            assert_eq!(first.take_turn(&sends, number), Ok(()));
            None
        }
        _ => Some(receives.take().expect("nobody leaves").unpack()),
    }
}

fn one_value(goods: &Rc<Goods>) -> usize {
    (0..2).filter(|&number| goods.fate(number) == Fate::Received).count()
}

/// On two channels.
fn two_channels(receive_first: [bool; 2]) {
    explore_within(3, move || {
        let stage = Stage::<2>::new(0, 2);
        let crew = Crew::new();
        for (side, receives_first) in receive_first.into_iter().enumerate() {
            let stage = stage.clone();
            crew.member(move || {
                let [first, second] = [side, 1 - side].map(|index| &stage.channels[index]);
                let received = send_or_receive(first, second, side, receives_first);
                assert!(received.is_none_or(|number| number == 1 - side));
            });
        }
        crew.join();
        assert_eq!(one_value(&stage.goods), 1);
    });
}

pub(crate) fn both_send_first() {
    two_channels([false, false]);
}

pub(crate) fn both_receive_first() {
    two_channels([true, true]);
}

pub(crate) fn one_sends_first() {
    two_channels([false, true]);
}

/// On one channel, to which each sends and from which it receives; it does not meet itself.
fn one_channel(receives_first: bool) {
    explore_within(3, move || {
        let channel = Stage::<1>::new(0, 2);
        let crew = Crew::new();
        for side in 0..2 {
            let channel = channel.clone();
            crew.member(move || {
                let received = send_or_receive(&channel, &channel, side, receives_first);
                assert!(received.is_none_or(|number| number == 1 - side), "it has met itself");
            });
        }
        crew.join();
        assert_eq!(one_value(&channel.goods), 1);
    });
}

pub(crate) fn not_with_itself() {
    one_channel(false);
}

pub(crate) fn not_with_itself_receiving_first() {
    one_channel(true);
}

/// Two senders are called by a receiver, and one of them, which receives elsewhere as well, goes that way: then it is the
/// other one who serves the receiver.
pub(crate) fn called_and_gone_elsewhere() {
    explore_within(1, || {
        let stage = Stage::<2>::new(0, 3);
        let crew = Crew::new();
        let chooser = stage.clone();
        crew.member(move || {
            let [first, second] = &chooser.channels;
            let (sends, receives) = (OpenSending::new(&first.core), Receiving::new(&second.core));
            if choose(&[&receives, &sends], Patience::Endless) == Some(1) {
                // Refused, if the receiver has had the other value.
                _ = first.take_turn(&sends, 0);
            }
        });
        let sender = stage.clone();
        crew.member(move || {
            let arm = OpenSending::new(&sender.channels[0].core);
            assert_eq!(choose(&[&arm], Patience::Endless), Some(0));
            assert_eq!(sender.channels[0].take_turn(&arm, 1), Ok(()));
        });
        let receiver = stage.clone();
        crew.member(move || {
            while receiver.channels[0].receive(NEVER) != Ok(1) {}
            receiver.channels[0].core.close_receivers();
        });
        let elsewhere = stage.clone();
        crew.member(move || _ = elsewhere.channels[1].send(2, SOON));
        crew.join();
    });
}
