//! A UDP socket as an arm of a `select!`.
//!
//! ```
//! use gopark_net::UdpSocket;
//! use gopark_runtime::face as gopark;
//!
//! gopark::run(|| {
//!     let socket = UdpSocket::bind("127.0.0.1:0")?;
//!     let (stop, stops) = gopark::chan::bounded::<()>(0);
//!     socket.send_to(b"to itself", socket.local_addr()?)?;
//!     let mut buf = [0; 16];
//!     let count = gopark::select! {
//!         readable(socket) -> ready => { ready?; Some(socket.recv(&mut buf)?) }
//!         recv(stops) -> _ => None,
//!     };
//!     assert_eq!(count, Some(9));
//!     drop(stop);
//!     std::io::Result::Ok(())
//! })?;
//! # std::io::Result::Ok(())
//! ```

use gopark_runtime::io::{Deadline, Direction, Selectable, Source};

use super::socket::UdpSocket;
use crate::readiness::readiness_of;

impl Selectable for UdpSocket {
    fn source(&self) -> &Source {
        self.connection.source()
    }

    fn has_unread(&self) -> bool {
        self.connection.extras.has_unread()
    }

    fn read_deadline(&self) -> Option<&Deadline> {
        self.connection.extras.deadline(Direction::Read)
    }
}

readiness_of!(UdpSocket, "let stream = gopark_net::UdpSocket::bind(\"127.0.0.1:0\")?;");
