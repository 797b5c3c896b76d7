//! `std::net` for gopark: the same names, signatures and errors, but a call that has to wait parks the calling
//! coroutine instead of its thread. On a plain thread the same call blocks that thread, as std's does.
//!
//! A program written on `std::net` ports by changing its `use` lines:
//!
//! ```
//! use std::io::{Read, Write};
//!
//! use gopark_net::{Shutdown, TcpListener, TcpStream};
//!
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let mut client = TcpStream::connect(listener.local_addr()?)?;
//! let (mut server, _) = listener.accept()?;
//!
//! client.write_all(b"ping")?;
//! client.shutdown(Shutdown::Write)?;
//!
//! let mut heard = String::new();
//! server.read_to_string(&mut heard)?;
//! assert_eq!(heard, "ping");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! With the feature `futures-io` the streams are `AsyncRead` and `AsyncWrite` too, for async crates that bring no reactor
//! of their own: their futures run under `block_on`. (With these traits and std's in one scope, `stream.read(..)` is
//! ambiguous.)
//!
//! With the feature `debug` there is `debug::serve`: dumps, profiles, traces and metrics of the program over HTTP, from
//! threads that belong to no runtime.
//!
//! # What a call costs
//!
//! Every read, write, accept, send and receive asks the kernel first and waits only when the answer is "not now", so a
//! call that need not wait is the one system call it would be in std. A socket registers with the poller at its first
//! wait, never before: one that never waits costs nothing there. All clones of a socket share one descriptor,
//! one registration and one allocation of at most 64 bytes.
//!
//! # Where it differs from std
//!
//! * [`set_nonblocking`](TcpStream::set_nonblocking) and the timeouts belong to the socket as this crate sees it,
//!   shared by its clones; they are written to the descriptor only when it is converted into std's type.
//! * [`try_clone`](TcpStream::try_clone) shares the descriptor instead of duplicating it, and cannot fail.
//! * A [write](TcpStream#impl-Write-for-TcpStream) takes what fits into the send buffer and answers that count; a
//!   blocking std socket would wait to take it all. `write_all` is the same for both.
//! * A read or peek of a stream into an empty buffer answers `Ok(0)` at once; std's waits for data first.
//!   [`UdpSocket`] waits and takes a datagram, as std's does.
//! * [`TcpListener::accept`] backs off by itself when the process has run out of descriptors.
//! * The backlog is 4096 instead of std's; [`TcpListener::builder`] sets it.
//! * What a Unix socket does otherwise than std's stands in [`unix`].
//! * [`ToSocketAddrs`] is a trait of this crate, for the same types: a host name is looked up on a helper thread.
//!
//! # Layers
//!
//! `resolve` turns names into addresses; `address` knows addresses and nothing of sockets, `timeout` how long a call may
//! wait, `extras` what few sockets have. `connection` holds the system calls of a stream, `acceptor` that of a listener,
//! whatever their family, and `back_off` its pauses. `deadlines` and `readiness` give the calls of these names to the types
//! that have a connection. `tcp`, `udp` and `unix` hold the sockets and know nothing of each other, each file standing only
//! on those above it in their `mod.rs`; `copy` and `from_raw` stand on them.
//! `debug` stands apart: std's sockets and threads. Below all of it are [`gopark_runtime::io::Source`], which knows how to wait, and
//! `blocking` of the same crate, which waits for the resolver. **Nothing here knows what a coroutine is.**
#![deny(unsafe_code)]

#[cfg(not(target_os = "linux"))]
compile_error!(
    "gopark-net runs on Linux only: use std::net on this target, or build for one of the *-linux-* targets"
);

mod acceptor;
mod address;
mod back_off;
mod connection;
mod copy;
mod deadlines;
#[cfg(feature = "debug")]
pub mod debug;
mod extras;
mod from_raw;
#[cfg(feature = "futures-io")]
mod futures_io;
mod on_readable;
mod readiness;
mod resolve;
mod tcp;
mod timeout;
mod udp;
pub mod unix;
#[cfg(feature = "futures-io")]
mod watcher;

pub use std::net::{
    AddrParseError, IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, SocketAddrV4, SocketAddrV6,
};

pub use copy::{Duplex, Unwritten, copy, copy_bidirectional};
pub use on_readable::on_readable;
pub use resolve::ToSocketAddrs;
pub use tcp::{Incoming, TcpListener, TcpListenerBuilder, TcpStream};
pub use udp::UdpSocket;
pub use unix::{UnixDatagram, UnixListener, UnixStream};
