//! Histories of several who share a channel, and whether one of them could have done it all alone.
//!
//! A history is linearizable if there is an order of its calls which explains every answer by the sequential
//! specification, and in which no call stands before one that had ended when it began. At a rendezvous a send and a
//! receive that meet take effect together: so in such an order they stand side by side. At least one of the two has
//! to wait for the other.

use super::sequential::Sequential;
use crate::subject::{TryRecvError, TrySendError};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Call {
    Send { value: u32, waits: bool },
    Receive { waits: bool },
    DropSender,
    DropReceiver,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Answer {
    Sent(Result<(), TrySendError<u32>>),
    Received(Result<u32, TryRecvError>),
    Dropped,
}

/// A call, and between which ticks of a clock that all share it took place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) call: Call,
    pub(crate) answer: Answer,
    pub(crate) begun: usize,
    pub(crate) ended: usize,
}

/// True if some order explains what each of them has seen; `events` holds a list for each.
pub(crate) fn is_linearizable(events: &[Vec<Event>], channel: &Sequential) -> bool {
    search(&events.iter().map(Vec::as_slice).collect::<Vec<_>>(), channel)
}

/// Tries each call that may be the next one, and each meeting.
fn search(rest: &[&[Event]], channel: &Sequential) -> bool {
    let heads = || rest.iter().enumerate().filter_map(|(who, events)| Some((who, events.first()?)));
    let Some(horizon) = heads().map(|(_, event)| event.ended).min() else { return true };
    let may_be_next: Vec<_> = heads().filter(|(_, event)| event.begun < horizon).collect();
    may_be_next.iter().any(|&(who, event)| {
        let mut after = channel.clone();
        perform(&mut after, event.call) == event.answer && search(&without_heads(rest, &[who]), &after)
    }) || may_be_next.iter().any(|&(who, event)| {
        may_be_next.iter().any(|&(partner, other)| {
            meet(channel, event, other) && search(&without_heads(rest, &[who, partner]), channel)
        })
    })
}

fn without_heads<'a>(rest: &[&'a [Event]], of: &[usize]) -> Vec<&'a [Event]> {
    rest.iter()
        .enumerate()
        .map(|(who, events)| if of.contains(&who) { &events[1..] } else { *events })
        .collect()
}

fn perform(channel: &mut Sequential, call: Call) -> Answer {
    match call {
        Call::Send { value, .. } => Answer::Sent(channel.send(value)),
        Call::Receive { .. } => Answer::Received(channel.receive()),
        Call::DropSender => {
            channel.drop_sender();
            Answer::Dropped
        }
        Call::DropReceiver => {
            channel.drop_receiver();
            Answer::Dropped
        }
    }
}

fn meet(channel: &Sequential, sends: &Event, receives: &Event) -> bool {
    match (sends.call, receives.call, receives.answer) {
        (
            Call::Send { value, waits: sender_waits },
            Call::Receive { waits: receiver_waits },
            Answer::Received(Ok(received)),
        ) => {
            channel.capacity == Some(0)
                && (sender_waits || receiver_waits)
                && sends.answer == Answer::Sent(Ok(()))
                && value == received
        }
        _ => false,
    }
}

/// What such a search must accept and must refuse.
#[cfg(test)]
mod tests {
    use super::{Answer, Call, Event, Sequential, TryRecvError, TrySendError, is_linearizable};
    use crate::trial::trial;

    fn sent(value: u32, begun: usize, ended: usize) -> Event {
        Event { call: Call::Send { value, waits: true }, answer: Answer::Sent(Ok(())), begun, ended }
    }

    fn received(value: u32, begun: usize, ended: usize) -> Event {
        Event { call: Call::Receive { waits: true }, answer: Answer::Received(Ok(value)), begun, ended }
    }

    fn refused(answer: Answer, begun: usize, ended: usize) -> Event {
        let call = match answer {
            Answer::Sent(_) => Call::Send { value: 0, waits: false },
            Answer::Received(_) => Call::Receive { waits: false },
            Answer::Dropped => Call::DropSender,
        };
        Event { call, answer, begun, ended }
    }

    #[track_caller]
    fn expect(verdict: bool, places: usize, events: &[&[Event]]) {
        let channel = Sequential::new(Some(places), 1, 1);
        let events: Vec<_> = events.iter().map(|events| events.to_vec()).collect();
        assert_eq!(is_linearizable(&events, &channel), verdict);
    }

    #[test]
    fn the_order_of_two_sends_counts_only_if_one_ended_before_the_other() {
        trial(|| {
            let receives = [received(2, 4, 5), received(1, 6, 7)];
            expect(false, 2, &[&[sent(1, 0, 1)], &[sent(2, 2, 3)], &receives]);
            expect(true, 2, &[&[sent(1, 0, 2)], &[sent(2, 1, 3)], &receives]);
        });
    }

    #[test]
    fn a_value_comes_from_somewhere_and_goes_to_one() {
        trial(|| {
            expect(false, 1, &[&[received(1, 0, 1)], &[sent(1, 2, 3)]]);
            expect(true, 1, &[&[received(1, 0, 3)], &[sent(1, 1, 2)]]);
            expect(false, 1, &[&[sent(1, 0, 1)], &[received(1, 2, 4)], &[received(1, 3, 5)]]);
            expect(false, 1, &[&[sent(1, 0, 1)], &[received(2, 2, 3)]]);
        });
    }

    #[test]
    fn full_and_empty_must_have_been_true() {
        trial(|| {
            let full = Answer::Sent(Err(TrySendError::Full(0)));
            let empty = Answer::Received(Err(TryRecvError::Empty));
            expect(true, 1, &[&[sent(1, 0, 1)], &[refused(full, 2, 3)]]);
            expect(false, 2, &[&[sent(1, 0, 1)], &[refused(full, 2, 3)]]);
            expect(false, 1, &[&[sent(1, 0, 1)], &[refused(empty, 2, 3)]]);
            expect(true, 1, &[&[sent(1, 0, 2)], &[refused(empty, 1, 3)]]);
        });
    }

    #[test]
    fn the_end_comes_when_the_last_one_goes() {
        trial(|| {
            let end = Answer::Received(Err(TryRecvError::Disconnected));
            let drops = refused(Answer::Dropped, 2, 4);
            expect(true, 1, &[&[sent(1, 0, 1), drops], &[received(1, 3, 5), refused(end, 6, 7)]]);
            expect(false, 1, &[&[sent(1, 0, 1), drops], &[refused(end, 5, 6)]]);
            expect(false, 1, &[&[drops], &[refused(end, 0, 1)]]);
        });
    }

    #[test]
    fn a_rendezvous_takes_two_at_the_same_time() {
        trial(|| {
            expect(true, 0, &[&[sent(1, 0, 2)], &[received(1, 1, 3)]]);
            expect(false, 0, &[&[sent(1, 0, 1)], &[received(1, 2, 3)]]);
            expect(false, 0, &[&[sent(1, 0, 2)], &[received(2, 1, 3)]]);
            expect(false, 0, &[&[sent(1, 0, 1)]]);
            let tries = |event: Event| Event { call: Call::Receive { waits: false }, ..event };
            expect(true, 0, &[&[sent(1, 0, 2)], &[tries(received(1, 1, 3))]]);
            let call = Call::Send { value: 1, waits: false };
            expect(false, 0, &[&[Event { call, ..sent(1, 0, 2) }], &[tries(received(1, 1, 3))]]);
        });
    }
}
