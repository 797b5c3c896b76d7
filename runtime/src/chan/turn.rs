//! Open senders (wait/list.rs): those of a `select!`, which compute their values after they have been chosen.
//!
//! If there is a place in the buffer, such a sender reserves it; if there is none, as in a rendezvous, it claims a
//! receiver that waits, who stays claimed until the value is there. It waits without a value; a receiver that finds
//! nobody else calls it and waits itself, so that it can be claimed.

use super::attempt::Attempt;
use super::core::Core;
use super::rt::{Claimed, Node, Partner, State, hand_on};

/// What an open sender has.
pub(super) enum Turn<T> {
    /// A place in the buffer is reserved.
    Place,
    /// A receiver waits for the value.
    Receiver(Partner<T>),
    /// The other side is gone.
    Refused,
}

impl<T> Core<T> {
    /// Gives an open sender its turn, if one can send now.
    pub(super) fn take_turn(&self) -> Option<Turn<T>> {
        let mut inner = self.hold();
        if inner.no_receivers {
            return Some(Turn::Refused);
        }
        if inner.has_room() {
            inner.free -= 1;
            return Some(Turn::Place);
        }
        inner.receivers.claim_first_of(Node::runs).map(Turn::Receiver)
    }

    /// The value of an open sender that had its turn. `Err`: nobody will receive it.
    pub(super) fn complete(&self, turn: Turn<T>, value: T) -> Result<(), T> {
        match turn {
            Turn::Refused => return Err(value),
            Turn::Receiver(mut receiver) => {
                let inner = self.hold();
                receiver.give(Some(value));
                let claimed = receiver.finish(State::Done);
                self.tell(inner, claimed);
            }
            Turn::Place => {
                let mut value = Some(value);
                let mut inner = self.hold();
                inner.free += 1;
                let (attempt, claimed) = inner.send(&mut value);
                // If a receiver waited, the place was not used, and is the next sender's.
                let next = inner.fill_place();
                self.tell(inner, claimed);
                hand_on(next);
                if attempt != Attempt::Done {
                    return Err(value.expect("it was not sent"));
                }
            }
        }
        Ok(())
    }

    /// It has no value after all.
    pub(super) fn give_turn_back(&self, turn: Turn<T>) {
        let mut inner = self.hold();
        let claimed = match turn {
            Turn::Refused => Claimed::NOBODY,
            Turn::Receiver(receiver) => receiver.finish(State::Again),
            Turn::Place => {
                inner.free += 1;
                inner.fill_place()
            }
        };
        self.tell(inner, claimed);
    }
}
