//! Books about values: each is made once, and ends once: received, or back at its sender.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

/// Where values have ended.
pub(crate) struct Ledger {
    made: AtomicUsize,
    received: Vec<AtomicU8>,
    returned: Vec<AtomicU8>,
    /// Bytes into sockets, and out of them.
    bytes: Mutex<(usize, usize)>,
}

impl Ledger {
    pub(crate) fn new(most: usize) -> Ledger {
        let places = || (0..most).map(|_| AtomicU8::new(0)).collect();
        Ledger { made: AtomicUsize::new(0), received: places(), returned: places(), bytes: Mutex::default() }
    }

    /// A value that there has not been before.
    pub(crate) fn make(&self) -> usize {
        self.made.fetch_add(1, Ordering::SeqCst)
    }

    pub(crate) fn has_come(&self, value: usize) {
        self.received[value].fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn is_back(&self, value: usize) {
        self.returned[value].fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn has_written(&self, bytes: usize) {
        self.bytes.lock().unwrap().0 += bytes;
    }

    pub(crate) fn has_read(&self, bytes: usize) {
        self.bytes.lock().unwrap().1 += bytes;
    }

    /// How many were received, and how many came back; each value is one of the two, once.
    pub(crate) fn balance(&self) -> (usize, usize) {
        let (mut received, mut returned) = (0, 0);
        for value in 0..self.made.load(Ordering::SeqCst) {
            let ends =
                (self.received[value].load(Ordering::SeqCst), self.returned[value].load(Ordering::SeqCst));
            match ends {
                (1, 0) => received += 1,
                (0, 1) => returned += 1,
                (times, back) => {
                    panic!("value {value} was received {times} times and came back {back} times")
                }
            }
        }
        let bytes = *self.bytes.lock().unwrap();
        assert_eq!(bytes.0, bytes.1, "bytes written, and read");
        (received, returned)
    }
}
