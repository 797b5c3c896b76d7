//! Printing a dump when a signal asks for it, as Go does on SIGQUIT.

use std::env;
use std::io::{self, Write};
use std::sync::Once;
use std::thread;

use super::dump;
use crate::signal::{SIGQUIT, Signal, notify};

/// From now on `signal` prints a [`dump`] to stderr. The program goes on; the usual effect of the signal, which for
/// `SIGQUIT` is the end of the process, does not take place. Costs a thread, which sleeps from signal to signal; it
/// belongs to no runtime, so it answers as well when all workers are stuck.
///
/// With `GOPARK_DUMP=1` in the environment the first runtime of the process does this for `SIGQUIT`.
///
/// # Errors
/// No thread.
///
/// # Panics
/// As [`signal::notify`](crate::face::signal::notify).
///
/// ```
/// # use gopark_runtime::face as gopark;
/// gopark::dump::on_signal(gopark::signal::SIGQUIT)?; // kill -QUIT, or Ctrl-\ at a terminal
/// # std::io::Result::Ok(())
/// ```
pub fn on_signal(signal: impl Into<Signal>) -> io::Result<()> {
    let signals = notify(&[signal.into()]);
    thread::Builder::new().name("gopark-dump".to_owned()).spawn(move || {
        for _ in &signals {
            // Not eprint!: it panics where stderr is closed.
            let _ = io::stderr().lock().write_all(format!("{}\n", dump()).as_bytes());
        }
    })?;
    Ok(())
}

/// The same for `SIGQUIT`, once a process, if the environment says so.
///
/// # Errors
/// No thread; and `GOPARK_DUMP` is neither 0 nor 1.
pub(crate) fn on_signal_if_asked() -> io::Result<()> {
    static ONCE: Once = Once::new();
    let asked = match env::var("GOPARK_DUMP").as_deref() {
        Ok("1") => true,
        Ok("0" | "") | Err(env::VarError::NotPresent) => false,
        _ => {
            let message = "GOPARK_DUMP is neither 0 nor 1";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
    };
    let mut outcome = Ok(());
    if asked {
        ONCE.call_once(|| outcome = on_signal(SIGQUIT));
    }
    outcome
}
