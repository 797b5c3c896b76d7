//! Many connections, and one epoll instance that tells on which of them something has come.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::Instant;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

use super::MESSAGE;

pub struct Crowd {
    instance: OwnedFd,
    events: Vec<Event>,
    pub clients: Vec<Client>,
}

pub struct Client {
    stream: TcpStream,
    pub sent: Instant,
    /// Bytes that are still to come.
    missing: usize,
}

impl Crowd {
    /// Makes one connection after the other; `greet` is what is to have happened on one before the next is made.
    pub fn connect(
        address: SocketAddr,
        connections: u32,
        greet: fn(&mut TcpStream) -> io::Result<()>,
    ) -> io::Result<Crowd> {
        let instance = epoll::create(CreateFlags::CLOEXEC)?;
        let mut clients = Vec::with_capacity(connections as usize);
        for number in 0..u64::from(connections) {
            let mut stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            greet(&mut stream)?;
            stream.set_nonblocking(true)?;
            epoll::add(&instance, &stream, EventData::new_u64(number), EventFlags::IN)?;
            clients.push(Client { stream, sent: Instant::now(), missing: 0 });
        }
        Ok(Crowd { instance, events: Vec::with_capacity(1024), clients })
    }

    /// Waits until something has come; `heard` is told who has all of its message now.
    pub fn hear(&mut self, mut heard: impl FnMut(&mut [Client], usize) -> io::Result<()>) -> io::Result<()> {
        self.events.clear();
        epoll::wait(&self.instance, spare_capacity(&mut self.events), None)?;
        for Event { data, .. } in self.events.iter().copied() {
            let number = data.u64() as usize;
            if self.clients[number].receive()? {
                heard(&mut self.clients, number)?;
            }
        }
        Ok(())
    }
}

impl Client {
    /// Sends a message, and waits for one.
    pub fn send(&mut self) -> io::Result<()> {
        self.expect();
        self.stream.write_all(&[7; MESSAGE])
    }

    /// Waits for a message from now on.
    pub fn expect(&mut self) {
        self.sent = Instant::now();
        self.missing = MESSAGE;
    }

    pub fn is_idle(&self) -> bool {
        self.missing == 0
    }

    /// True: all of the message is there.
    fn receive(&mut self) -> io::Result<bool> {
        match self.stream.read(&mut [0; MESSAGE][..self.missing]) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.missing -= count;
                Ok(self.missing == 0)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }
}
