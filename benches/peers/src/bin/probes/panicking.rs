//! Whether one is told that it panics, while another one does.
//!
//! One worker, and a thousand pairs. One of a pair panics, and yields four times in a destructor. The other one, which does not
//! panic, holds a `std::sync::Mutex` across a yield and then asks `std::thread::panicking()`, eight times. Told is how often it was
//! told that it panics, and how many of its mutexes were poisoned for that: their next `lock` is an error. Nobody yields in a loop
//! without an end, since in some libraries nobody else would begin.

use std::panic::resume_unwind;
use std::sync::Mutex;
use std::thread;

use crate::library::Probed;

const PAIRS: usize = 1000;
const QUESTIONS: usize = 8;

struct Yields<L: Probed> {
    end: L::Sender<()>,
}

impl<L: Probed> Drop for Yields<L> {
    fn drop(&mut self) {
        (0..QUESTIONS / 2).for_each(|_| L::yield_now());
        L::send(&self.end, ());
    }
}

/// How often it was told that it panics, and how many mutexes were poisoned.
fn bystander<L: Probed>() -> (usize, usize) {
    let (mut told, mut poisoned) = (0, 0);
    for _ in 0..QUESTIONS {
        let mutex = Mutex::new(());
        let guard = mutex.lock();
        L::yield_now();
        told += usize::from(thread::panicking());
        drop(guard);
        poisoned += usize::from(mutex.is_poisoned());
    }
    (told, poisoned)
}

pub fn seen<L: Probed>() -> String {
    let (end, ends) = L::channel::<()>(1).expect("there are channels");
    let (mut told, mut poisoned) = (0, 0);
    for _ in 0..PAIRS {
        let bystander = L::spawn(bystander::<L>);
        let yields = Yields::<L> { end: L::another_sender(&end) };
        // Not joined: not every library says when one has panicked.
        drop(L::spawn(move || {
            let _yields = yields;
            // Without the hook, which prints.
            resume_unwind(Box::new("on purpose"));
        }));
        L::receive(&ends);
        let of_this = L::join(bystander);
        told += of_this.0;
        poisoned += of_this.1;
    }
    let asked = PAIRS * QUESTIONS;
    format!(
        "told so wrongly {told} of {asked} times during {PAIRS} panics; {poisoned} of {asked} mutexes poisoned"
    )
}
