//! Servers without a library: one epoll loop.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};

use super::http::Conversation;
use crate::library::Tell;
use crate::load::MESSAGE;

/// Sends back what it reads. Does not come back.
///
/// # Errors
/// There is no port, or no epoll instance.
pub fn echo(tell: Tell) -> io::Result<()> {
    let mut buf = [0; 1024];
    serve(
        tell,
        |_| Ok(()),
        |streams, number| {
            let count = streams[number].read(&mut buf)?;
            streams[number].write_all(&buf[..count])?;
            Ok(count > 0)
        },
    )
}

/// Answers requests. Does not come back.
///
/// # Errors
/// As for `echo`.
pub fn http(tell: Tell) -> io::Result<()> {
    let mut conversations = Vec::new();
    serve(
        tell,
        |_| Ok(()),
        |streams, number| {
            conversations.resize_with(streams.len(), Conversation::new);
            let count = streams[number].read(conversations[number].room())?;
            streams[number].write_all(conversations[number].answers_after(count)?)?;
            Ok(count > 0)
        },
    )
}

/// Greets everybody, and tells all what one says. Does not come back.
///
/// # Errors
/// As for `echo`.
pub fn fan_out(tell: Tell) -> io::Result<()> {
    let mut message = [0; MESSAGE];
    serve(
        tell,
        |stream| stream.write_all(&[0; MESSAGE]),
        |streams, number| {
            let count = streams[number].read(&mut message)?;
            streams.iter_mut().try_for_each(|stream| stream.write_all(&message[..count]))?;
            Ok(count > 0)
        },
    )
}

/// `readable` reads once from the stream with this number; false or an error: that was the end.
fn serve(
    tell: Tell,
    mut joined: impl FnMut(&mut TcpStream) -> io::Result<()>,
    mut readable: impl FnMut(&mut [TcpStream], usize) -> io::Result<bool>,
) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let instance = epoll::create(CreateFlags::CLOEXEC)?;
    let mut streams: Vec<TcpStream> = Vec::new();
    epoll::add(&instance, &listener, EventData::new_u64(u64::MAX), EventFlags::IN)?;
    tell.send(listener.local_addr()?).map_err(io::Error::other)?;
    let mut events = Vec::with_capacity(1024);
    loop {
        events.clear();
        epoll::wait(&instance, spare_capacity(&mut events), None)?;
        for event in events.iter().copied() {
            let number = event.data.u64() as usize;
            if number >= streams.len() {
                let mut stream = listener.accept()?.0;
                stream.set_nodelay(true)?;
                stream.set_nonblocking(true)?;
                joined(&mut stream)?;
                epoll::add(&instance, &stream, EventData::new_u64(streams.len() as u64), EventFlags::IN)?;
                streams.push(stream);
                continue;
            }
            match readable(&mut streams, number) {
                Ok(true) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                _ => epoll::delete(&instance, &streams[number])?,
            }
        }
    }
}
