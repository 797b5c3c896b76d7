//! Goroutine-style coroutines for Linux: servers in plain synchronous style, a coroutine per connection.
//!
//! ```no_run
//! use gopark::{go, net::TcpListener};
//! use std::io::{Read, Write};
//!
//! fn main() -> std::io::Result<()> {
//!     gopark::run(|| {
//!         let listener = TcpListener::bind("127.0.0.1:7000")?;
//!         loop {
//!             let (conn, _) = match listener.accept() {
//!                 Ok(accepted) => accepted,
//!                 Err(e) => {
//!                     eprintln!("accept: {e}");
//!                     continue;
//!                 }
//!             };
//!             go(move || {
//!                 let mut buf = [0; 1024];
//!                 while let Ok(n @ 1..) = (&conn).read(&mut buf) {
//!                     if (&conn).write_all(&buf[..n]).is_err() {
//!                         break;
//!                     }
//!                 }
//!             });
//!         }
//!     })
//! }
//! ```
//!
//! # Where to look
//! * [`run`] starts a runtime with a main coroutine, [`go`] starts further ones; [`coroutine::Builder`] gives them
//!   names and stacks of other sizes, [`runtime::Builder`] makes runtimes with other settings.
//! * [`net`] mirrors `std::net`: a call that would block parks its coroutine and not its thread.
//! * [`chan`] has channels with crossbeam's names, [`select!`] waits for the first of several of them and of sockets,
//!   [`sync`] has locks, conditions and semaphores, and [`block_on`] runs futures.
//! * [`scope()`] starts coroutines that borrow, [`with_timeout`] and [`Context`] bound how long calls wait,
//!   [`JoinHandle::cancel`] ends those that wait, and [`shield`] keeps both away from a clean-up.
//! * [`time::sleep`], [`coroutine::park`], [`yield_now`] and [`JoinHandle::join`] wait for other things,
//!   [`signal::notify`] for signals, [`time::after`] and [`time::tick`] for the clock.
//! * [`pool::Pool`] runs so many tasks at a time, and the others in turn.
//! * [`blocking`] runs what blocks a thread on another one, while only its coroutine waits.
//! * [`coroutine_local!`], [`coroutine::no_park`] and [`stack::grow`] are for the rarer needs.
//! * [`dump()`] shows every coroutine, what it waits for, who holds that, and its stack; [`metrics`] counts and measures;
//!   [`trace`] records what the workers do, for Perfetto. With the feature `debug`, `net::debug::serve` shows all of it to
//!   a browser. [`leak::Scope`] finds what a test leaves behind, [`leak::deadlocks`] who waits for himself.
//!
//! # What holds everywhere
//! * A coroutine that has started never leaves its worker thread. So thread-locals stay valid, and only what
//!   crosses a spawn or a join must be `Send`.
//! * A coroutine is switched away in calls that may wait, and nowhere else: `yield_now`, `park`, `sleep`, `join`,
//!   `blocking`, and socket calls that find nothing. One that computes without them keeps those that live on the
//!   same worker waiting; fresh ones start elsewhere.
//! * Everything here also works on plain threads, which block instead of parking.
//! * The closure of a coroutine that panics does not harm the others; its joiner gets the payload.
#![forbid(unsafe_code)]

pub use gopark_net as net;
pub use gopark_pool as pool;
pub use gopark_runtime::face::coroutine::{Coroutine, JoinHandle};
pub use gopark_runtime::face::runtime::Runtime;
pub use gopark_runtime::face::*;

/// The program of the README must compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
