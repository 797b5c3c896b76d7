//! Sockets as arms of a `select!`.
//!
//! ```
//! use gopark_net::{TcpListener, TcpStream};
//! use gopark_runtime::face as gopark;
//!
//! gopark::run(|| {
//!     let listener = TcpListener::bind("127.0.0.1:0")?;
//!     let (stop, stops) = gopark::chan::bounded::<()>(0);
//!     let client = TcpStream::connect(listener.local_addr()?)?;
//!     let accepted = gopark::select! {
//!         readable(listener) -> ready => { ready?; Some(listener.accept()?) }
//!         recv(stops) -> _ => None,
//!     };
//!     assert!(accepted.is_some());
//!     drop((client, stop));
//!     std::io::Result::Ok(())
//! })?;
//! # std::io::Result::Ok(())
//! ```

use gopark_runtime::io::{Deadline, Direction, Limits, Selectable, Source};

use super::listener::TcpListener;
use super::stream::TcpStream;
use crate::readiness::readiness_of;

impl Selectable for TcpStream {
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

impl Selectable for TcpListener {
    fn source(&self) -> &Source {
        self.acceptor.source()
    }

    fn read_deadline(&self) -> Option<&Deadline> {
        self.acceptor.deadline()
    }
}

readiness_of!(
    TcpStream,
    "# use gopark_net::{TcpListener, TcpStream};\n# let listener = TcpListener::bind(\"127.0.0.1:0\")?;\nlet stream = TcpStream::connect(listener.local_addr()?)?;"
);
