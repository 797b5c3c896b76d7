//! What comes of a recursion without an end.
//!
//! A coroutine calls itself, with a kibibyte in each frame, and waits for nothing. Told is what its spawner sees, or how the process
//! ends and the first line that it says before. Only one thing is wrong: to go on as if nothing had been, in memory of others.

use std::hint::black_box;

use crate::library::Probed;

#[inline(never)]
fn recurse(depth: u32) -> u32 {
    let frame = black_box([depth as u8; 1024]);
    // Behind the call, so that it needs a frame of its own.
    let below = if black_box(true) { recurse(depth + 1) } else { 0 };
    below + u32::from(frame[depth as usize % 1024])
}

pub fn seen<L: Probed>() -> String {
    let outcome = L::try_join(L::spawn(|| recurse(0)));
    let after = L::join(L::spawn(|| 7));
    match outcome {
        Some(_) => "it came to an end".to_owned(),
        None => format!("the join is an error, and another coroutine runs ({after})"),
    }
}
