//! UDP sockets.
//!
//! Each file imports only from files further up in this table:
//!
//! | file | concept |
//! |---|---|
//! | `socket` | the face of a socket, [`UdpSocket`]: bound, connected, cloned |
//! | `transfer` | sending and receiving with it |
//! | `options` | what can be set on it |
//! | `multicast` | the groups it belongs to, and how it sends to them |
//! | `selectable` | a socket as an arm of a `select!` |
//! | `convert` | from and into std's type and plain descriptors |

mod convert;
mod multicast;
mod options;
mod selectable;
mod socket;
mod transfer;

pub use socket::UdpSocket;
