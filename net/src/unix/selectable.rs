//! Sockets as arms of a `select!`.
//!
//! ```
//! use std::io::{Read, Write};
//!
//! use gopark_net::UnixStream;
//! use gopark_runtime::face as gopark;
//!
//! gopark::run(|| {
//!     let (mut here, mut there) = UnixStream::pair()?;
//!     let (stop, stops) = gopark::chan::bounded::<()>(0);
//!     here.write_all(b"hello")?;
//!     let heard = gopark::select! {
//!         readable(there) -> ready => { ready?; there.read(&mut [0; 8])? }
//!         recv(stops) -> _ => 0,
//!     };
//!     assert_eq!(heard, 5);
//!     drop(stop);
//!     std::io::Result::Ok(())
//! })?;
//! # std::io::Result::Ok(())
//! ```

use gopark_runtime::io::{Deadline, Direction, Limits, Selectable, Source};

use super::datagram::UnixDatagram;
use super::listener::UnixListener;
use super::stream::UnixStream;
use crate::readiness::readiness_of;

impl Selectable for UnixStream {
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

impl Selectable for UnixListener {
    fn source(&self) -> &Source {
        self.acceptor.source()
    }

    fn read_deadline(&self) -> Option<&Deadline> {
        self.acceptor.deadline()
    }
}

/// A socket that sends to another one than it is connected to is always writable, however full the queue over there.
impl Selectable for UnixDatagram {
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

readiness_of!(UnixStream, "let (stream, _there) = gopark_net::UnixStream::pair()?;");

readiness_of!(UnixDatagram, "let (stream, _there) = gopark_net::UnixDatagram::pair()?;");
