//! A chat server over WebSockets, with rooms.
//!
//! `cargo run --release --example chat` listens at 127.0.0.1:7000, or at the address that is given as an argument. Any
//! WebSocket client will do, such as the consoles of two browsers:
//!
//! ```js
//! ws = new WebSocket("ws://127.0.0.1:7000"); ws.onmessage = m => console.log(m.data); ws.onclose = console.log
//! ws.send("/nick ann"); ws.send("/join garden"); ws.send("hello")
//! ```
//!
//! What a client sends is said to all in its room, unless it begins with `/`: `/join room`, `/leave`, `/nick name`,
//! `/who`. What it gets is `name: text`, or `* text` from the server itself. Ctrl-C ends the server, and every client
//! learns why its connection is closed.
//!
//! Each connection has one coroutine, which both reads and writes: [connection] explains how, and why no message is
//! lost. No client holds up another one, or takes more than its share of memory:
//!
//! | what a client may do | what becomes of it |
//! |---|---|
//! | send a handshake slowly, or a long one | it has ten seconds and 8 KiB |
//! | send a long message, or no end of fragments | refused from 4 KiB on |
//! | talk without a pause | it is read more slowly |
//! | not read, or too slowly | its outbox overflows, or a write takes too long: it is dropped |
//! | vanish | it does not answer pings: dropped after 90 seconds |
//!
//! | file | what is in it |
//! |---|---|
//! | `config` | these limits |
//! | `server` | accepting connections, and the end |
//! | `socket` | from a TCP connection to a WebSocket that `select!` can wait for |
//! | `connection` | the coroutine of a connection |
//! | `farewell` | why a connection ends, and how the client is told |
//! | `rooms` | who is where, and how a message gets there |
//! | `command` | what clients may ask for |
//! | `pulse`, `pace` | when a client is dead, and when it talks too much |
#![forbid(unsafe_code)]

mod command;
mod config;
mod connection;
mod farewell;
mod pace;
mod pulse;
mod rooms;
mod server;
mod socket;

use std::io;

use gopark::net::TcpListener;

use config::Config;

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:7000".to_owned());
    gopark::run(|| {
        let listener = TcpListener::bind(address)?;
        println!("listening at ws://{}", listener.local_addr()?);
        server::run_until_signal(&listener, &Config::default());
        Ok(())
    })
}
