//! TCP streams and listeners.
//!
//! Each file imports only from files further up in this table:
//!
//! | file | concept |
//! |---|---|
//! | `bind` | making a descriptor that listens |
//! | `connect` | making a descriptor that is connected |
//! | `stream` | the face of a connection, [`TcpStream`] |
//! | `stream_options` | what can be set on it |
//! | `read_write` | `Read` and `Write` for it |
//! | `listener` | the face of a listening socket, [`TcpListener`] |
//! | `listener_options` | what can be set on it |
//! | `incoming` | its connections as an iterator, [`Incoming`] |
//! | `builder` | a listener with options set before it is bound, [`TcpListenerBuilder`] |
//! | `selectable` | both as arms of a `select!` |
//! | `convert` | from and into std's types and plain descriptors |

mod bind;
mod builder;
mod connect;
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
