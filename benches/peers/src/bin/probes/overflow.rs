//! What comes of a recursion without an end.
//!
//! A coroutine calls itself, with a kibibyte in each frame, and waits for nothing. Told is what its spawner sees, and whether what the
//! coroutine owned was dropped; or how the process ends and the first line that it says before. Only one thing is wrong: to go on as if
//! nothing had been, in memory of others. To go on without destructors is sound, and leaves locked what was locked.

use std::hint::black_box;
use std::sync::Arc;

use crate::library::Probed;

#[inline(never)]
fn recurse(depth: u32) -> u32 {
    let frame = black_box([depth as u8; 1024]);
    // Behind the call, so that it needs a frame of its own.
    let below = if black_box(true) { recurse(depth + 1) } else { 0 };
    below + u32::from(frame[depth as usize % 1024])
}

pub fn seen<L: Probed>() -> String {
    let owned = Arc::new(());
    let owner = owned.clone();
    let outcome = L::try_join(L::spawn(move || {
        let _owner = owner;
        recurse(0)
    }));
    let after = L::join(L::spawn(|| 7));
    let dropped = if Arc::strong_count(&owned) == 1 { "dropped" } else { "not dropped" };
    match outcome {
        Some(_) => "it came to an end".to_owned(),
        None => {
            format!("the join is an error, another coroutine runs ({after}); what it owned was {dropped}")
        }
    }
}
