//! A server in this process, on a port of its own.

use std::net::SocketAddr;
use std::time::Duration;

use gopark::net::TcpListener;
use gopark::{Cancel, Context, JoinHandle, Runtime};

use crate::client::Client;
use crate::server;
use crate::settings::{Limits, Patience, Settings};

pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    quit: Cancel,
    serves: Option<JoinHandle<()>>,
    _runtime: Runtime,
}

/// So patient that nobody is ever too slow.
pub(crate) fn patient() -> Settings {
    let minute = Duration::from_secs(60);
    let patience = Patience { idle: minute, request: minute, answer: minute, parting: minute, grace: minute };
    Settings { limits: Limits::default(), patience }
}

impl Served {
    pub(crate) fn start(settings: Settings) -> Served {
        let runtime = Runtime::builder().workers(2).build().expect("a runtime");
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind to loopback");
        let address = listener.local_addr().expect("bound");
        let (context, quit) = Context::background().with_cancel();
        let serves = runtime.spawn(move || server::serve(listener, settings, &context));
        Served { address, quit, serves: Some(serves), _runtime: runtime }
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address)
    }

    /// Tells it to end.
    pub(crate) fn quit(&self) {
        self.quit.cancel();
    }

    /// It must end by itself, once it was told to and all clients are gone.
    pub(crate) fn ends(&mut self) {
        let serves = self.serves.take().expect("it ends once");
        assert!(serves.join_timeout(Duration::from_secs(30)), "connections are left");
        serves.join().expect("no panic");
    }
}

/// Whatever a test does, no connection stays behind.
impl Drop for Served {
    fn drop(&mut self) {
        if self.serves.is_some() && !std::thread::panicking() {
            self.quit();
            self.ends();
        }
    }
}
