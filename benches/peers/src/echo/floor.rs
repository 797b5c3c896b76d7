//! A server without a library: one epoll loop.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};

use super::Tell;

/// Does not come back.
///
/// # Errors
/// There is no port, or no epoll instance.
pub fn serve(tell: Tell) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let instance = epoll::create(CreateFlags::CLOEXEC)?;
    let mut streams: Vec<TcpStream> = Vec::new();
    epoll::add(&instance, &listener, EventData::new_u64(u64::MAX), EventFlags::IN)?;
    tell.send(listener.local_addr()?).map_err(io::Error::other)?;
    let mut events = Vec::with_capacity(1024);
    let mut buf = [0; 1024];
    loop {
        events.clear();
        epoll::wait(&instance, spare_capacity(&mut events), None)?;
        for event in events.iter().copied() {
            let Some(mut stream) = streams.get(event.data.u64() as usize) else {
                let stream = listener.accept()?.0;
                stream.set_nonblocking(true)?;
                epoll::add(&instance, &stream, EventData::new_u64(streams.len() as u64), EventFlags::IN)?;
                streams.push(stream);
                continue;
            };
            match stream.read(&mut buf) {
                Ok(0) => epoll::delete(&instance, stream)?,
                Ok(count) => stream.write_all(&buf[..count])?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => epoll::delete(&instance, stream)?,
            }
        }
    }
}
