//! What a message costs: `cargo bench --bench net`. Figures stand in `benches/README.md`.

#![expect(missing_docs, reason = "criterion_group makes a public function")]

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use gopark::net::{TcpListener, TcpStream, on_readable};
use gopark::{Runtime, go};

const LIMIT: Duration = Duration::from_secs(30);

/// Answers once. False: the client is gone.
fn answer(mut connection: &TcpStream) -> bool {
    let mut buf = [0; 64];
    match connection.read(&mut buf) {
        Ok(count @ 1..) => connection.write_all(&buf[..count]).is_ok(),
        _ => false,
    }
}

fn by_connection(connection: TcpStream) {
    go(move || while answer(&connection) {});
}

/// With 30 s from each message to the next.
fn under_a_deadline(connection: TcpStream) {
    go(move || {
        while answer(&connection) {
            connection.set_read_deadline(Some(Instant::now() + LIMIT)).expect("a deadline");
        }
    });
}

fn under_a_timeout(connection: TcpStream) {
    connection.set_read_timeout(Some(LIMIT)).expect("a timeout");
    by_connection(connection);
}

fn by_message(connection: TcpStream) {
    on_readable(connection, |connection| {
        if answer(&connection) {
            by_message(connection);
        }
    });
}

/// One byte there and back over loopback; server and client are coroutines of one runtime.
fn echo(c: &mut Criterion, name: &str, workers: usize, serve: fn(TcpStream)) {
    let runtime = Runtime::builder().workers(workers).build().expect("a runtime");
    let address = runtime.run(|| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind to loopback");
        let address = listener.local_addr().expect("bound");
        // Until the runtime stops.
        go(move || listener.incoming().map_while(Result::ok).for_each(serve));
        address
    });
    c.bench_function(&format!("{name}/{workers} workers"), |b| {
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

fn echoes(c: &mut Criterion) {
    for workers in [1, 2] {
        echo(c, "echo round trip", workers, by_connection);
    }
    echo(c, "echo round trip, a timeout", 1, under_a_timeout);
    echo(c, "echo round trip, a deadline that moves on", 1, under_a_deadline);
    echo(c, "echo round trip, on_readable", 1, by_message);
}

fn deadlines(c: &mut Criterion) {
    let (stream, _peer) = gopark::net::UnixStream::pair().expect("a pair");
    let mut deadline = Instant::now() + LIMIT;
    c.bench_function("set_read_deadline, later", |b| {
        b.iter(|| {
            deadline += Duration::from_nanos(1);
            stream.set_read_deadline(Some(deadline))
        });
    });
    c.bench_function("set_read_deadline, now and 30 s", |b| {
        b.iter(|| stream.set_read_deadline(Some(Instant::now() + LIMIT)));
    });
}

criterion_group!(benches, echoes, deadlines);
criterion_main!(benches);
