//! An HTTP/1.1 server: a coroutine for each connection, which reads, thinks and writes as if it had a thread.
//!
//! Start it with `cargo run --release --example http`, then try it from another terminal:
//!
//! ```sh
//! curl -i http://127.0.0.1:8080/
//! curl -i --data hello http://127.0.0.1:8080/echo
//! curl -i http://127.0.0.1:8080/slow & kill -INT $(pidof http)   # is answered all the same
//! ```
//!
//! It is small, but means it: connections are kept alive, requests may be pipelined, bodies may be chunked and wait for
//! `100 Continue`; everything a client can send has a limit, and everything it can be slow at a deadline; a request
//! that could be read in two ways is refused; and when the program is told to end, what is under way is answered.
//! What it leaves out: TLS, bodies that do not fit into memory, a limit to the number of connections, the `Date` field.
//!
//! Each file stands on those below it; `routes` is the one to replace.
//!
//! | file | what is in it |
//! |---|---|
//! | `server` | accepting, and coming to an end |
//! | `connection` | the life of a connection, with its deadlines |
//! | `routes` | what is answered |
//! | `response` | how answers are written |
//! | `reader` | requests out of a stream of bytes |
//! | `chunks` | bodies in chunks |
//! | `head` | the head of a request |
//! | `framing` | where its body ends |
//! | `fields` | header fields |
//! | `status` | status codes, and why a request is refused |
//! | `settings` | limits and deadlines |
#![forbid(unsafe_code)]

mod chunks;
mod connection;
mod fields;
mod framing;
mod head;
mod reader;
mod response;
mod routes;
mod server;
mod settings;
mod status;

use std::io;
use std::time::Duration;

use clap::Parser;
use gopark::net::TcpListener;

use settings::Settings;

/// Serves HTTP/1.1 until Ctrl-C.
#[derive(Parser)]
struct Options {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// How many bytes the body of a request may have
    #[arg(long, value_name = "BYTES", default_value_t = Settings::default().limits.body)]
    body_max_bytes: usize,
    /// For how many seconds a client may say nothing between two requests
    #[arg(long, value_name = "SECONDS", default_value_t = Settings::default().patience.idle.as_secs())]
    idle: u64,
}

impl Options {
    fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        settings.limits.body = self.body_max_bytes;
        settings.patience.idle = Duration::from_secs(self.idle);
        settings
    }
}

fn main() -> io::Result<()> {
    let options = Options::parse();
    gopark::run(|| {
        let listener = TcpListener::bind(&options.listen[..])?;
        println!("http://{}/", listener.local_addr()?);
        server::run(listener, options.settings());
        Ok(())
    })
}
