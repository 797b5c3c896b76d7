//! Unix sockets.

mod datagram_endings;
mod datagrams;
mod paths;
mod place;
mod streams;
