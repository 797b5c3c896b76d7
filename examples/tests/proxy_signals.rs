//! The example `proxy` is told to end by a signal. It has a process to itself: a signal is for all of it.

#[path = "../proxy/relay.rs"]
mod relay;
#[path = "../proxy/serving.rs"]
mod serving;
#[path = "../../tests/process/watchdog.rs"]
mod watchdog;

use std::io::{Read, Write};
use std::time::Duration;

use gopark::go;
use gopark::net::{TcpListener, TcpStream};
use gopark::signal::{SIGINT, SIGTERM, notify};
use rustix::process::{Signal, getpid, kill_process};

use relay::Patience;
use serving::Proxy;
use watchdog::bounded;

const LONG: Duration = Duration::from_secs(1000);

fn ends_by(signal: Signal) {
    gopark::run(move || {
        let (listener, server) =
            (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
        let (address, target) = (listener.local_addr().unwrap(), server.local_addr().unwrap());
        let patience = Patience { connect: LONG, idle: LONG };
        let proxy = Proxy { target, connections: 10, patience, grace: LONG, tell: |_, _| {} };
        let stop = notify(&[SIGINT, SIGTERM]);
        let served = go(move || proxy.serve(listener, stop));
        let mut client = TcpStream::connect(address).unwrap();
        let (mut there, _) = server.accept().unwrap();

        kill_process(getpid(), signal).unwrap();
        // Nobody new is let in.
        while TcpStream::connect(address).is_ok() {
            gopark::time::sleep(Duration::from_millis(1));
        }
        assert!(!served.is_finished());
        client.write_all(b"the last word").unwrap();
        drop(client);
        let mut heard = String::new();
        there.read_to_string(&mut heard).unwrap();
        assert_eq!(heard, "the last word");
        drop((there, server));
        assert!(served.join().unwrap() >= 1);
    });
}

#[test]
fn sigterm_and_sigint_end_it() {
    bounded(|| {
        ends_by(Signal::TERM);
        ends_by(Signal::INT);
    });
}
