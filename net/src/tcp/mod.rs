//! TCP streams and listeners.
//!
//! Each file imports only from files further up in this table:
//!
//! | file | concept |
//! |---|---|
//! | `back_off` | the pause after an accept that found the process out of resources |
//! | `bind` | making a descriptor that listens |
//! | `connect` | making a descriptor that is connected |
//! | `connection` | what all clones of a stream share, and the system calls that move bytes |
//! | `acceptor` | what all clones of a listener share, and the system call that takes a connection |
//! | `stream` | the face of a connection, [`TcpStream`] |
//! | `stream_options` | what can be set on it |
//! | `read_write` | `Read` and `Write` for it |
//! | `listener` | the face of a listening socket, [`TcpListener`] |
//! | `listener_options` | what can be set on it |
//! | `incoming` | its connections as an iterator, [`Incoming`] |
//! | `builder` | a listener with options set before it is bound, [`TcpListenerBuilder`] |
//! | `selectable` | both as arms of a `select!` |
//! | `convert` | from and into std's types and plain descriptors |

mod acceptor;
mod back_off;
mod bind;
mod builder;
mod connect;
mod connection;
mod convert;
mod incoming;
mod listener;
mod listener_options;
mod read_write;
mod selectable;
mod stream;
mod stream_options;

pub use builder::TcpListenerBuilder;
pub use incoming::Incoming;
pub use listener::TcpListener;
pub use stream::TcpStream;
