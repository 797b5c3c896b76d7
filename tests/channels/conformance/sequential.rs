//! A channel as one who is alone with it sees it: the specification that everything else is compared with.

use crate::subject::{TryRecvError, TrySendError};
use std::collections::VecDeque;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sequential {
    pub(crate) capacity: Option<usize>,
    pub(crate) held: VecDeque<u32>,
    pub(crate) senders: usize,
    pub(crate) receivers: usize,
}

impl Sequential {
    pub(crate) fn new(capacity: Option<usize>, senders: usize, receivers: usize) -> Sequential {
        Sequential { capacity, held: VecDeque::new(), senders, receivers }
    }

    /// At a rendezvous nobody waits, since the only one there is calls this.
    pub(crate) fn send(&mut self, value: u32) -> Result<(), TrySendError<u32>> {
        if self.receivers == 0 {
            Err(TrySendError::Disconnected(value))
        } else if self.is_full() {
            Err(TrySendError::Full(value))
        } else {
            self.held.push_back(value);
            Ok(())
        }
    }

    pub(crate) fn receive(&mut self) -> Result<u32, TryRecvError> {
        match self.held.pop_front() {
            Some(value) => Ok(value),
            None if self.senders == 0 => Err(TryRecvError::Disconnected),
            None => Err(TryRecvError::Empty),
        }
    }

    pub(crate) fn drop_sender(&mut self) {
        self.senders -= 1;
    }

    pub(crate) fn drop_receiver(&mut self) {
        self.receivers -= 1;
    }

    pub(crate) fn is_full(&self) -> bool {
        self.capacity.is_some_and(|places| self.held.len() >= places)
    }
}
