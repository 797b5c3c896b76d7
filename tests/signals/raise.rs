//! Sending signals to oneself.

use gopark::signal::Signal;

/// Sends the process `signal`, which has come when this returns, or comes to another of its threads in a moment.
pub(crate) fn raise(signal: impl Into<Signal>) {
    // SAFETY: it takes two numbers.
    let result = unsafe { libc::kill(libc::getpid(), signal.into().number()) };
    assert_eq!(result, 0, "the process may send signals to itself");
}
