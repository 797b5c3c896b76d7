//! What ends a wait for one event besides its partner: a deadline, a cancellation, the runtime that stops. A value has
//! either arrived, or its sender has it back and knows that.

use std::cell::Cell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;
use gopark_loom_tests::waiting::{self, Coroutine, NEVER, SOON, Waiter};

use super::ends::{Failure, Stage};
use super::event;
use super::operation::Receiving;
use crate::goods::Fate;

/// Both sides lose patience.
pub(crate) fn both_impatient() {
    explore_within(3, || {
        let channel = Stage::<1>::new(0, 1);
        let crew = Crew::new();
        let sender = channel.clone();
        crew.member(move || {
            let sent = sender.send(0, SOON);
            assert!(matches!(sent, Ok(()) | Err(Failure::TimedOut)));
        });
        let receiver = channel.clone();
        crew.member(move || {
            let received = receiver.receive(SOON);
            assert!(matches!(received, Ok(0) | Err(Failure::TimedOut)));
        });
        crew.join();
        assert_eq!(channel.drain(), [], "who has left is still there");
        assert_ne!(channel.goods.fate(0), Fate::Dropped, "a value is lost or doubled");
    });
}

fn impatient_sender(capacity: usize) {
    explore_within(3, move || {
        let channel = Stage::<1>::new(capacity, 2);
        let crew = Crew::new();
        let impatient = channel.clone();
        let sent = Rc::new(Cell::new(false));
        let success = sent.clone();
        crew.member(move || success.set(impatient.send(0, SOON).is_ok()));
        let patient = channel.clone();
        crew.member(move || assert_eq!(patient.send(1, NEVER), Ok(())));
        let receiver = channel.clone();
        crew.member(move || while receiver.receive(NEVER) == Ok(0) {});
        crew.join();
        channel.drain();
        let fate = if sent.get() { Fate::Received } else { Fate::Returned };
        channel.goods.assert_fates(&[fate, Fate::Received]);
    });
}

/// One of two senders loses patience, just as its turn has come maybe.
pub(crate) fn one_impatient_sender() {
    impatient_sender(0);
}

pub(crate) fn one_impatient_sender_and_a_place() {
    impatient_sender(1);
}

/// One of two receivers loses patience.
pub(crate) fn one_impatient_receiver() {
    explore_within(3, || {
        let channel = Stage::<1>::new(0, 2);
        let crew = Crew::new();
        let impatient = channel.clone();
        crew.member(move || {
            // What it has received it passes on.
            if let Ok(number) = impatient.receive(SOON) {
                assert_eq!(number, 0);
                assert_eq!(impatient.send(1, NEVER), Ok(()));
            }
        });
        let patient = channel.clone();
        crew.member(move || assert!(patient.receive(NEVER).is_ok()));
        let sender = channel.clone();
        crew.member(move || assert_eq!(sender.send(0, NEVER), Ok(())));
        crew.join();
        assert_eq!(channel.drain(), []);
        assert_eq!(channel.goods.fate(0), Fate::Received);
    });
}

/// One of the two is cancelled.
fn cancelled(cancels_sender: bool) {
    let patience = move |is_sender| if is_sender == cancels_sender { NEVER } else { SOON };
    explore_within(3, move || {
        let channel = Stage::<1>::new(0, 1);
        let coroutine = Coroutine::cancellable();
        let crew = Crew::new();
        let sender = channel.clone();
        crew.member(move || {
            if cancels_sender {
                coroutine.run();
            }
            _ = sender.send(0, patience(true));
        });
        let receiver = channel.clone();
        crew.member(move || {
            if !cancels_sender {
                coroutine.run();
            }
            _ = receiver.receive(patience(false));
        });
        crew.member(move || coroutine.cancel());
        crew.join();
        assert_eq!(channel.drain(), [], "who has left is still there");
        assert_ne!(channel.goods.fate(0), Fate::Dropped, "a value is lost or doubled");
    });
}

pub(crate) fn cancelled_sender() {
    cancelled(true);
}

pub(crate) fn cancelled_receiver() {
    cancelled(false);
}

/// A cancellation does not end a wait in a call that cannot fail.
pub(crate) fn infallible_receiver() {
    explore_within(3, || {
        let channel = Stage::<1>::new(0, 1);
        let coroutine = Coroutine::cancellable();
        let crew = Crew::new();
        let receiver = channel.clone();
        crew.member(move || {
            coroutine.run();
            let receiving = Receiving::new(&receiver.core);
            event::wait_infallibly(Waiter::current(), &receiving);
            assert_eq!(receiving.take().expect("it insists").unpack(), 0);
        });
        let sender = channel.clone();
        crew.member(move || assert_eq!(sender.send(0, NEVER), Ok(())));
        crew.member(move || coroutine.cancel());
        crew.join();
        channel.goods.assert_fates(&[Fate::Received]);
    });
}

/// A receiver that never goes on is out of the way of the others. What it was given goes with it.
pub(crate) fn receiver_left_behind() {
    explore_within(3, || {
        let channel = Stage::<1>::new(0, 2);
        let sent = Rc::new(Cell::new(false));
        let crew = Crew::new();
        let left_behind = channel.clone();
        crew.member(move || waiting::abandoned(|| _ = left_behind.receive(NEVER)));
        let (sender, success) = (channel.clone(), sent.clone());
        crew.member(move || success.set(sender.send(0, SOON).is_ok()));
        crew.join();
        assert_eq!(channel.send(1, SOON), Err(Failure::TimedOut), "who has left is still there");
        assert_eq!(sent.get(), channel.goods.fate(0) != Fate::Returned, "the sender does not know");
    });
}
