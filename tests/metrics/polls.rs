//! How many events a call of epoll brings.

use crate::eventually::eventually;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::go;
use gopark::net::{TcpListener, TcpStream};
use std::io::{Read, Write};

#[test]
fn batches_are_the_calls_and_add_up_to_the_events() {
    bounded(|| {
        let runtime = runtime(2);
        runtime.run(|| {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
            let address = listener.local_addr().expect("bound");
            let clients: Vec<_> = (0..50)
                .map(|_| {
                    go(move || {
                        let mut client = TcpStream::connect(address).expect("a connection");
                        for _ in 0..20 {
                            client.write_all(b"x").expect("an echo");
                            client.read_exact(&mut [0]).expect("an echo");
                        }
                    })
                })
                .collect();
            for _ in 0..50 {
                let (mut conn, _) = listener.accept().expect("a connection");
                go(move || {
                    while let Ok(1) = conn.read(&mut [0]) {
                        conn.write_all(b"x").expect("a client");
                    }
                });
            }
            clients.into_iter().for_each(|client| client.join().expect("no panic"));
        });
        // A worker that wakes up meanwhile has counted a call and not yet its events.
        eventually("the counts agree", || {
            runtime.metrics().machines.iter().all(|machine| {
                (machine.poll_batch.count(), machine.poll_batch.sum()) == (machine.polls, machine.events)
            })
        });
        let batches = runtime.metrics().merged(|machine| &machine.poll_batch);
        assert!(batches.sum() >= 50 && batches.max() >= Some(1), "{batches:?}");
    });
}
