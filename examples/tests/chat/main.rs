//! The example `chat`, from outside: clients over TCP, and its modules as they are.
//!
//! Each test has a server in a runtime of its own, whose counts say whether a coroutine is left over; the clients are
//! coroutines of another one.

#[path = "../../chat/command.rs"]
mod command;
#[path = "../../chat/config.rs"]
mod config;
#[path = "../../chat/connection.rs"]
mod connection;
#[path = "../../chat/farewell.rs"]
mod farewell;
#[path = "../../chat/pace.rs"]
mod pace;
#[path = "../../chat/pulse.rs"]
mod pulse;
#[path = "../../chat/rooms.rs"]
mod rooms;
#[path = "../../chat/server.rs"]
mod server;
#[path = "../../chat/socket.rs"]
mod socket;

#[path = "../../../tests/process/child.rs"]
mod child;
#[path = "../../../tests/process/eventually.rs"]
mod eventually;

mod client;
mod house;

mod conversation;
mod crowd;
mod ending;
mod handshakes;
mod hostile;
mod mutated;
mod silence;
mod slow;
