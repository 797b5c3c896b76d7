//! The production files themselves, and every model on them. A warning that something here is never used means
//! that a step of a protocol has no model, or a model no test.

#[allow(dead_code, reason = "no clock sends in the models")]
#[path = "../../../runtime/src/chan/alarm.rs"]
pub(crate) mod alarm;
#[path = "../../../runtime/src/chan/attempt.rs"]
pub(crate) mod attempt;
#[allow(dead_code, reason = "nobody looks from outside here")]
#[path = "../../../runtime/src/coroutine/awaits.rs"]
pub(crate) mod awaits;
#[path = "../../../runtime/src/chan/buffer.rs"]
pub(crate) mod buffer;
#[allow(dead_code, reason = "what only asks how full a channel is has its tests there")]
#[path = "../../../runtime/src/chan/core.rs"]
pub(crate) mod core;
#[allow(dead_code, reason = "what only asks how full a channel is has its tests there")]
#[path = "../../../runtime/src/chan/entrance.rs"]
pub(crate) mod entrance;
#[path = "../../../runtime/src/wait/event.rs"]
pub(crate) mod event;
#[path = "../../../runtime/src/chan/inner.rs"]
pub(crate) mod inner;
#[allow(dead_code, reason = "what only asks how full a channel is has its tests there")]
#[path = "../../../runtime/src/chan/intake.rs"]
pub(crate) mod intake;
#[allow(dead_code, reason = "what only locks use of it has its models there")]
#[path = "../../../runtime/src/wait/list.rs"]
pub(crate) mod list;
#[path = "../../../runtime/src/chan/operation.rs"]
pub(crate) mod operation;
#[path = "../../../runtime/src/chan/turn.rs"]
pub(crate) mod turn;

#[path = "ends.rs"]
pub(crate) mod ends;
#[path = "rt.rs"]
pub(crate) mod rt;

#[path = "choosing.rs"]
mod choosing;
#[path = "closing.rs"]
mod closing;
#[path = "facing.rs"]
mod facing;
#[path = "meeting.rs"]
mod meeting;
#[path = "passing.rs"]
mod passing;
#[path = "patience.rs"]
mod patience;
#[path = "turns.rs"]
mod turns;
#[path = "watching.rs"]
mod watching;

gopark_loom_tests::passes! {
    meeting {
        one_each, two_senders, two_receivers, two_senders_and_a_place, two_receivers_and_a_place, in_turn,
        place_is_filled, gone_again
    }
    passing { two_senders, receiver_waits, in_order, behind, room_is_watched, nobody_receives }
    patience {
        both_impatient, one_impatient_sender, one_impatient_sender_and_a_place, one_impatient_receiver,
        cancelled_sender, cancelled_receiver, infallible_receiver, receiver_left_behind
    }
    closing {
        last_sender_of_a_rendezvous, last_sender_and_a_place, nobody_receives, last_receiver_of_a_rendezvous,
        last_receiver_and_a_place
    }
    choosing {
        two_senders, two_places, two_choosers, impatient, does_not_wait, does_not_wait_for_a_place, cancelled,
        cancelled_at_two_places, left_behind, refused_or_received, refused, always_something
    }
    turns {
        one_receiver, two_receivers, two_kinds, place_that_was_not_needed, two_kinds_and_a_place,
        turn_is_given_back, place_is_given_back, only_place_is_given_back, place_is_reserved, cancelled,
        refused_by_a_rendezvous, refused_with_a_place
    }
    facing {
        both_send_first, both_receive_first, one_sends_first, not_with_itself, not_with_itself_receiving_first,
        called_and_gone_elsewhere
    }
    watching {
        sender_comes, value_is_there, open_sender_comes, two_watch, one_impatient, place_becomes_free,
        receiver_comes, turn_is_given_back, senders_go, receivers_go
    }
}

// In here, since the files of a channel show one another what nobody else sees.
include!(concat!(env!("OUT_DIR"), "/mutants_of_channels.rs"));
