//! Connections over loopback, servers with a coroutine for each, and workers to run them on.

use std::net::SocketAddr;

use gopark::net::{TcpListener, TcpStream};
use gopark::{JoinHandle, go};

use crate::watchdog::bounded;
use crate::workers::runtime;

/// Runs `body` on one worker, where a call that blocked its thread would block all, and on two.
pub(crate) fn in_coroutines(body: fn()) {
    bounded(move || [1, 2].into_iter().for_each(|workers| runtime(workers).run(body)));
}

/// A listener on a port of its own.
pub(crate) fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Both ends of a connection: the connecting one and the accepted one.
pub(crate) fn pair() -> (TcpStream, TcpStream) {
    let (listener, address) = listener();
    let client = TcpStream::connect(address).unwrap();
    (client, listener.accept().unwrap().0)
}

/// What all the coroutines of a server have answered, once they have ended.
pub(crate) type Served<T> = JoinHandle<Vec<T>>;

/// Gives each of so many connections a coroutine with `handler`, or fewer if it is cancelled. Whoever joins hears of
/// their panics.
pub(crate) fn serve<T: Send + 'static>(
    connections: usize,
    handler: impl Fn(TcpStream) -> T + Clone + Send + 'static,
) -> (SocketAddr, Served<T>) {
    let (listener, address) = listener();
    let served = go(move || {
        let start = |(conn, _)| {
            let handler = handler.clone();
            go(move || handler(conn))
        };
        let handlers: Vec<_> = (0..connections).map_while(|_| listener.accept().ok()).map(start).collect();
        handlers.into_iter().map(|handler| handler.join().unwrap()).collect()
    });
    (address, served)
}

/// Runs so many coroutines beside each other, each with its number, to their ends.
pub(crate) fn crowd<T: Send + 'static>(
    count: usize,
    body: impl Fn(usize) -> T + Clone + Send + 'static,
) -> Vec<T> {
    let start = |number| {
        let body = body.clone();
        go(move || body(number))
    };
    let all: Vec<_> = (0..count).map(start).collect();
    all.into_iter().map(|one| one.join().unwrap()).collect()
}
