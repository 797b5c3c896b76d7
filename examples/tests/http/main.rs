//! The example `http`: what it promises to clients of all kinds, on loopback and from memory.

#[path = "../../http/chunks.rs"]
mod chunks;
#[path = "../../http/connection.rs"]
mod connection;
#[path = "../../http/fields.rs"]
mod fields;
#[path = "../../http/framing.rs"]
mod framing;
#[path = "../../http/head.rs"]
mod head;
#[path = "../../http/reader.rs"]
mod reader;
#[path = "../../http/response.rs"]
mod response;
#[path = "../../http/routes.rs"]
mod routes;
#[path = "../../http/server.rs"]
mod server;
#[path = "../../http/settings.rs"]
mod settings;
#[path = "../../http/status.rs"]
mod status;

mod bodies;
mod conversations;
mod crowd;
mod ending;
mod ending_by_signals;
mod heads;
mod hostile;
mod limited;
mod splits;
mod unpunctual;

mod client;
mod grammar;
mod pieces;
mod served;
