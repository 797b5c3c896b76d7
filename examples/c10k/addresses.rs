//! At which address each connection is made.
//!
//! Two connections must differ in an address or a port. To one address and port of the server, one address of the
//! client can have as many connections as it has ephemeral ports: 28,232 by default. All of 127.0.0.0/8 is this
//! machine, so the server listens at as many of its addresses as it takes, on the same port at each.

use std::net::{Ipv4Addr, SocketAddrV4};

/// Less than half the number of ports. connect(2) looks for a free one among every second port first, so beyond half
/// of them each connection has the kernel try 14,116 that are taken: 20,000 to one address took 5 s instead of 1 s.
const CONNECTIONS_EACH: u32 = 10_000;

/// Where the connection with this number goes.
pub(crate) fn of_connection(number: u32, port: u16) -> SocketAddrV4 {
    let first = u32::from(Ipv4Addr::LOCALHOST);
    SocketAddrV4::new(Ipv4Addr::from(first + number / CONNECTIONS_EACH), port)
}

/// All addresses that `connections` go to.
pub(crate) fn of_server(connections: u32, port: u16) -> impl Iterator<Item = SocketAddrV4> {
    (0..connections).step_by(CONNECTIONS_EACH as usize).map(move |number| of_connection(number, port))
}
