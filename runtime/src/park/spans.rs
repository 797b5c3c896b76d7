//! Spans of the crate `tracing`, which it keeps by thread: each coroutine takes its own along.
//!
//! A span that is entered is on a list of its thread. So a coroutine that leaves its stack leaves its spans as well, and
//! enters them again when it is resumed; neighbours on its thread never see them. What a span measures as busy is the time
//! that the coroutine ran. Without a subscriber this costs one load; with one, a call for each span and direction.

use tracing_core::dispatcher::{self, Dispatch};
use tracing_core::span::Id;

/// More are not nested. A subscriber that does not leave what it is told to leave would be asked for ever.
const DEEPEST: usize = 256;

/// The spans that a coroutine has entered, the innermost first.
pub(super) struct Carried(Vec<Id>);

/// The calling coroutine is about to leave its stack: it leaves its spans.
// Neither this nor `on_resume` is inlined: the address of a thread-local must not be kept across the switch between them.
#[inline(never)]
pub(super) fn on_park() -> Carried {
    let mut spans = Vec::new();
    if dispatcher::has_been_set() {
        dispatcher::get_default(|subscriber| leave_all(subscriber, &mut spans));
    }
    Carried(spans)
}

fn leave_all(subscriber: &Dispatch, spans: &mut Vec<Id>) {
    while spans.len() < DEEPEST
        && let Some(span) = subscriber.current_span().id().cloned()
    {
        subscriber.exit(&span);
        spans.push(span);
    }
}

/// It goes on: it enters them again.
#[inline(never)]
pub(super) fn on_resume(Carried(spans): Carried) {
    if !spans.is_empty() {
        dispatcher::get_default(|subscriber| spans.iter().rev().for_each(|span| subscriber.enter(span)));
    }
}
