//! Places that are lent while their holders wait for others (`gopark-pool`).
//!
//! A coroutine that has one of a bounded number of places, and waits for the end of others which may need a place to come to
//! it, would wait for itself. So it gives its place away for as long as it waits in `join`, for the end of a scope, or
//! for room where others have to make it. On a helper thread (`blocking`) its calls do the same.

use std::sync::Arc;

use super::ambient::current_ambient;
use crate::coroutine::ambient::Lender;
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
pub(crate) fn lender() -> Option<Arc<dyn Lender>> {
    current_ambient(|ambient| ambient.lender())
}

/// Runs `wait`, in which the caller waits for the end of the coroutine with the id `target`, or of something else (0).
#[inline(always)]
pub fn lending<R>(target: u64, wait: impl FnOnce() -> R) -> R {
    struct TakeBack(Arc<dyn Lender>, u64);
    impl Drop for TakeBack {
        fn drop(&mut self) {
            self.0.take_back(self.1);
        }
    }
    let _take_back = lender().map(|lender| {
        let loan = lender.lend(target);
        TakeBack(lender, loan)
    });
    wait()
}
