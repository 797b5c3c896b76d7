//! Where the bodies of the tests run, and the connections they run on.
//!
//! A body is a plain function without arguments that fails by a panic. It knows nothing of where it runs, so each
//! may run on a plain thread and in a coroutine alike: [`cases`] is the one place that decides. Its helpers are
//! plain threads, and it joins them itself. The root of the test says, by a macro `in_a_coroutine`, how a body runs
//! in one, or that there is none.

use std::thread;
use std::time::Duration;

use crate::net::{TcpListener, TcpStream, UdpSocket};

#[path = "../../../tests/process/watchdog.rs"]
pub(crate) mod watchdog;

/// Makes a test of each body.
macro_rules! cases {
    ($($body:ident),+ $(,)?) => {
        mod on_a_plain_thread {
            $(
                #[test]
                fn $body() {
                    $crate::harness::watchdog::bounded(super::$body);
                }
            )+
        }
        in_a_coroutine! { $($body),+ }
    };
}

/// A listener on a port of its own.
pub(crate) fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("bind to loopback")
}

/// Both ends of a connection: the connecting one and the accepted one.
pub(crate) fn pair() -> (TcpStream, TcpStream) {
    let listener = listener();
    let client = TcpStream::connect(listener.local_addr().unwrap()).expect("connect over loopback");
    let (server, _) = listener.accept().expect("accept over loopback");
    (client, server)
}

/// A UDP socket on a port of its own.
pub(crate) fn socket() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").expect("bind to loopback")
}

/// Two of them, each the other's peer.
pub(crate) fn sockets() -> (UdpSocket, UdpSocket) {
    let (a, b) = (socket(), socket());
    a.connect(b.local_addr().unwrap()).expect("connect over loopback");
    b.connect(a.local_addr().unwrap()).expect("connect over loopback");
    (a, b)
}

/// Long enough for another thread to have entered a call that blocks. Where it is not, a test shows less than it
/// could, and fails none the more.
pub(crate) fn let_it_block() {
    thread::sleep(Duration::from_millis(30));
}
