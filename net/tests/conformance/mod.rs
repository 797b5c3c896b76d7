//! What both std's sockets and ours do. Every body here runs against both: see `on_std.rs` and `on_gopark.rs`, each
//! of which says which of the two the names `crate::net` and `crate::unix` mean.

mod addresses;
mod clones;
mod connecting;
mod endings;
mod listening;
mod options;
mod resolving;
mod timeouts;
mod transfer;
mod udp;
mod unix;
