//! Places that are lent while their holders wait for others (`gopark-pool`).
//!
//! A coroutine that has one of a bounded number of places, and waits for the end of others which may need a place to come to
//! it, would wait for itself. So it gives its place away for as long as it waits in `join`, for the end of a scope, or
//! for room where others have to make it. On a helper thread (`blocking`) its calls do the same.

use std::sync::Arc;

use super::ambient::current_ambient;
use crate::coroutine::ambient::{Ambient, Lender};
use crate::coroutine::handle::Coroutine;
use crate::coroutine::record;

/// Runs `f`, whose waits for others lend what `lender` has given.
pub fn holding_place<R>(lender: Option<Arc<dyn Lender>>, f: impl FnOnce() -> R) -> R {
    struct PutBack(Option<Arc<dyn Lender>>);
    impl Drop for PutBack {
        fn drop(&mut self) {
            let before = self.0.take();
            drop(current_ambient(|ambient| ambient.set_lender(before)));
        }
    }
    let _put_back = PutBack(current_ambient(|ambient| ambient.set_lender(lender)));
    f()
}

/// The id of the coroutine that runs this; 0: none does.
pub fn current_id() -> u64 {
    record::current().map_or(0, |record| record.coroutine.id())
}

/// Cancels, as [`JoinHandle::cancel`](crate::face::JoinHandle::cancel).
pub fn cancel(coroutine: &Coroutine) {
    coroutine.cancel();
}

/// Who has given the caller its place.
#[inline]
pub(crate) fn lender() -> Option<Arc<dyn Lender>> {
    current_ambient(Ambient::lender)
}

/// A place that the caller has given away; dropped, it takes it back.
#[must_use = "the place is taken back at once"]
pub struct Loan(Option<(Arc<dyn Lender>, u64)>);

/// Gives the caller's place away, if it has one: it is about to wait for the end of the coroutine with the id `target`, or of
/// something else (0).
// Not around a closure, which would be a frame between the caller and the switch.
#[inline]
pub fn lend(target: u64) -> Loan {
    Loan(lender().map(|lender| {
        let loan = lender.lend(target);
        (lender, loan)
    }))
}

impl Drop for Loan {
    #[inline]
    fn drop(&mut self) {
        if let Some((lender, loan)) = &self.0 {
            lender.take_back(*loan);
        }
    }
}
