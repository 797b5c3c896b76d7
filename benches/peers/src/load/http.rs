//! Requests on one connection: so many are under way at all times, each answer has the next one sent.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use super::stopwatch::Stopwatch;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: peers\r\nAccept: */*\r\n\r\n";

const BODY: &[u8] = b"Hello, World!";

/// Answers are counted by their bytes, all have as many as the first. That one is read in full.
///
/// # Errors
/// There is no such server, or it answers something else.
pub fn run(address: SocketAddr, under_way: usize) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut buf = vec![0; 64 << 10];
    let length = length_of_an_answer(&mut stream, &mut buf)?;
    let requests = REQUEST.repeat(under_way);
    let mut sent = VecDeque::with_capacity(under_way);
    let mut stopwatch = Stopwatch::new();
    let (mut next, mut part) = (under_way, 0);
    while !stopwatch.is_over() {
        sent.extend(std::iter::repeat_n(Instant::now(), next));
        stream.write_all(&requests[..next * REQUEST.len()])?;
        let count = read(&mut stream, &mut buf)?;
        part += count;
        (next, part) = (part / length, part % length);
        if part == 0 && !buf[..count].ends_with(&BODY[BODY.len() - 1..]) {
            return Err(wrong());
        }
        sent.drain(..next).for_each(|since| stopwatch.record(since));
    }
    stopwatch.tell(1);
    Ok(())
}

/// Of the first, which is as it should be.
fn length_of_an_answer(stream: &mut TcpStream, buf: &mut [u8]) -> io::Result<usize> {
    stream.write_all(REQUEST)?;
    let mut length = 0;
    while !buf[..length].ends_with(BODY) {
        length += read(stream, &mut buf[length..])?;
    }
    let mut fields = [httparse::EMPTY_HEADER; 16];
    let mut answer = httparse::Response::new(&mut fields);
    let head = answer.parse(&buf[..length]).map_err(io::Error::other)?;
    let is_length = |field: &httparse::Header<'_>| {
        field.name.eq_ignore_ascii_case("Content-Length") && field.value == BODY.len().to_string().as_bytes()
    };
    let is_right = head == httparse::Status::Complete(length - BODY.len())
        && answer.code == Some(200)
        && answer.headers.iter().any(is_length);
    if is_right { Ok(length) } else { Err(wrong()) }
}

fn read(stream: &mut TcpStream, buf: &mut [u8]) -> io::Result<usize> {
    match stream.read(buf)? {
        0 => Err(ErrorKind::UnexpectedEof.into()),
        count => Ok(count),
    }
}

fn wrong() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "another answer than was asked for")
}
