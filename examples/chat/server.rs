//! Accepting connections, and the end.

use gopark::net::TcpListener;
use gopark::signal::{self, SIGINT, SIGTERM};
use gopark::{Context, go, is_cancelled, scope};

use crate::config::Config;
use crate::connection;
use crate::rooms::Rooms;

/// Serves until SIGINT or SIGTERM comes. A second one ends the process as usual.
pub(crate) fn run_until_signal(listener: &TcpListener, config: &Config) {
    let (running, stop) = Context::background().with_cancel();
    let signals = signal::notify(&[SIGINT, SIGTERM]);
    go(move || {
        let _ = signals.recv();
        stop.cancel();
    });
    running.run(|| run(listener, config));
}

/// Serves until the context that it runs in is cancelled, and every client has been told.
///
/// The coroutines of the connections belong to a scope, so they run in the same context: each call in which one may
/// wait fails when the context is cancelled, and so does `accept`. The scope ends when the last of them has.
pub(crate) fn run(listener: &TcpListener, config: &Config) {
    let rooms = Rooms::new(config.outbox);
    scope(|connections| {
        loop {
            match listener.accept() {
                Ok((stream, _)) => drop(connections.go(|| connection::serve(stream, &rooms, config))),
                Err(error) if is_cancelled(&error) => return,
                // It pauses by itself where descriptors are short: going on does not spin.
                Err(error) => eprintln!("accept: {error}"),
            }
        }
    });
}
