//! The debug endpoint, as somebody with a browser, Prometheus or `go tool pprof` sees it.

#[path = "../process/eventually.rs"]
mod eventually;

mod client;

mod pages;
mod profile;
mod requests;
