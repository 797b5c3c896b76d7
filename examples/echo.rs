//! An echo server: the program of the README.
//!
//! Start it with `cargo run --release --example echo`, then talk to it from another terminal, or from several:
//! `nc 127.0.0.1 7000`. What you type comes back. Each connection has a coroutine of its own, which reads and writes
//! as if it had a thread to itself; while a client is silent its coroutine is parked and costs about a page of
//! memory. Ctrl-C ends it.
#![forbid(unsafe_code)]

use gopark::{go, net::TcpListener};
use std::io::{Read, Write};

fn main() -> std::io::Result<()> {
    gopark::run(|| {
        // the closure is the main coroutine
        let listener = TcpListener::bind("127.0.0.1:7000")?;
        loop {
            let (conn, _) = match listener.accept() {
                Ok(c) => c,
                Err(e) => {
                    eprintln!("accept: {e}");
                    continue;
                }
            };
            go(move || {
                let mut buf = [0; 1024];
                while let Ok(n @ 1..) = (&conn).read(&mut buf) {
                    if (&conn).write_all(&buf[..n]).is_err() {
                        break;
                    }
                }
            });
        }
    })
}
