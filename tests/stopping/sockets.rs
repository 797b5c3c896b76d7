//! Connections over loopback, and calls on them that wait for ever.

use gopark::Cancelled;
use gopark::net::{TcpListener, TcpStream};
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

/// A listener on a port of its own.
pub(crate) fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind to loopback");
    let address = listener.local_addr().expect("bound");
    (listener, address)
}

/// Both ends of a connection.
pub(crate) fn pair() -> (TcpStream, TcpStream) {
    let (listener, address) = listener();
    let client = TcpStream::connect(address).expect("connect over loopback");
    let (server, _) = listener.accept().expect("accept over loopback");
    (client, server)
}

/// An address where the kernel leaves every further connection without an answer, as long as this lives.
pub(crate) struct Silent {
    pub(crate) address: SocketAddr,
    _full: (TcpListener, Vec<std::net::TcpStream>),
}

impl Silent {
    pub(crate) fn new() -> Silent {
        let listener = TcpListener::builder().backlog(0).bind("127.0.0.1:0").expect("bind to loopback");
        let address = listener.local_addr().expect("bound");
        let mut accepted = Vec::new();
        loop {
            match std::net::TcpStream::connect_timeout(&address, Duration::from_millis(50)) {
                Ok(conn) => accepted.push(conn),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
                    return Silent { address, _full: (listener, accepted) };
                }
            }
        }
    }

    /// Does something with its address, as long as that is silent.
    fn lasts<R>(self, f: impl FnOnce(SocketAddr) -> R) -> R {
        f(self.address)
    }
}

/// A call and its name.
pub(crate) type Call = (&'static str, Box<dyn FnOnce() -> io::Result<()> + Send>);

/// One call of every kind, each of which waits for ever.
pub(crate) fn calls_that_wait() -> Vec<Call> {
    fn call(name: &'static str, call: impl FnOnce() -> io::Result<()> + Send + 'static) -> Call {
        (name, Box::new(call))
    }
    fn on_stream(
        name: &'static str,
        on: impl FnOnce(&mut TcpStream) -> io::Result<()> + Send + 'static,
    ) -> Call {
        let (mut near, far) = pair();
        call(name, move || {
            let _far = far;
            on(&mut near)
        })
    }
    let hour = Duration::from_secs(3600);
    let (accepts, _) = listener();
    let (takes, _) = listener();
    let (connects, connects_in_time) = (Silent::new(), Silent::new());
    vec![
        call("accept", move || accepts.accept().map(drop)),
        call("incoming", move || takes.incoming().next().expect("it never ends").map(drop)),
        on_stream("read", |conn| conn.read(&mut [0; 8]).map(drop)),
        on_stream("read_exact", |conn| conn.read_exact(&mut [0; 8])),
        on_stream("read_to_end", |conn| conn.read_to_end(&mut Vec::new()).map(drop)),
        on_stream("read_vectored", |conn| {
            conn.read_vectored(&mut [io::IoSliceMut::new(&mut [0; 8])]).map(drop)
        }),
        on_stream("peek", |conn| conn.peek(&mut [0; 8]).map(drop)),
        on_stream("read with a timeout", move |conn| {
            conn.set_read_timeout(Some(hour))?;
            conn.read(&mut [0; 8]).map(drop)
        }),
        on_stream("write_all", |conn| conn.write_all(&vec![0; 64 << 20])),
        on_stream("write with a timeout", move |conn| {
            conn.set_write_timeout(Some(hour))?;
            conn.write_all(&vec![0; 64 << 20])
        }),
        call("connect", move || connects.lasts(|address| TcpStream::connect(address).map(drop))),
        call("connect_timeout", move || {
            connects_in_time.lasts(|address| TcpStream::connect_timeout(&address, hour).map(drop))
        }),
    ]
}

/// Whether a call has failed because its coroutine was cancelled.
pub(crate) fn is_cancelled(error: &io::Error) -> bool {
    let source = error.get_ref().and_then(|source| source.downcast_ref());
    error.kind() == ErrorKind::Other && source == Some(&Cancelled)
}

/// The call has failed, and for that reason.
#[track_caller]
pub(crate) fn assert_cancelled<T>(name: &str, result: io::Result<T>) {
    match result {
        Ok(_) => panic!("{name} has not failed"),
        Err(error) => assert!(is_cancelled(&error), "{name}: {error:?}"),
    }
}
