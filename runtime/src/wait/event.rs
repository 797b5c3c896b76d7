//! Waiting for something that may happen, or for the first of several.
//!
//! # Try, register, withdraw
//! ```text
//!   attempt every event, beginning with any        one happens: done
//!   register every event with one ticket           one could happen now: withdraw all, from the top
//!   wait until the ticket is used
//!   withdraw every event                           the one whose partner has used the ticket says so: done
//! ```
//! Nothing can happen twice: a partner makes an event happen only after it has won the ticket, which one can
//! (lockfree/status.rs). And none happens at our own hand while the ticket is out, since a partner may have won it.

use super::rt::{
    Awaited, Awaits, Caller, NEVER, Nanos, Ticket, Wait, Waiter, check, clock, random, sections,
};

/// Something that may happen for who waits.
pub(crate) trait Event {
    /// Makes it happen, if that is possible now. For somebody whose ticket is not out.
    fn attempt(&self) -> bool;

    /// When it may happen without anybody telling.
    fn deadline(&self) -> Nanos {
        NEVER
    }

    /// Announces `ticket`: whoever can will make it happen. False: it could happen now, and nothing is announced.
    fn register(&self, ticket: Ticket) -> bool;

    /// Takes the announcement back. True: it has happened.
    fn withdraw(&self) -> bool;

    /// What it is, for those who look from outside.
    fn awaits(&self) -> Awaits;

    /// It will not happen, since who waits was cancelled: leaves behind what the caller is to be told.
    fn refuse(&self);
}

/// What came of waiting for one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Happened,
    TimedOut,
    /// Who waited was cancelled, or is past its ambient deadline.
    Stopped,
}

/// Waits for one event, which has been attempted in vain.
///
/// # Panics
/// Inside `no_park`.
pub(crate) fn wait(event: &impl Event, deadline: Nanos) -> Ended {
    wait_as(Waiter::current(), event, deadline, false)
}

/// As [`wait`], as `waiter`, which the caller is. `is_announced`: with its present ticket, and the deadline is to come.
// Inlined, as all below it: a frame between the caller and the switch is a mispredicted return (coroutine/switch.rs).
#[inline(always)]
pub(crate) fn wait_as(waiter: Waiter, event: &impl Event, deadline: Nanos, mut is_announced: bool) -> Ended {
    loop {
        if !is_announced {
            if clock::is_past(deadline) {
                return Ended::TimedOut;
            }
            if !event.register(waiter.ticket()) {
                if event.attempt() {
                    return Ended::Happened;
                }
                continue;
            }
        }
        is_announced = false;
        let until = deadline.min(event.deadline());
        if waiter.wait_fallibly(event.awaits(), until, || event.withdraw()) || event.attempt() {
            return Ended::Happened;
        }
        if check().is_err() {
            return Ended::Stopped;
        }
    }
}

/// As [`wait`], as `waiter`, which the caller is, and for a call that cannot fail: neither a cancellation nor an ambient
/// deadline ends it. Does not panic.
pub(crate) fn wait_infallibly(waiter: Waiter, event: &impl Event) {
    loop {
        if !event.register(waiter.ticket()) {
            if event.attempt() {
                return;
            }
            continue;
        }
        if waiter.wait(event.awaits(), Wait::Plain, NEVER, || event.withdraw()).1 {
            return;
        }
    }
}

/// A dump tells of so many events for which somebody waits at once.
pub(crate) const TOLD_OF: usize = 8;

/// What several events are, on the stack of who waits for them.
#[repr(C)]
struct Several {
    words: [Awaits; TOLD_OF],
    count: usize,
}

impl Several {
    fn new(events: &[&dyn Event]) -> Several {
        let mut words = [Awaits::PAUSE; TOLD_OF];
        words.iter_mut().zip(events).for_each(|(word, event)| *word = event.awaits());
        Several { words, count: events.len() }
    }

    fn awaits(&self) -> Awaits {
        match self.count {
            1 => self.words[0],
            _ => Awaits::at(Awaited::First, self),
        }
    }
}

/// How long to wait for the first of several events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Not at all.
    None,
    /// Until one happens.
    Endless,
    /// Until then.
    Until(Nanos),
}

/// Waits for the first of `events`, and picks one at random if several can happen, or, if `biased`, the first of them.
/// `None`: none in time. A cancelled coroutine that may not go away with nothing is refused one at random.
///
/// # Panics
/// Inside `no_park`, if it has to wait.
pub(crate) fn select(events: &[&dyn Event], patience: Patience, biased: bool) -> Option<usize> {
    let start = if biased || events.len() < 2 { 0 } else { random::below(events.len() as u64) as usize };
    let Ok(caller) = Caller::enter() else { return refuse_one(events, start, patience) };
    if let Some(happened) = attempt_any(events, start) {
        caller.leave();
        return Some(happened);
    }
    let patience = match patience {
        Patience::Until(deadline) if clock::is_past(deadline) => Patience::None,
        patience => patience,
    };
    // One attempt at one event is a look at one moment. Of several, each may have been possible while another one was
    // looked at: so all are announced, and if nothing comes of that, there was a moment at which none was possible.
    let once = patience == Patience::None;
    let deadline = match patience {
        Patience::None if events.len() < 2 || sections::is_inside() => return None,
        Patience::None | Patience::Endless => NEVER,
        Patience::Until(deadline) => deadline,
    };
    let waiter = Waiter::current();
    loop {
        let ticket = waiter.ticket();
        let refuses = in_turn(events, start).position(|index| !events[index].register(ticket));
        let happened = match refuses {
            Some(registered) => {
                waiter.forget();
                withdraw(events, start, registered)
            }
            None if once => {
                waiter.forget();
                withdraw(events, start, events.len())
            }
            None => {
                let until = events.iter().fold(deadline, |until, event| until.min(event.deadline()));
                let several = Several::new(events);
                waiter.wait_fallibly(several.awaits(), until, || withdraw(events, start, events.len()))
            }
        };
        if let Some(happened) = happened.or_else(|| attempt_any(events, start)) {
            return Some(happened);
        }
        if clock::is_past(deadline) || (once && refuses.is_none()) {
            return None;
        }
        if check().is_err() {
            return refuse_one(events, start, patience);
        }
    }
}

fn refuse_one(events: &[&dyn Event], index: usize, patience: Patience) -> Option<usize> {
    if patience != Patience::Endless {
        return None;
    }
    events[index].refuse();
    Some(index)
}

fn attempt_any(events: &[&dyn Event], start: usize) -> Option<usize> {
    in_turn(events, start).find(|&index| events[index].attempt())
}

/// Withdraws the first `registered` in turn. Returns the one that has happened.
fn withdraw(events: &[&dyn Event], start: usize, registered: usize) -> Option<usize> {
    let mut happened = None;
    for index in in_turn(events, start).take(registered) {
        if events[index].withdraw() {
            debug_assert_eq!(happened, None, "two partners have won one ticket");
            happened = Some(index);
        }
    }
    happened
}

/// All numbers, from `start` on and round.
fn in_turn(events: &[&dyn Event], start: usize) -> impl Iterator<Item = usize> {
    let count = events.len();
    (start..count).chain(0..start)
}
