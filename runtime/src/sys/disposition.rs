//! What becomes of a signal.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::ptr;

/// Whether the kernel does with the signal what it does by default: it is neither caught nor ignored. One system call.
pub(crate) fn is_default(signal: i32) -> bool {
    let mut present = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: nothing is changed, and `present` is a valid place for an action.
    let asked = unsafe { libc::sigaction(signal, ptr::null(), present.as_mut_ptr()) };
    // SAFETY: the call has succeeded, so it has filled it in.
    asked == 0 && unsafe { present.assume_init() }.sa_sigaction == libc::SIG_DFL
}

#[cfg(test)]
mod tests {
    use super::is_default;

    #[test]
    fn rust_ignores_broken_pipes_and_catches_faults() {
        assert!(!is_default(libc::SIGPIPE));
        assert!(!is_default(libc::SIGSEGV));
        assert!(is_default(libc::SIGUSR2));
    }
}
