//! What a message costs: `cargo bench --bench net`. Figures stand in `benches/README.md`.

#![expect(missing_docs, reason = "criterion_group makes a public function")]

use std::io::{Read, Write};
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use gopark::net::{TcpListener, TcpStream};
use gopark::{Runtime, go};

/// One byte there and back over loopback; server and client are coroutines of one runtime.
fn echo(c: &mut Criterion, workers: usize) {
    let runtime = Runtime::builder().workers(workers).build().expect("a runtime");
    let address = runtime.run(|| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind to loopback");
        let address = listener.local_addr().expect("bound");
        go(move || {
            for connection in listener.incoming() {
                let connection = connection.expect("accept");
                go(move || {
                    let mut buf = [0; 64];
                    while let Ok(n @ 1..) = (&connection).read(&mut buf) {
                        if (&connection).write_all(&buf[..n]).is_err() {
                            break;
                        }
                    }
                });
            }
        });
        address
    });
    c.bench_function(&format!("echo round trip/{workers} workers"), |b| {
        b.iter_custom(|iterations| {
            runtime.run(|| {
                let mut client = TcpStream::connect(address).expect("connect");
                client.set_nodelay(true).expect("an option");
                let mut buf = [0];
                let start = Instant::now();
                for _ in 0..iterations {
                    client.write_all(b"x").expect("write");
                    client.read_exact(&mut buf).expect("read");
                }
                start.elapsed()
            })
        });
    });
}

fn echo_1(c: &mut Criterion) {
    echo(c, 1);
}

fn echo_2(c: &mut Criterion) {
    echo(c, 2);
}

criterion_group!(benches, echo_1, echo_2);
criterion_main!(benches);
