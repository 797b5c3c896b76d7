//! Receivers behind a hog are passed over by those who send, and nobody is forgotten: when the hog is gone, they look.

use crate::activity::until_parked;
use crate::eventually::eventually;
use crate::policy::builder;
use crate::watchdog::bounded;
use gopark::chan::{Receiver, RecvError, Select, Sender, bounded as channel, unbounded};
use gopark::runtime::Runtime;
use gopark::{JoinHandle, select};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

const RECEIVERS: u64 = 4;

type Channel = (Sender<u64>, Receiver<u64>);

/// A runtime, and who keeps its only thread.
struct Stuck {
    _runtime: Runtime,
    hog: JoinHandle<()>,
    released: Arc<AtomicBool>,
    receivers: Vec<JoinHandle<Result<u64, RecvError>>>,
}

impl Stuck {
    /// Receivers that wait, and then a hog beside them.
    fn with_receivers(receiver: &Receiver<u64>, count: u64) -> Stuck {
        let runtime = builder().workers(1).on_stall(|_| ()).build().expect("a runtime");
        let receive = |_| {
            let receiver = receiver.clone();
            runtime.spawn(move || receiver.recv())
        };
        let receivers = (0..count).map(receive).collect();
        until_parked(&runtime, count);
        let (released, stalls) = (Arc::new(AtomicBool::new(false)), runtime.metrics().stalls);
        let is_released = released.clone();
        let hog = runtime.spawn(move || {
            while !is_released.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(1));
            }
        });
        eventually("the hog is noticed", || runtime.metrics().stalls > stalls);
        Stuck { _runtime: runtime, hog, released, receivers }
    }

    /// The hog ends. Returns what the receivers got.
    fn release(self) -> Vec<Result<u64, RecvError>> {
        self.released.store(true, Ordering::SeqCst);
        self.hog.join().expect("no panic");
        self.receivers.into_iter().map(|receiver| receiver.join().expect("no panic")).collect()
    }
}

fn channels() -> [Channel; 4] {
    [channel(0), channel(1), channel(RECEIVERS as usize), unbounded()]
}

#[test]
fn all_get_what_was_sent_meanwhile() {
    bounded(|| {
        for (sender, receiver) in channels() {
            let stuck = Stuck::with_receivers(&receiver, RECEIVERS);
            let sends = thread::spawn(move || (0..RECEIVERS).for_each(|n| sender.send(n).expect("received")));
            if receiver.capacity().is_none_or(|capacity| capacity >= RECEIVERS as usize) {
                sends.join().expect("it need not wait");
            } else {
                drop(sends);
            }
            let mut got: Vec<_> = stuck.release().into_iter().map(|got| got.expect("a value")).collect();
            got.sort();
            assert_eq!(got, [0, 1, 2, 3]);
        }
    });
}

/// Called for a value, and cancelled: the value is another one's.
#[test]
fn what_a_cancelled_one_leaves_is_there_for_the_next() {
    bounded(|| {
        for (sender, receiver) in channels() {
            let stuck = Stuck::with_receivers(&receiver, RECEIVERS);
            let sends = sender.clone();
            let sends = thread::spawn(move || sends.send(7).expect("received"));
            stuck.receivers[..2].iter().for_each(JoinHandle::cancel);
            let ends = thread::spawn(move || {
                sends.join().expect("somebody has received");
                drop(sender);
            });
            let got = stuck.release();
            ends.join().expect("no panic");
            assert_eq!(got.iter().filter(|got| **got == Ok(7)).count(), 1, "{got:?}");
        }
    });
}

#[test]
fn a_select_that_sends_meets_them_later() {
    bounded(|| {
        for (sender, receiver) in channels() {
            let stuck = Stuck::with_receivers(&receiver, 1);
            let sends = thread::spawn(move || {
                select! { send(sender, 7) -> sent => sent.expect("somebody receives") }
            });
            assert_eq!(stuck.release(), [Ok(7)]);
            sends.join().expect("no panic");
        }
    });
}

#[test]
fn who_watches_is_told() {
    bounded(|| {
        let (sender, receiver) = channel(0);
        let stuck = Stuck::with_receivers(&receiver, 1);
        let watches = thread::spawn(move || {
            let mut select = Select::new();
            select.send(&sender);
            while sender.try_send(7).is_err() {
                select.ready();
            }
        });
        assert_eq!(stuck.release(), [Ok(7)]);
        watches.join().expect("no panic");
    });
}
