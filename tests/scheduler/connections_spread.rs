//! Connections that arrive one at a time end evenly spread over the workers.

use crate::eventually::eventually;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::go;
use gopark::net::TcpListener;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::time::Instant;

/// As many as there are descriptors for: both ends are in this process.
fn how_many() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").expect("Linux");
    let files = limits.lines().find(|line| line.starts_with("Max open files")).expect("a limit of files");
    let soft = files.split_whitespace().nth(3).and_then(|word| word.parse().ok());
    let soft: usize = soft.expect("a soft limit");
    // The other tests of this process need some too.
    (soft.saturating_sub(200) / 2).min(9000)
}

#[test]
fn connections_that_arrive_one_at_a_time() {
    bounded(|| {
        let count = how_many();
        let runtime = runtime(2);
        let (send, receive) = channel();
        let server = runtime.spawn(move || {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
            send.send(listener.local_addr().expect("bound")).expect("the test waits");
            let mut handlers = Vec::new();
            for conn in listener.incoming().take(count) {
                let conn = conn.expect("a connection");
                handlers.push(go(move || {
                    let mut buf = [0; 16];
                    while let Ok(n @ 1..) = (&conn).read(&mut buf) {
                        if (&conn).write_all(&buf[..n]).is_err() {
                            break;
                        }
                    }
                }));
            }
            for handler in handlers {
                handler.join().expect("no panic");
            }
        });
        let address = receive.recv().expect("the server starts");
        let start = Instant::now();
        let mut clients = Vec::new();
        for _ in 0..count {
            let mut client = TcpStream::connect(address).expect("a connection");
            client.write_all(b"hello").expect("a reader");
            let mut answer = [0; 5];
            client.read_exact(&mut answer).expect("an echo");
            assert_eq!(&answer, b"hello");
            clients.push(client);
        }
        let metrics = runtime.metrics();
        let homed: Vec<usize> = metrics.machines.iter().map(|machine| machine.homed).collect();
        println!("{count} connections in {:?}: {homed:?}", start.elapsed());
        assert_eq!(homed.iter().sum::<usize>(), count + 1, "and the accept loop");
        let fullest = homed.iter().max().expect("two workers");
        assert!(*fullest <= (count + 1) * 6 / 10, "{homed:?}");
        drop(clients);
        server.join().expect("every connection ends");
        // The last end may be counted after its joiner has gone on.
        eventually("nothing is left", || runtime.metrics().live == 0);
    });
}
