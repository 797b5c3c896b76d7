//! What becomes of stalls that nobody wants to be told of: long ones are printed.

use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::sched::stall::{Stall, StallHook};

/// Shorter ones are not printed.
const PRINTED_AFTER: Duration = Duration::from_secs(1);

/// Prints them at once, and where they stand a moment later: names and lines take long, and the monitor has other things
/// to do.
pub(super) fn printing() -> StallHook {
    StallHook(Arc::new(|stall| {
        if stall.duration >= PRINTED_AFTER {
            print(&format!("gopark: {stall}\n"));
            let stall = stall.clone();
            let printer = thread::Builder::new().name("gopark-stall".to_owned());
            // Without a thread there is the line above.
            drop(printer.spawn(move || print_stack(&stall)));
        }
    }))
}

fn print_stack(stall: &Stall) {
    let stack = stall.stack();
    if !stack.is_empty() {
        let frames: String = stack.iter().map(|frame| format!("    {frame}\n")).collect();
        print(&format!("coroutine {} stands at\n{frames}", stall.coroutine.id()));
    }
}

fn print(text: &str) {
    // Not eprint!: it panics where stderr is closed.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
