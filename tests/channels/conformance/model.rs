//! Random histories of one who is alone with a channel, against the specification.

use super::capacities::channel;
use super::sequential::Sequential;
use crate::counted::{Counted, Drops};
use crate::subject::{
    Receiver, RecvTimeoutError, Select, SendTimeoutError, Sender, TryRecvError, TrySendError, select,
};
use crate::trial::trial;
use proptest::prelude::*;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// Of several handles or manners the one with this number, modulo how many there are.
type Pick = usize;

#[derive(Clone, Debug)]
enum Step {
    Send(Pick, Pick),
    Receive(Pick, Pick),
    Drain(Pick, usize),
    CloneSender(Pick),
    CloneReceiver(Pick),
    DropSender(Pick),
    DropReceiver(Pick),
}

type Value = (u32, Counted);

type Sends = fn(&Sender<Value>, Value) -> Result<(), TrySendError<Value>>;
type Receives = fn(&Receiver<Value>) -> Result<Value, TryRecvError>;

/// All the ways to send without waiting.
const SENDS: [Sends; 5] = [
    |tx, value| tx.try_send(value),
    |tx, value| tx.send_timeout(value, Duration::ZERO).map_err(in_no_time),
    |tx, value| tx.send_deadline(value, Instant::now()).map_err(in_no_time),
    |tx, value| {
        let value = Cell::new(Some(value));
        select! {
            send(tx, value.take().unwrap()) -> sent => sent.map_err(TrySendError::from),
            default => Err(TrySendError::Full(value.take().unwrap())),
        }
    },
    |tx, value| {
        let mut select = Select::new();
        select.send(tx);
        match select.try_select() {
            Ok(ready) => ready.send(tx, value).map_err(TrySendError::from),
            Err(_) => Err(TrySendError::Full(value)),
        }
    },
];

/// All the ways to receive without waiting.
const RECEIVES: [Receives; 5] = [
    |rx| rx.try_recv(),
    |rx| rx.recv_timeout(Duration::ZERO).map_err(out_of_no_time),
    |rx| rx.recv_deadline(Instant::now()).map_err(out_of_no_time),
    |rx| {
        select! {
            recv(rx) -> value => value.map_err(TryRecvError::from),
            default => Err(TryRecvError::Empty),
        }
    },
    |rx| {
        let mut select = Select::new();
        select.recv(rx);
        match select.try_select() {
            Ok(ready) => ready.recv(rx).map_err(TryRecvError::from),
            Err(_) => Err(TryRecvError::Empty),
        }
    },
];

fn in_no_time<T>(error: SendTimeoutError<T>) -> TrySendError<T> {
    match error {
        SendTimeoutError::Timeout(value) => TrySendError::Full(value),
        SendTimeoutError::Disconnected(value) => TrySendError::Disconnected(value),
    }
}

fn out_of_no_time(error: RecvTimeoutError) -> TryRecvError {
    match error {
        RecvTimeoutError::Timeout => TryRecvError::Empty,
        RecvTimeoutError::Disconnected => TryRecvError::Disconnected,
    }
}

/// The channel, and what it ought to be.
struct Compared {
    senders: Vec<Sender<Value>>,
    receivers: Vec<Receiver<Value>>,
    expected: Sequential,
    drops: Drops,
    made: u32,
}

impl Compared {
    fn new(capacity: Option<usize>) -> Compared {
        let (tx, rx) = channel(capacity);
        let expected = Sequential::new(capacity, 1, 1);
        Compared { senders: vec![tx], receivers: vec![rx], expected, drops: Drops::default(), made: 0 }
    }

    /// Does nothing if the handle that the step needs is gone.
    fn step(&mut self, step: Step) {
        match step {
            Step::Send(who, manner) => {
                let Some(tx) = picked(&self.senders, who) else { return };
                self.made += 1;
                let sent = SENDS[manner % SENDS.len()](tx, (self.made, self.drops.value()));
                let sent = sent.map_err(|error| match error {
                    TrySendError::Full((number, _)) => TrySendError::Full(number),
                    TrySendError::Disconnected((number, _)) => TrySendError::Disconnected(number),
                });
                assert_eq!(sent, self.expected.send(self.made));
            }
            Step::Receive(who, manner) => {
                let Some(rx) = picked(&self.receivers, who) else { return };
                let received = RECEIVES[manner % RECEIVES.len()](rx).map(|(number, _)| number);
                assert_eq!(received, self.expected.receive());
            }
            Step::Drain(who, most) => {
                let Some(rx) = picked(&self.receivers, who) else { return };
                let most = most.min(self.expected.held.len());
                let received: Vec<_> = rx.try_iter().take(most).map(|(number, _)| number).collect();
                assert!(received.into_iter().eq(self.expected.held.drain(..most)));
            }
            Step::CloneSender(who) => {
                self.senders.extend(picked(&self.senders, who).cloned());
                self.expected.senders = self.senders.len();
            }
            Step::CloneReceiver(who) => {
                self.receivers.extend(picked(&self.receivers, who).cloned());
                self.expected.receivers = self.receivers.len();
            }
            Step::DropSender(who) => {
                if !self.senders.is_empty() {
                    drop(self.senders.swap_remove(who % self.senders.len()));
                    self.expected.drop_sender();
                }
            }
            Step::DropReceiver(who) => {
                if !self.receivers.is_empty() {
                    drop(self.receivers.swap_remove(who % self.receivers.len()));
                    self.expected.drop_receiver();
                }
            }
        }
    }

    /// What can be seen without doing anything. Of a channel without receivers, what it holds is its own affair.
    fn look(&self) {
        if self.receivers.is_empty() {
            return;
        }
        let held = self.expected.held.len();
        let expected = (held, held == 0, self.expected.is_full(), self.expected.capacity);
        for tx in &self.senders {
            assert_eq!((tx.len(), tx.is_empty(), tx.is_full(), tx.capacity()), expected);
        }
        for rx in &self.receivers {
            assert_eq!((rx.len(), rx.is_empty(), rx.is_full(), rx.capacity()), expected);
        }
        assert_eq!(self.drops.count() + held, self.made as usize);
    }
}

fn picked<T>(handles: &[T], who: Pick) -> Option<&T> {
    handles.get(who % handles.len().max(1))
}

fn step() -> impl Strategy<Value = Step> {
    let pick = || 0..60_usize;
    prop_oneof![
        12 => (pick(), pick()).prop_map(|(who, manner)| Step::Send(who, manner)),
        10 => (pick(), pick()).prop_map(|(who, manner)| Step::Receive(who, manner)),
        2 => (pick(), 0..5_usize).prop_map(|(who, most)| Step::Drain(who, most)),
        2 => pick().prop_map(Step::CloneSender),
        2 => pick().prop_map(Step::CloneReceiver),
        2 => pick().prop_map(Step::DropSender),
        2 => pick().prop_map(Step::DropReceiver),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_channel_alone_behaves_as_specified(
        capacity in prop_oneof![(0..5_usize).prop_map(Some), Just(None)],
        steps in prop::collection::vec(step(), 0..120),
    ) {
        trial(move || {
            let mut compared = Compared::new(capacity);
            for step in steps {
                compared.step(step);
                compared.look();
            }
            let Compared { senders, receivers, drops, made, .. } = compared;
            drop((senders, receivers));
            assert_eq!(drops.count(), made as usize, "each value is dropped once");
        });
    }
}
