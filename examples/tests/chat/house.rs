//! A server in a runtime of its own.

use std::net::SocketAddr;
use std::time::Duration;

use gopark::net::TcpListener;
use gopark::{Context, JoinHandle, Runtime};

use crate::config::Config;
use crate::eventually::eventually;
use crate::server;

/// A running server.
pub(crate) struct House {
    pub(crate) address: SocketAddr,
    runtime: Runtime,
    stop: gopark::Cancel,
    serving: JoinHandle<()>,
}

/// For tests that are not about time: nothing is late, and nobody talks too much.
pub(crate) fn patient() -> Config {
    let long = Duration::from_secs(60);
    Config {
        handshake_within: long,
        pace: Duration::ZERO,
        write_within: long,
        ping_after: long,
        dead_after: 2 * long,
        close_within: long,
        ..Config::default()
    }
}

impl House {
    pub(crate) fn open(config: Config) -> House {
        let runtime = Runtime::builder().workers(2).thread_name("server").build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (running, stop) = Context::background().with_cancel();
        let serving = runtime.spawn(move || running.run(|| server::run(&listener, &config)));
        House { address, runtime, stop, serving }
    }

    /// How many connections there are.
    pub(crate) fn connections(&self) -> u64 {
        self.runtime.metrics().live.saturating_sub(1)
    }

    /// Waits until there are so many connections.
    #[track_caller]
    pub(crate) fn await_connections(&self, count: u64) {
        eventually(&format!("{count} connections"), || self.connections() == count);
    }

    /// Tells it to stop.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits until it has ended, and looks whether anything is left.
    #[track_caller]
    pub(crate) fn close(self) {
        self.stop.cancel();
        eventually("the end of the server", || self.serving.is_finished());
        self.serving.join().expect("no panic in the server");
        eventually("the last coroutine", || self.runtime.metrics().live == 0);
        let metrics = self.runtime.metrics();
        assert_eq!((metrics.panicked, metrics.abandoned), (0, 0));
    }
}
