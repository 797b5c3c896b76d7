//! When one goes on whom a coroutine has woken that then computes.
//!
//! Two workers, and a pair of coroutines: one waits at a channel; the other one sends it the time, computes for ten milliseconds
//! without a call that could wait, and then waits for the answer. One worker is idle all that while. No timer is involved, since some
//! libraries have a thread for these. Told is how long it took until the first one had its message, of 20 messages to each of 10
//! pairs. Around ten milliseconds says that it has waited for the other one's end.

use std::time::{Duration, Instant};

use gopark_peers::waiting::{late_by, spin};

use crate::library::Probed;

const PAIRS: usize = 10;
const MESSAGES: usize = 20;
const COMPUTES: Duration = Duration::from_millis(10);
/// Enough for the first one to wait again.
const BETWEEN: Duration = Duration::from_micros(200);

pub fn seen<L: Probed>() -> String {
    let mut pairs: Vec<Vec<f64>> = (0..PAIRS).map(|_| pair::<L>()).collect();
    pairs.iter_mut().for_each(|late| late.sort_by(f64::total_cmp));
    // A pair that shares a worker does so for good in some libraries.
    let prompt = pairs.iter().filter(|late| late[late.len() / 2] < 1000.0).count();
    let mut all: Vec<f64> = pairs.concat();
    all.sort_by(f64::total_cmp);
    let longest = all.last().expect("there are some") / 1000.0;
    format!(
        "p50 {:.3} ms, longest {longest:.3} ms; within a millisecond as a rule in {prompt} of {PAIRS} pairs",
        all[all.len() / 2] / 1000.0
    )
}

/// Microseconds.
fn pair<L: Probed>() -> Vec<f64> {
    let (sender, receiver) = L::channel::<Instant>(1).expect("there are channels");
    let (answer, answers) = L::channel::<()>(1).expect("there are channels");
    let woken = L::spawn(move || {
        let mut late = Vec::with_capacity(MESSAGES);
        while let Some(sent) = L::receive(&receiver) {
            late.push(late_by(sent, Duration::ZERO));
            L::send(&answer, ());
        }
        late
    });
    let waker = L::spawn(move || {
        for _ in 0..MESSAGES {
            spin(BETWEEN);
            L::send(&sender, Instant::now());
            spin(COMPUTES);
            L::receive(&answers);
        }
    });
    L::join(waker);
    L::join(woken)
}
