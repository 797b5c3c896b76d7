//! Where the bodies of the tests run, and the connections they run on.
//!
//! A body is a plain function without arguments that fails by a panic. It knows nothing of where it runs, so each
//! may run on a plain thread and in a coroutine alike: [`cases`] is the one place that decides. Its helpers are
//! plain threads, and it joins them itself. The root of the test says, by a macro `in_a_coroutine`, how a body runs
//! in one, or that there is none.

use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::net::{TcpListener, TcpStream};

/// No body takes a tenth of this, even on a busy machine.
const HANGS_AFTER: Duration = Duration::from_secs(30);

/// Makes a test of each body.
macro_rules! cases {
    ($($body:ident),+ $(,)?) => {
        mod on_a_plain_thread {
            $(
                #[test]
                fn $body() {
                    $crate::harness::on_a_plain_thread(super::$body);
                }
            )+
        }
        in_a_coroutine! { $($body),+ }
    };
}

/// Runs `body` on a thread of its own, so that one that hangs is a failure with a name and not a silent suite.
pub(crate) fn on_a_plain_thread(body: fn()) {
    let (ended, watch) = channel::<()>();
    let runs = thread::spawn(move || {
        let _ended = ended;
        body();
    });
    match watch.recv_timeout(HANGS_AFTER) {
        Err(RecvTimeoutError::Timeout) => panic!("the test hangs"),
        Err(RecvTimeoutError::Disconnected) | Ok(()) => {
            if let Err(panic) = runs.join() {
                resume_unwind(panic);
            }
        }
    }
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

/// Long enough for another thread to have entered a call that blocks. Where it is not, a test shows less than it
/// could, and fails none the more.
pub(crate) fn let_it_block() {
    thread::sleep(Duration::from_millis(30));
}
