//! The registers of another thread, and the stack that they point to, as they are at one moment.
//!
//! A thread that runs cannot be looked at from outside. So it is asked, by a signal, to copy its stack; the handler does
//! that and no more, and the thread goes on: some microseconds. The signal is `SIGURG`, as Go's for preemption: a process
//! that does not expect it ignores it, debuggers let it pass, and hardly anybody uses it. One that was sent by somebody
//! else goes to whoever had the signal before.
//!
//! # Invariants
//! 1. `SHOT` is written by the handler that has moved the state from ASKED to TAKING, until it says DONE; and read by
//!    whoever has asked, from DONE until it says IDLE. `ASKING` is held by that one all the time.
//! 2. `TARGET` is written before ASKED, and by nobody else.
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::io;
use std::mem;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::context::Interrupted;
use super::handler::pass_on;

/// The most that is copied of a stack, from its stack pointer on.
const MOST: usize = 64 << 10;

/// A thread that does not answer so long will not: it is stopped by a debugger, or has blocked the signal.
const PATIENCE: Duration = Duration::from_millis(100);

const IDLE: u32 = 0;
const ASKED: u32 = 1;
const TAKING: u32 = 2;
const DONE: u32 = 3;

static STATE: AtomicU32 = AtomicU32::new(IDLE);
static TARGET: AtomicI32 = AtomicI32::new(0);
static ASKING: Mutex<()> = Mutex::new(());
static SHOT: Cell = Cell(UnsafeCell::new(Shot { at: Interrupted::NOWHERE, len: 0, bytes: [0; MOST] }));
static INSTALLED: OnceLock<Installed> = OnceLock::new();

struct Cell(UnsafeCell<Shot>);

// SAFETY: invariant 1.
unsafe impl Sync for Cell {}

struct Shot {
    at: Interrupted,
    len: usize,
    bytes: [u8; MOST],
}

/// Where the stack ends that an address lies on; `None`: it is none that is to be copied.
pub(crate) type EndOf = fn(usize) -> Option<usize>;

struct Installed {
    end_of: EndOf,
    previous: libc::sigaction,
}

/// What a thread was doing.
pub(crate) struct Snapshot {
    pub(crate) at: Interrupted,
    /// Its stack, from the stack pointer upwards.
    pub(crate) stack: Vec<u8>,
}

/// Asks `thread`, one of this process; `None`: it does not answer, or does not stand on a stack that `end_of` knows. The
/// first caller's `end_of` counts.
pub(crate) fn take(thread: i32, end_of: EndOf) -> Option<Snapshot> {
    let _one_at_a_time = ASKING.lock();
    install(end_of).ok()?;
    TARGET.store(thread, Ordering::Relaxed);
    STATE.store(ASKED, Ordering::Release);
    // SAFETY: sends a signal that has a handler by now.
    let sent = unsafe { libc::syscall(libc::SYS_tgkill, std::process::id(), thread, libc::SIGURG) } == 0;
    let deadline = Instant::now() + PATIENCE;
    while STATE.load(Ordering::Acquire) != DONE {
        let gives_up = !sent || Instant::now() >= deadline;
        if gives_up && STATE.compare_exchange(ASKED, IDLE, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            return None;
        }
        thread::sleep(Duration::from_micros(20));
    }
    // SAFETY: DONE, so it is ours to read (invariant 1).
    let shot = unsafe { &*SHOT.0.get() };
    let snapshot = (shot.len > 0).then(|| Snapshot { at: shot.at, stack: shot.bytes[..shot.len].to_vec() });
    STATE.store(IDLE, Ordering::Release);
    snapshot
}

fn install(end_of: EndOf) -> io::Result<()> {
    let mut result = Ok(());
    INSTALLED.get_or_init(|| {
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
        Installed { end_of, previous }
    });
    result
}

/// # Safety
/// Called by the kernel, for a signal that was installed with SA_SIGINFO, or by another handler in its place.
unsafe extern "C" fn on_signal(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: with SA_SIGINFO the kernel passes a valid siginfo; of one from tgkill(2) the sender is there.
    let is_from_here = unsafe { (*info).si_code == libc::SI_TKILL && (*info).si_pid() == libc::getpid() };
    // SAFETY: gettid(2) is async-signal-safe.
    let is_meant = is_from_here && unsafe { libc::gettid() } == TARGET.load(Ordering::Relaxed);
    if is_meant && STATE.compare_exchange(ASKED, TAKING, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
        // SAFETY: with SA_SIGINFO the kernel passes a valid ucontext; TAKING, so the shot is ours (invariant 1).
        unsafe { shoot(Interrupted::from_context(&*context.cast()), &mut *SHOT.0.get()) };
        STATE.store(DONE, Ordering::Release);
    } else if !is_from_here && let Some(installed) = INSTALLED.get() {
        // SAFETY: the arguments are the kernel's own.
        unsafe { pass_on(&installed.previous, signal, info, context) };
    }
}

/// # Safety
/// The calling thread was interrupted at `at`.
unsafe fn shoot(at: Interrupted, shot: &mut Shot) {
    shot.at = at;
    shot.len = 0;
    let end = INSTALLED.get().and_then(|installed| (installed.end_of)(at.stack_pointer));
    if let Some(end) = end {
        shot.len = MOST.min(end.saturating_sub(at.stack_pointer));
        // SAFETY: between its stack pointer and its end a stack is mapped, and it belongs to this thread, which stands
        // still there meanwhile; the shot has room for so much, and lies elsewhere.
        unsafe { ptr::copy_nonoverlapping(at.stack_pointer as *const u8, shot.bytes.as_mut_ptr(), shot.len) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_thread_that_blocks_tells_where_and_goes_on() {
        let (tells, told) = mpsc::channel();
        let (ends, ended) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            // SAFETY: asks for a number.
            tells.send(unsafe { libc::gettid() }).unwrap();
            ended.recv().unwrap();
        });
        let number = told.recv().unwrap();
        let snapshot = take(number, |stack_pointer| Some(stack_pointer + 256)).unwrap();
        assert_eq!(snapshot.stack.len(), 256);
        assert_ne!(snapshot.at.instruction, 0);
        assert!(take(1 << 30, |_| None).is_none(), "there is no such thread");
        ends.send(()).unwrap();
        thread.join().unwrap();
    }
}
