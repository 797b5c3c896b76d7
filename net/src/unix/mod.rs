//! Unix sockets: [`std::os::unix::net`] for coroutines. Ancillary data is not covered.
//!
//! ```
//! use std::io::{Read, Write};
//!
//! use gopark_net::{Shutdown, UnixListener, UnixStream};
//!
//! let path = std::env::temp_dir().join(format!("gopark-{}.sock", std::process::id()));
//! let listener = UnixListener::bind(&path)?;
//! let mut client = UnixStream::connect(&path)?;
//! let (mut server, _) = listener.accept()?;
//! std::fs::remove_file(&path)?;
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
//! # Where it differs from std
//!
//! What the [crate](crate#where-it-differs-from-std) says of TCP holds here too: timeouts and the non-blocking flag,
//! clones, short writes, reads into an empty buffer, the backlog of 4096, accept without descriptors. Besides:
//!
//! * The kernel announces neither room in the queue of a listener to who connects, nor room in the queue of a
//!   datagram socket to who sends to it without being connected to it. [`UnixStream::connect`] and
//!   [`UnixDatagram::send_to`] ask again after 1 ms, then after twice that each time, up to 50 ms. While the queue is
//!   full, they take no turns: who comes later may get through first.
//! * Nor does it announce that the writing side was shut down. A coroutine that waits to write is told by `shutdown` itself;
//!   a plain thread, and whoever shares the socket by a duplicate, looks every half second.
//! * `Debug` shows the descriptor as a number.
//! * Linux knows pathnames of 108 bytes, one more than std's [`SocketAddr`] can be made from. A datagram from one
//!   appears to come from an unnamed socket.
//!
//! # Layers
//!
//! Each file imports only from files further up in this table:
//!
//! | file | concept |
//! |---|---|
//! | `address` | between std's addresses and the kernel's |
//! | `retry` | calls that find a queue full, where no event says that it has room again |
//! | `shut_down` | whether a socket was shut down for receiving, where only poll(2) says so |
//! | `open` | making descriptors that listen, are connected, or are bound |
//! | `stream` | the face of a connection, [`UnixStream`] |
//! | `stream_options` | what can be set on it |
//! | `read_write` | `Read` and `Write` for it |
//! | `listener` | the face of a listening socket, [`UnixListener`] |
//! | `incoming` | its connections as an iterator, [`Incoming`] |
//! | `datagram` | the face of a datagram socket, [`UnixDatagram`] |
//! | `datagram_transfer` | sending and receiving by it |
//! | `datagram_options` | what can be set on it |
//! | `selectable` | all three as arms of a `select!` |
//! | `convert` | from and into std's types and plain descriptors |

mod address;
mod convert;
mod datagram;
mod datagram_options;
mod datagram_transfer;
mod incoming;
mod listener;
mod open;
mod read_write;
mod retry;
mod selectable;
mod shut_down;
mod stream;
mod stream_options;

pub use std::os::unix::net::SocketAddr;

pub use datagram::UnixDatagram;
pub use incoming::Incoming;
pub use listener::UnixListener;
pub use stream::UnixStream;
