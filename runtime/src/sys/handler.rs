//! Signal handlers that stand before somebody else's.
#![allow(unsafe_code)]

use std::mem;
use std::ptr;

/// Does what would have happened without us.
///
/// # Safety
/// Called inside the handler, with the kernel's arguments.
pub(crate) unsafe fn pass_on(
    previous: &libc::sigaction,
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    match previous.sa_sigaction {
        libc::SIG_DFL | libc::SIG_IGN => {
            // Back to the default; the access is repeated on return and ends the process with a core file.
            // (A fault that is ignored ends the process as well, says signal(7).)
            // SAFETY: zeroes are a valid sigaction, SIG_DFL among them.
            let default: libc::sigaction = unsafe { mem::zeroed() };
            // SAFETY: sigaction(2) is async-signal-safe.
            unsafe { libc::sigaction(signal, &default, ptr::null_mut()) };
        }
        handler if previous.sa_flags & libc::SA_SIGINFO != 0 => {
            type Action = unsafe extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
            // SAFETY: whoever installed it with SA_SIGINFO promised this signature.
            let handler: Action = unsafe { mem::transmute::<usize, Action>(handler) };
            // SAFETY: called as the kernel would have called it.
            unsafe { handler(signal, info, context) };
        }
        handler => {
            // SAFETY: without SA_SIGINFO the handler takes the signal's number only.
            let handler: unsafe extern "C" fn(libc::c_int) = unsafe { mem::transmute(handler) };
            // SAFETY: called as the kernel would have called it.
            unsafe { handler(signal) };
        }
    }
}
