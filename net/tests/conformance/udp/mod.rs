//! What both std's `UdpSocket` and ours do.

mod addresses;
mod clones;
mod multicast;
mod options;
mod peers;
mod refused;
mod transfer;
mod waiting;
