//! The registers of another thread, and the stack that they point to, as they are at one moment.
//!
//! A thread that runs cannot be looked at from outside. So it is asked, by a signal, to copy its stack; the handler does
//! that and no more, and the thread goes on: some microseconds. The signal is `SIGURG`, as Go's for preemption: a process
//! that does not expect it ignores it, debuggers let it pass, and hardly anybody uses it. One that was sent by somebody
//! else goes to whoever had the signal before.
//!
//! # Invariants
//! 1. `SHOT` is written by the handler that has taken the request (lockfree/request.rs), until it has answered; and read,
//!    and wiped, by whoever has asked, from then on until it ends the request. That one holds `ASKING` all the time.
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::io;
use std::mem;
use std::ptr;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::lockfree::request::Request;
use crate::stack::ceiling_at;
use crate::sys::context::Interrupted;
use crate::sys::handler::pass_on;
use crate::sys::own_memory;

/// The most that is copied of a stack, from its stack pointer on.
const MOST: usize = 64 << 10;

/// A thread that does not answer so long will not: it is stopped by a debugger, or has blocked the signal.
const PATIENCE: Duration = Duration::from_millis(100);

static REQUEST: Request = Request::new();
static ASKING: Mutex<()> = Mutex::new(());
static SHOT: Cell = Cell(UnsafeCell::new(Shot { at: Interrupted::NOWHERE, len: 0, bytes: [0; MOST] }));
/// What was installed before.
static PREVIOUS: OnceLock<libc::sigaction> = OnceLock::new();

struct Cell(UnsafeCell<Shot>);

// SAFETY: invariant 1.
unsafe impl Sync for Cell {}

struct Shot {
    at: Interrupted,
    len: usize,
    bytes: [u8; MOST],
}

/// What a thread was doing.
pub(super) struct Snapshot {
    pub(super) at: Interrupted,
    /// Its stack, from the stack pointer upwards.
    pub(super) stack: Vec<u8>,
}

/// Asks `thread`, one of this process; `None`: it does not answer, or does not stand on a coroutine's stack.
pub(super) fn take(thread: i32) -> Option<Snapshot> {
    let _one_at_a_time = ASKING.lock();
    install().ok()?;
    REQUEST.ask(thread.unsigned_abs());
    // SAFETY: sends a signal that has a handler by now.
    let sent = unsafe { libc::syscall(libc::SYS_tgkill, std::process::id(), thread, libc::SIGURG) } == 0;
    let deadline = Instant::now() + PATIENCE;
    while !REQUEST.is_answered() {
        if (!sent || Instant::now() >= deadline) && REQUEST.withdraw() {
            return None;
        }
        thread::sleep(Duration::from_micros(20));
    }
    // SAFETY: it is answered, so the shot is ours (invariant 1).
    let shot = unsafe { &mut *SHOT.0.get() };
    let bytes = &mut shot.bytes[..shot.len];
    let snapshot = (!bytes.is_empty()).then(|| Snapshot { at: shot.at, stack: bytes.to_vec() });
    own_memory::wipe(bytes);
    REQUEST.end();
    snapshot
}

fn install() -> io::Result<()> {
    let mut result = Ok(());
    PREVIOUS.get_or_init(|| {
        // SAFETY: sigaction is plain data for which zeroes are valid.
        let mut action: libc::sigaction = unsafe { mem::zeroed() };
        action.sa_sigaction = on_signal as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
        // SAFETY: as above.
        let mut previous: libc::sigaction = unsafe { mem::zeroed() };
        // SAFETY: on_signal has the signature that SA_SIGINFO asks for and is async-signal-safe.
        if unsafe { libc::sigaction(libc::SIGURG, &action, &mut previous) } != 0 {
            result = Err(io::Error::last_os_error());
        }
        previous
    });
    result
}

/// # Safety
/// Called by the kernel, for a signal that was installed with SA_SIGINFO, or by another handler in its place.
unsafe extern "C" fn on_signal(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: with SA_SIGINFO the kernel passes a valid siginfo; of one from tgkill(2) the sender is there.
    let is_from_here = unsafe { (*info).si_code == libc::SI_TKILL && (*info).si_pid() == libc::getpid() };
    // SAFETY: gettid(2) is async-signal-safe.
    let own_number = unsafe { libc::gettid() }.unsigned_abs();
    if is_from_here && REQUEST.try_take(own_number) {
        // SAFETY: with SA_SIGINFO the kernel passes a valid ucontext; taken, so the shot is ours (invariant 1).
        unsafe { shoot(Interrupted::from_context(&*context.cast()), &mut *SHOT.0.get()) };
        REQUEST.answer(own_number);
    } else if !is_from_here && let Some(previous) = PREVIOUS.get() {
        // SAFETY: the arguments are the kernel's own.
        unsafe { pass_on(previous, signal, info, context) };
    }
}

/// # Safety
/// The calling thread was interrupted at `at`.
unsafe fn shoot(at: Interrupted, shot: &mut Shot) {
    let stack_pointer = at.registers.stack_pointer;
    shot.at = at;
    shot.len = ceiling_at(stack_pointer).map_or(0, |end| MOST.min(end.saturating_sub(stack_pointer)));
    // SAFETY: between its stack pointer and its end a stack is mapped, and it belongs to this thread, which stands
    // still there meanwhile; the shot has room for so much, and lies elsewhere.
    unsafe { ptr::copy_nonoverlapping(stack_pointer as *const u8, shot.bytes.as_mut_ptr(), shot.len) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face as gopark;
    use crate::sys::thread_state;
    use std::sync::mpsc;

    #[test]
    fn a_worker_that_is_blocked_tells_where_and_goes_on() {
        let (tells, told) = mpsc::channel();
        let (ends, ended) = mpsc::channel::<()>();
        let runtime = gopark::runtime::Runtime::builder().workers(1).build().unwrap();
        let blocked = runtime.spawn(move || {
            tells.send(thread_state::own_number()).unwrap();
            ended.recv().unwrap();
        });
        let number = told.recv().unwrap();
        let snapshot = take(number).unwrap();
        let begin = snapshot.at.registers.stack_pointer;
        assert_eq!(ceiling_at(begin), Some(begin + snapshot.stack.len()));
        assert_ne!(snapshot.at.registers.instruction, 0);
        assert!(take(1 << 29).is_none(), "there is no such thread");
        let plain = thread_state::own_number();
        assert!(
            thread::spawn(move || take(plain)).join().unwrap().is_none(),
            "it stands on a stack of its own"
        );
        ends.send(()).unwrap();
        blocked.join().unwrap();
    }
}
