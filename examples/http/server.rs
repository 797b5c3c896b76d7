//! Accepting connections, and coming to an end.

use std::sync::Arc;

use gopark::net::{TcpListener, TcpStream};
use gopark::signal::{SIGINT, SIGTERM, notify};
use gopark::sync::WaitGroup;
use gopark::{Context, chan, go, is_cancelled, select};

use crate::connection;
use crate::settings::Settings;

/// Serves until SIGINT or SIGTERM comes. Then requests that are under way are answered, within the grace of the
/// settings; a second signal ends that too.
pub(crate) fn run(listener: TcpListener, settings: Settings) {
    let signals = notify(&[SIGINT, SIGTERM]);
    let (quit, cancel) = Context::background().with_cancel();
    let (serves, served) = chan::bounded::<()>(0);
    go(move || {
        serve(listener, settings, &quit);
        drop(serves);
    });
    let _ = signals.recv();
    cancel.cancel();
    select! {
        recv(served) -> _ => {}
        recv(signals) -> _ => eprintln!("not everybody was answered: a second signal"),
        default(settings.patience.grace) => eprintln!("not everybody was answered: the grace is over"),
    }
}

/// Accepts until `quit` ends, and returns when the last connection has.
pub(crate) fn serve(listener: TcpListener, settings: Settings, quit: &Context) {
    let (settings, open) = (Arc::new(settings), WaitGroup::new());
    while let Some(stream) = next(&listener, quit) {
        let (settings, quit, open) = (settings.clone(), quit.clone(), open.clone());
        go(move || {
            // An error is that of the client, who is gone, or of `quit`.
            let _ = connection::serve(&stream, &settings, &quit);
            drop(open);
        });
    }
    // Who comes now is refused at once.
    drop(listener);
    open.wait();
}

fn next(listener: &TcpListener, quit: &Context) -> Option<TcpStream> {
    loop {
        match quit.run(|| listener.accept()) {
            Ok((stream, _)) => return Some(stream),
            // By `quit`, or because the runtime stops.
            Err(error) if is_cancelled(&error) => return None,
            // It pauses by itself where descriptors are short: going on does not spin.
            Err(error) => eprintln!("accept: {error}"),
        }
    }
}
