//! Calls that wait, on sockets of every kind: each until somebody serves it, or a deadline ends it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use gopark::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream};

use crate::loopback::{narrow_pair, pair};
use crate::place::Place;

/// More than the buffers between two ends hold.
const MUCH: usize = 4 << 20;

/// More datagrams than wait anywhere.
const MANY: usize = 2000;

pub(crate) type Call = Arc<dyn Fn() -> io::Result<()> + Send + Sync>;
type Set<T> = Arc<dyn Fn(Option<T>) + Send + Sync>;

/// A call that waits. It is made on another clone of the socket than the one whose limits are set.
pub(crate) struct WaitingCall {
    pub(crate) name: &'static str,
    /// May be made again. The first time it waits.
    pub(crate) call: Call,
    /// Sets the deadline of its direction.
    pub(crate) until: Set<Instant>,
    /// Sets the timeout of its direction. A listener has none.
    pub(crate) within: Option<Set<Duration>>,
    /// What it waits for comes.
    pub(crate) serve: Box<dyn FnMut() + Send>,
}

/// A call in a direction of a socket that has both.
macro_rules! call {
    ($name:literal, $socket:expr, $deadline:ident, $timeout:ident, $call:expr, $serve:expr) => {{
        let (caller, limited) = ($socket.try_clone().unwrap(), $socket);
        let (timed, call) = (limited.try_clone().unwrap(), $call);
        WaitingCall {
            name: $name,
            call: Arc::new(move || call(&caller)),
            until: Arc::new(move |deadline| limited.$deadline(deadline).unwrap()),
            within: Some(Arc::new(move |timeout| timed.$timeout(timeout).unwrap())),
            serve: Box::new($serve),
        }
    }};
}

macro_rules! receiving {
    ($name:literal, $socket:expr, $call:expr, $serve:expr) => {
        call!($name, $socket, set_read_deadline, set_read_timeout, $call, $serve)
    };
}

macro_rules! sending {
    ($name:literal, $socket:expr, $call:expr, $serve:expr) => {
        call!($name, $socket, set_write_deadline, set_write_timeout, $call, $serve)
    };
}

macro_rules! accepting {
    ($name:literal, $listener:expr, $connect:expr) => {{
        let (caller, limited) = ($listener.try_clone().unwrap(), $listener);
        let mut connections = Vec::new();
        WaitingCall {
            name: $name,
            call: Arc::new(move || caller.accept().map(drop)),
            until: Arc::new(move |deadline| limited.set_deadline(deadline).unwrap()),
            within: None,
            serve: Box::new(move || connections.push($connect)),
        }
    }};
}

/// One of every kind.
pub(crate) fn all() -> Vec<WaitingCall> {
    let mut all = receives();
    all.extend(sends());
    all.extend(accepts());
    all
}

pub(crate) fn receives() -> Vec<WaitingCall> {
    let tcp = || {
        let (here, mut there) = pair();
        (here, move || there.write_all(b"x").unwrap())
    };
    let udp = || {
        let here = UdpSocket::bind("127.0.0.1:0").unwrap();
        let (there, at) = (UdpSocket::bind("127.0.0.1:0").unwrap(), here.local_addr().unwrap());
        here.connect(there.local_addr().unwrap()).unwrap();
        (here, move || assert_eq!(there.send_to(b"x", at).unwrap(), 1))
    };
    let unix = || {
        let (here, mut there) = UnixStream::pair().unwrap();
        (here, move || there.write_all(b"x").unwrap())
    };
    let datagram = || {
        let (here, there) = UnixDatagram::pair().unwrap();
        (here, move || assert_eq!(there.send(b"x").unwrap(), 1))
    };
    let mut calls = Vec::new();
    macro_rules! each {
        ($kind:ident: $($name:literal $call:expr;)+) => {$(
            let (here, serve) = $kind();
            calls.push(receiving!($name, here, $call, serve));
        )+};
    }
    each! { tcp:
        "TcpStream::read" |mut here: &TcpStream| one(here.read(&mut [0; 8]));
        "TcpStream::read_exact" |mut here: &TcpStream| here.read_exact(&mut [0; 1]);
        "TcpStream::peek" |here: &TcpStream| one(here.peek(&mut [0; 8]));
        "TcpStream::readable" TcpStream::readable;
    }
    each! { udp:
        "UdpSocket::recv" |here: &UdpSocket| one(here.recv(&mut [0; 8]));
        "UdpSocket::recv_from" |here: &UdpSocket| one(here.recv_from(&mut [0; 8]).map(|(count, _)| count));
        "UdpSocket::peek" |here: &UdpSocket| one(here.peek(&mut [0; 8]));
        "UdpSocket::readable" UdpSocket::readable;
    }
    each! { unix:
        "UnixStream::read" |mut here: &UnixStream| one(here.read(&mut [0; 8]));
        "UnixStream::readable" UnixStream::readable;
    }
    each! { datagram:
        "UnixDatagram::recv" |here: &UnixDatagram| one(here.recv(&mut [0; 8]));
        "UnixDatagram::recv_from" |here: &UnixDatagram| {
            one(here.recv_from(&mut [0; 8]).map(|(count, _)| count))
        };
        "UnixDatagram::readable" UnixDatagram::readable;
    }
    calls
}

pub(crate) fn sends() -> Vec<WaitingCall> {
    let ((tcp, far_tcp), (unix, far_unix)) = (narrow_pair(), UnixStream::pair().unwrap());
    let (full_tcp, far_full_tcp) = full_pair();
    let (full_unix, far_full_unix) = UnixStream::pair().unwrap();
    fill(&full_unix, |nonblocking| full_unix.set_nonblocking(nonblocking));
    let (send, at_send, far_send) = datagrams();
    send.connect(&at_send.0).unwrap();
    let (send_to, at_send_to, far_send_to) = datagrams();
    vec![
        sending!(
            "TcpStream::write_all",
            tcp,
            |mut tcp: &TcpStream| tcp.write_all(&[0; MUCH]),
            drain(far_tcp)
        ),
        sending!("TcpStream::writable", full_tcp, TcpStream::writable, drain(far_full_tcp)),
        sending!(
            "UnixStream::write_all",
            unix,
            |mut unix: &UnixStream| unix.write_all(&[0; MUCH]),
            drain(far_unix)
        ),
        sending!("UnixStream::writable", full_unix, UnixStream::writable, drain(far_full_unix)),
        sending!(
            "UnixDatagram::send",
            send,
            |socket: &UnixDatagram| (0..MANY).try_for_each(|_| one(socket.send(b"x"))),
            far_send
        ),
        sending!(
            "UnixDatagram::send_to",
            send_to,
            move |socket: &UnixDatagram| {
                (0..MANY).try_for_each(|_| one(socket.send_to(b"x", &at_send_to.0)))
            },
            far_send_to
        ),
    ]
}

pub(crate) fn accepts() -> Vec<WaitingCall> {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = tcp.local_addr().unwrap();
    let place = Place::new();
    let unix = UnixListener::bind(&place.0).unwrap();
    vec![
        accepting!("TcpListener::accept", tcp, TcpStream::connect(at).unwrap()),
        accepting!("UnixListener::accept", unix, UnixStream::connect(&place.0).unwrap()),
    ]
}

fn one(count: io::Result<usize>) -> io::Result<()> {
    count.map(|count| assert_eq!(count, 1))
}

/// Ends who reads from it when it goes.
struct Drained<S: Ends>(Arc<S>);

trait Ends: Send + Sync + 'static {
    fn end(&self);
    /// Takes what has come, until the end.
    fn empty(&self);
}

macro_rules! ends {
    ($kind:ty, $take:expr) => {
        impl Ends for $kind {
            fn end(&self) {
                let _ = self.shutdown(Shutdown::Both);
            }

            fn empty(&self) {
                let mut buf = vec![0; 64 << 10];
                while let Ok(1..) = $take(self, &mut buf) {}
            }
        }
    };
}

ends!(TcpStream, |mut from: &TcpStream, buf: &mut [u8]| from.read(buf));
ends!(UnixStream, |mut from: &UnixStream, buf: &mut [u8]| from.read(buf));
ends!(UnixDatagram, |from: &UnixDatagram, buf: &mut [u8]| from.recv(buf));

impl<S: Ends> Drop for Drained<S> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// From its first call on, a thread takes whatever comes to `far`.
fn drain(far: impl Ends) -> impl FnMut() + Send {
    let far = Drained(Arc::new(far));
    let mut begun = false;
    move || {
        if !std::mem::replace(&mut begun, true) {
            let far = far.0.clone();
            thread::spawn(move || far.empty());
        }
    }
}

/// A socket to send from, where to, and who empties the queue there.
fn datagrams() -> (UnixDatagram, Place, impl FnMut() + Send) {
    let place = Place::new();
    let receiver = UnixDatagram::bind(&place.0).unwrap();
    (UnixDatagram::unbound().unwrap(), place, drain(receiver))
}

/// A pair of which the first end has no room.
pub(crate) fn full_pair() -> (TcpStream, TcpStream) {
    let (full, far) = narrow_pair();
    loop {
        let written = fill(&full, |nonblocking| full.set_nonblocking(nonblocking));
        if written == 0 {
            return (full, far);
        }
        // The other end confirms what it has received within 40 ms, which makes room once more.
        thread::sleep(Duration::from_millis(100));
    }
}

/// Writes until there is no room, and returns how much that was.
pub(crate) fn fill<S>(mut stream: S, set_nonblocking: impl Fn(bool) -> io::Result<()>) -> usize
where
    S: Write,
{
    set_nonblocking(true).unwrap();
    let mut written = 0;
    loop {
        match stream.write(&[0; 1 << 12]) {
            Ok(count) => written += count,
            Err(full) => {
                assert_eq!(full.kind(), ErrorKind::WouldBlock);
                set_nonblocking(false).unwrap();
                return written;
            }
        }
    }
}
