//! One request.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// What the server answers.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }
}

/// Asks for `target`.
pub(crate) fn get(server: SocketAddr, target: &str) -> Answer {
    ask(server, format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())
}

/// Sends these bytes and reads until the server closes.
pub(crate) fn ask(server: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(server).expect("the server listens");
    stream.write_all(bytes).expect("sent");
    let mut all = Vec::new();
    stream.read_to_end(&mut all).expect("answered");
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    let head = String::from_utf8(all[..end].to_vec()).expect("text");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let length: usize = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))
        .and_then(|length| length.parse().ok())
        .expect("a length");
    let body = all.split_off(end);
    assert_eq!(body.len(), length);
    Answer { status, head, body }
}
