//! From the kernel's handler to channels: one thread for the process, which sleeps until a signal comes.

use std::collections::BTreeSet;
use std::io;
use std::thread;

use libc::c_int;
use parking_lot::Mutex;
use signal_hook::consts::{FORBIDDEN, SIGBUS};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level::emulate_default_handler;

use super::number::Signal;
use crate::chan::{Receiver, Sender, TrySendError, bounded};
use crate::sys::disposition;

/// So many signals wait for a receiver that does not take them.
const KEPT: usize = 256;

/// The kernel's (signal(7)): standard signals, and the real-time ones.
const NUMBERS: std::ops::RangeInclusive<c_int> = 1..=64;

/// `None`: nobody has asked yet.
static DELIVERY: Mutex<Option<Delivery>> = Mutex::new(None);

struct Delivery {
    handle: Handle,
    subscriptions: Vec<Subscription>,
    /// Those that were watched at some time; their handlers stay.
    watched: BTreeSet<Signal>,
    /// Those of them that had the kernel's default action before.
    default: BTreeSet<Signal>,
}

struct Subscription {
    signals: Vec<Signal>,
    sender: Sender<Signal>,
}

/// A channel that gets these signals from now on. Their usual effect, which may be the end of the process, does not take
/// place as long as the receiver, or a clone of it, is alive; afterwards it does again.
///
/// Several receivers may ask for the same signal: each gets it. One that comes again before the first was delivered is
/// the same signal, as everywhere in Unix. A channel holds 256 that nobody has taken, and no more are added to it.
/// Disconnected it is never. It needs no runtime. The first call starts a thread, which sleeps from signal to signal.
///
/// A handler that was there before is called as well. If another library has installed one after this call, and the
/// last receiver is dropped, both its handler and the kernel's default action take place.
///
/// # Panics
/// If one of the signals cannot be caught (`SIGKILL`, `SIGSTOP`), tells of a fault of the running thread (`SIGSEGV`,
/// `SIGBUS`, `SIGILL`, `SIGFPE`) or does not exist; and if the system has no descriptors or threads left.
///
/// ```no_run
/// # use gopark_runtime::face as gopark;
/// use gopark::signal::{SIGINT, SIGTERM, notify};
/// # struct Conn; fn serve(_: Conn) {}
///
/// # let (_sender, connections) = gopark::chan::bounded::<Conn>(0);
/// let stop = notify(&[SIGINT, SIGTERM]);
/// loop {
///     gopark::select! {
///         recv(stop) -> signal => {
///             println!("{} came", signal.unwrap());
///             break;
///         }
///         recv(connections) -> conn => gopark::go(|| serve(conn.unwrap())),
///     };
/// }
/// ```
pub fn notify<S: Copy + Into<Signal>>(signals: &[S]) -> Receiver<Signal> {
    let signals: Vec<Signal> = signals.iter().map(|signal| (*signal).into()).collect();
    signals.iter().for_each(|signal| check(*signal));
    subscribe(signals).unwrap_or_else(|error| panic!("cannot wait for signals: {error}"))
}

fn check(signal: Signal) {
    let number = signal.number();
    assert!(NUMBERS.contains(&number), "there is no signal {number}");
    assert!(!FORBIDDEN.contains(&number) && number != SIGBUS, "{signal} cannot be received from a channel");
}

fn subscribe(signals: Vec<Signal>) -> io::Result<Receiver<Signal>> {
    let mut delivery = DELIVERY.lock();
    let delivery = match &mut *delivery {
        Some(delivery) => delivery,
        none => none.insert(Delivery::start()?),
    };
    delivery.watch(&signals)?;
    let (sender, receiver) = bounded(KEPT);
    delivery.subscriptions.retain(|subscription| subscription.sender.has_receivers());
    delivery.subscriptions.push(Subscription { signals, sender });
    Ok(receiver)
}

impl Delivery {
    fn start() -> io::Result<Delivery> {
        let mut signals = Signals::new::<[c_int; 0], c_int>([])?;
        let handle = signals.handle();
        let forever = move || signals.forever().for_each(|number| deliver(number.into()));
        thread::Builder::new().name("gopark-signals".to_owned()).spawn(forever)?;
        let (subscriptions, watched, default) = Default::default();
        Ok(Delivery { handle, subscriptions, watched, default })
    }

    fn watch(&mut self, signals: &[Signal]) -> io::Result<()> {
        for signal in signals {
            if self.watched.contains(signal) {
                continue;
            }
            let is_default = disposition::is_default(signal.number());
            self.handle.add_signal(signal.number())?;
            self.watched.insert(*signal);
            if is_default {
                self.default.insert(*signal);
            }
        }
        Ok(())
    }

    /// Sends it to all who have asked for it. False: there are none.
    fn send(&mut self, signal: Signal) -> bool {
        let mut is_wanted = false;
        self.subscriptions.retain(|subscription| {
            if !subscription.signals.contains(&signal) {
                return true;
            }
            let is_alive =
                !matches!(subscription.sender.try_send(signal), Err(TrySendError::Disconnected(_)));
            is_wanted |= is_alive;
            is_alive
        });
        is_wanted
    }
}

fn deliver(signal: Signal) {
    let has_default = DELIVERY
        .lock()
        .as_mut()
        .is_some_and(|delivery| !delivery.send(signal) && delivery.default.contains(&signal));
    if has_default {
        // An error says that the signal has no default action that is known.
        let _ = emulate_default_handler(signal.number());
    }
}
