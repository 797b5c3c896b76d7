//! Senders that come by the intake: a channel with two places, whose intake is opened by the first value that lies ready.

use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;
use gopark_loom_tests::waiting::{NEVER, SOON};

use super::ends::{Failure, Stage, choose};
use super::event::Patience;
use super::operation::{OpenSending, Watching};
use crate::goods::Fate;

/// With a value that lies ready, so that the next one comes by the intake.
fn opened(values: usize) -> Rc<Stage<1>> {
    let channel = Stage::<1>::new(2, values);
    assert_eq!(channel.send(0, NEVER), Ok(()));
    assert!(channel.core.intake.as_ref().is_some_and(|intake| intake.is_open()));
    channel
}

/// More than there are places.
pub(crate) fn two_senders() {
    explore_within(2, || {
        let channel = opened(3);
        let crew = Crew::new();
        for number in [1, 2] {
            let sender = channel.clone();
            crew.member(move || assert_eq!(sender.send(number, NEVER), Ok(())));
        }
        let receiver = channel.clone();
        crew.member(move || {
            for _ in 0..2 {
                assert!(receiver.receive(NEVER).is_ok());
            }
        });
        crew.join();
        assert_eq!(channel.drain().len(), 1);
        channel.goods.assert_fates(&[Fate::Received; 3]);
    });
}

/// Whoever has emptied the channel waits in good time for what comes by the intake.
pub(crate) fn receiver_waits() {
    explore_within(3, || {
        let channel = opened(2);
        let crew = Crew::new();
        let receiver = channel.clone();
        crew.member(move || {
            let received = [receiver.receive(NEVER), receiver.receive(NEVER)];
            assert_eq!(received, [Ok(0), Ok(1)], "out of turn");
        });
        let sender = channel.clone();
        crew.member(move || assert_eq!(sender.send(1, NEVER), Ok(())));
        crew.join();
        assert_eq!(channel.drain(), []);
    });
}

/// What one sends by the intake and what it sends otherwise comes in its order.
pub(crate) fn in_order() {
    explore_within(3, || {
        let channel = opened(4);
        let crew = Crew::new();
        let sender = channel.clone();
        crew.member(move || (1..4).for_each(|number| assert_eq!(sender.send(number, NEVER), Ok(()))));
        let receiver = channel.clone();
        crew.member(move || {
            (0..3).for_each(|number| assert_eq!(receiver.receive(NEVER), Ok(number), "out of turn"));
        });
        crew.join();
        assert_eq!(channel.drain(), [3]);
    });
}

/// A sender that computes its value in its turn comes behind what has come by the intake.
pub(crate) fn behind() {
    explore_within(3, || {
        let channel = opened(3);
        let crew = Crew::new();
        let sender = channel.clone();
        crew.member(move || {
            assert_eq!(sender.send(1, NEVER), Ok(()));
            let arm = OpenSending::new(&sender.core);
            assert_eq!(choose(&[&arm], Patience::Endless), Some(0));
            assert_eq!(sender.take_turn(&arm, 2), Ok(()));
        });
        let receiver = channel.clone();
        crew.member(move || assert_eq!(receiver.receive(NEVER), Ok(0)));
        crew.join();
        assert_eq!(channel.drain(), [1, 2], "out of turn");
    });
}

/// Somebody watches for room, of which the intake has all that there is.
pub(crate) fn room_is_watched() {
    explore_within(3, || {
        let channel = opened(3);
        assert_eq!(channel.send(1, NEVER), Ok(()));
        let crew = Crew::new();
        let watcher = channel.clone();
        crew.member(move || {
            let watching = Watching::new(&watcher.core, true);
            assert_eq!(choose(&[&watching], Patience::Endless), Some(0));
            assert_eq!(watcher.send(2, SOON), Ok(()), "it was ready");
        });
        let receiver = channel.clone();
        crew.member(move || assert_eq!(receiver.receive(NEVER), Ok(0)));
        crew.join();
        assert_eq!(channel.drain(), [1, 2], "out of turn");
    });
}

/// What is in the intake is dropped with the rest, and who comes later is refused.
pub(crate) fn nobody_receives() {
    explore_within(3, || {
        let channel = opened(2);
        let crew = Crew::new();
        let sender = channel.clone();
        crew.member(move || {
            let sent = sender.send(1, NEVER);
            let fate = sender.goods.fate(1);
            assert_eq!(
                sent == Err(Failure::Disconnected),
                fate == Fate::Returned,
                "the sender does not know"
            );
        });
        let receiver = channel.clone();
        crew.member(move || receiver.core.close_receivers());
        crew.join();
        assert_eq!(channel.goods.fate(0), Fate::Dropped, "nobody has dropped it");
        assert_ne!(channel.goods.fate(1), Fate::Open, "nobody has dropped it");
    });
}
