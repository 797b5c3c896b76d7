//! Which signal.

use std::fmt;

use libc::c_int;
use signal_hook::{consts, low_level};

/// A signal of the operating system; see signal(7).
///
/// ```
/// use gopark_runtime::face::signal::{SIGTERM, Signal};
///
/// assert_eq!(SIGTERM.number(), 15);
/// assert_eq!(Signal::from(15), SIGTERM);
/// assert_eq!(SIGTERM.to_string(), "SIGTERM");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(c_int);

impl Signal {
    /// The kernel's number for it.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::signal::{SIGUSR1, notify};
    ///
    /// let signals = notify(&[SIGUSR1]);
    /// // SAFETY: the signal has a handler.
    /// unsafe { libc::raise(SIGUSR1.number()) };
    /// assert_eq!(signals.recv(), Ok(SIGUSR1));
    /// ```
    #[must_use]
    pub const fn number(self) -> c_int {
        self.0
    }
}

impl From<c_int> for Signal {
    fn from(number: c_int) -> Signal {
        Signal(number)
    }
}

impl From<Signal> for c_int {
    fn from(signal: Signal) -> c_int {
        signal.0
    }
}

impl PartialEq<c_int> for Signal {
    fn eq(&self, number: &c_int) -> bool {
        self.0 == *number
    }
}

impl PartialEq<Signal> for c_int {
    fn eq(&self, signal: &Signal) -> bool {
        *self == signal.0
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match low_level::signal_name(self.0) {
            Some(name) => f.pad(name),
            None => write!(f, "signal {}", self.0),
        }
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! signals {
    ($($(#[$meta:meta])* $name:ident)+) => {
        $($(#[$meta])* pub const $name: Signal = Signal(consts::$name);)+
    };
}

signals! {
    /// `abort` was called.
    SIGABRT
    /// A timer of `alarm`.
    SIGALRM
    /// A child process has ended or stopped.
    SIGCHLD
    /// Go on after a stop.
    SIGCONT
    /// The terminal is gone; daemons read their configuration again.
    SIGHUP
    /// Interrupted from the terminal (Ctrl-C).
    SIGINT
    /// A descriptor is ready.
    SIGIO
    /// Written to a pipe that nobody reads.
    SIGPIPE
    /// A profiler's timer.
    SIGPROF
    /// Quit from the terminal (Ctrl-\).
    SIGQUIT
    /// Asked to end.
    SIGTERM
    /// Stopped from the terminal (Ctrl-Z).
    SIGTSTP
    /// Read from the terminal in the background.
    SIGTTIN
    /// Written to the terminal in the background.
    SIGTTOU
    /// Urgent data on a socket.
    SIGURG
    /// For the program's own use.
    SIGUSR1
    /// For the program's own use.
    SIGUSR2
    /// A timer of used CPU time.
    SIGVTALRM
    /// The terminal's size has changed.
    SIGWINCH
    /// The limit of CPU time is reached.
    SIGXCPU
    /// The limit of a file's size is reached.
    SIGXFSZ
}
