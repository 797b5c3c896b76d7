//! A window into a running program: dumps, profiles, traces and metrics over HTTP, as Go's `net/http/pprof`.
//!
//! It has threads of its own and std's sockets, and no coroutines: so it answers as well when all workers are stuck.

mod answer;
mod pages;
mod profile;
mod request;
mod server;

pub use server::{Server, serve, serve_on};
