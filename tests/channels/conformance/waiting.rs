//! Seeing that somebody waits: at a rendezvous that is what makes the other side ready.

use crate::subject::{Receiver, Select, Sender, yield_now};

/// Returns when a sender waits at this rendezvous, or in a select with a send to it.
pub(crate) fn until_a_sender_waits<T: Send>(rx: &Receiver<T>) {
    let mut select = Select::new();
    select.recv(rx);
    while select.try_ready().is_err() {
        yield_now();
    }
}

/// Returns when a receiver waits at this rendezvous, or in a select with a receive from it.
pub(crate) fn until_a_receiver_waits<T: Send>(tx: &Sender<T>) {
    let mut select = Select::new();
    select.send(tx);
    while select.try_ready().is_err() {
        yield_now();
    }
}
