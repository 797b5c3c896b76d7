//! A future by hand: a value that comes once, and whoever brings it wakes the one who waits.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

pub(crate) fn oneshot<T>() -> (Brings<T>, Gets<T>) {
    let place = Arc::new(Mutex::new(Place { value: None, waker: None }));
    (Brings(place.clone()), Gets(place))
}

/// Brings the value.
pub(crate) struct Brings<T>(Arc<Mutex<Place<T>>>);

/// The future of it.
pub(crate) struct Gets<T>(Arc<Mutex<Place<T>>>);

pub(crate) struct Place<T> {
    value: Option<T>,
    waker: Option<Waker>,
}

impl<T> Brings<T> {
    pub(crate) fn bring(self, value: T) {
        let waker = {
            let mut place = self.0.lock().unwrap();
            place.value = Some(value);
            place.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    /// Whether somebody has polled the future in vain.
    pub(crate) fn is_awaited(&self) -> bool {
        self.0.lock().unwrap().waker.is_some()
    }
}

impl<T> Future for Gets<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut place = self.0.lock().unwrap();
        match place.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                place.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
