//! What the kernel says of another thread of this process.

use std::cell::Cell;
use std::fs;

use rustix::thread::gettid;

/// The calling thread's number; the kernel is asked once. Never inlined: the place of a thread-local is not to be kept
/// across a switch.
#[inline(never)]
pub(crate) fn own_number() -> i32 {
    thread_local! {
        static NUMBER: Cell<i32> = const { Cell::new(0) };
    }
    NUMBER.with(|number| {
        if number.get() == 0 {
            number.set(gettid().as_raw_nonzero().get());
        }
        number.get()
    })
}

/// Whether `thread` sleeps in the kernel; false where that cannot be told. About 10 us.
///
/// Its CPU clock would tell less: a thread that shares its core with others may not gain for a while although it is
/// ready to run (more than half of such samples showed no gain).
pub(crate) fn is_asleep(thread: i32) -> bool {
    // proc_pid_stat(5): number, name in brackets (which may hold anything), state.
    let Ok(stat) = fs::read_to_string(format!("/proc/self/task/{thread}/stat")) else { return false };
    let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next());
    matches!(state, Some('S' | 'D'))
}

/// The number of the system call in which `thread` sleeps; `None` where that cannot be told. About 10 us.
pub(crate) fn system_call(thread: i32) -> Option<i64> {
    // proc_pid_syscall(5): "running", or the number and the arguments.
    let call = fs::read_to_string(format!("/proc/self/task/{thread}/syscall")).ok()?;
    call.split_ascii_whitespace().next()?.parse().ok()
}
