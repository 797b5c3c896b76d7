//! How many sockets the netpoller knows. In a process of its own: it is told of the whole process.

use crate::child::in_child;
use crate::workers::runtime;
use gopark::go;
use gopark::net::{TcpListener, TcpStream};
use std::io::Read;

#[test]
fn those_that_have_waited_and_are_open() {
    const CONNECTIONS: usize = 40;
    let child = in_child(those_that_have_waited_and_are_open, &[], || {
        runtime(2).run(|| {
            assert_eq!(gopark::metrics().sockets, 0);
            let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
            let address = listener.local_addr().expect("bound");
            let clients: Vec<_> =
                (0..CONNECTIONS).map(|_| TcpStream::connect(address).expect("a connection")).collect();
            let readers: Vec<_> = (0..CONNECTIONS)
                .map(|_| {
                    let (mut conn, _) = listener.accept().expect("a connection");
                    go(move || assert_eq!(conn.read(&mut [0]).expect("an end"), 0))
                })
                .collect();
            let before = gopark::metrics().sockets;
            while gopark::metrics().waiting < CONNECTIONS as u64 {
                gopark::yield_now();
            }
            let known = gopark::metrics().sockets;
            // Each reader's; the clients' if connecting took a while, and the listener's.
            assert!((CONNECTIONS..=2 * CONNECTIONS + 1).contains(&known), "{before}, then {known}");
            drop(clients);
            readers.into_iter().for_each(|reader| reader.join().expect("no panic"));
            drop(listener);
            assert_eq!(gopark::metrics().sockets, 0);
        });
    });
    child.succeeded();
}
