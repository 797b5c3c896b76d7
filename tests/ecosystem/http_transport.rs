//! What ureq needs of its surroundings, over gopark: names, connections, and bytes with a time limit. As ureq's own
//! transport over std, but for the types.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::{Arc, Weak};
use std::{fmt, slice};

use gopark::net::{TcpStream, ToSocketAddrs};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout};
use ureq::unversioned::transport::{RustlsConnector, ShutdownHandle, Transport};
use ureq::{Agent, Error};

/// An agent whose calls park their coroutine, also inside TLS.
pub(crate) fn agent(config: Config) -> Agent {
    Agent::with_parts(config, OverGopark.chain(RustlsConnector::default()), OverGopark)
}

#[derive(Debug)]
struct OverGopark;

impl Resolver for OverGopark {
    /// ureq's own waits for a thread, and so would block this one, if there is a timeout.
    fn resolve(&self, uri: &Uri, config: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(Error::BadUri(uri.to_string()));
        };
        let name = DefaultResolver::host_and_port(scheme, authority).ok_or(Error::HostNotFound)?;
        let found: Vec<SocketAddr> = name.to_socket_addrs()?.collect();
        let (mut addresses, family) = (self.empty(), config.ip_family());
        let wanted = family.keep_wanted(found.into_iter());
        wanted.take(16).for_each(|address| addresses.push(address));
        if addresses.is_empty() { Err(Error::HostNotFound) } else { Ok(addresses) }
    }
}

impl Connector for OverGopark {
    type Out = OverTcp;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<OverTcp>, Error> {
        let mut refused = Error::HostNotFound;
        for address in &details.addrs {
            let connected = match details.timeout.not_zero() {
                Some(limit) => TcpStream::connect_timeout(address, *limit),
                None => TcpStream::connect(slice::from_ref(address)),
            };
            match connected {
                Ok(stream) => return OverTcp::new(stream, details).map(Some),
                Err(error) => refused = told(error, details.timeout),
            }
        }
        Err(refused)
    }
}

/// The connection, which also who shuts the agent down may know.
struct Wire(TcpStream);

impl ShutdownHandle for Wire {
    fn shutdown(&self) {
        // It fails if it has ended already.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

struct OverTcp {
    wire: Arc<Wire>,
    buffers: LazyBuffers,
}

impl OverTcp {
    fn new(stream: TcpStream, details: &ConnectionDetails<'_>) -> Result<OverTcp, Error> {
        let config = details.config;
        stream.set_nodelay(config.no_delay())?;
        let wire = Arc::new(Wire(stream));
        let handle: Weak<Wire> = Arc::downgrade(&wire);
        (details.register_shutdown)(handle)?;
        Ok(OverTcp {
            wire,
            buffers: LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size()),
        })
    }
}

impl Transport for OverTcp {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, limit: NextTimeout) -> Result<(), Error> {
        let limit = limit.for_write();
        let mut stream = &self.wire.0;
        stream.set_write_timeout(limit.not_zero().map(|limit| *limit))?;
        stream.write_all(&self.buffers.output()[..amount]).map_err(|error| told(error, limit))
    }

    fn await_input(&mut self, limit: NextTimeout) -> Result<bool, Error> {
        let limit = limit.for_read();
        let mut stream = &self.wire.0;
        stream.set_read_timeout(limit.not_zero().map(|limit| *limit))?;
        let count = stream.read(self.buffers.input_append_buf()).map_err(|error| told(error, limit))?;
        self.buffers.input_appended(count);
        Ok(count > 0)
    }

    /// Nothing has come, not even the end.
    fn is_open(&mut self) -> bool {
        let mut stream = &self.wire.0;
        let ask = |nonblocking| stream.set_nonblocking(nonblocking).is_ok();
        let nothing =
            ask(true) && matches!(stream.read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock);
        ask(false) && nothing
    }
}

impl fmt::Debug for OverTcp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OverTcp").field(&self.wire.0.peer_addr().ok()).finish()
    }
}

/// ureq knows which of its time limits has run out.
fn told(error: io::Error, limit: NextTimeout) -> Error {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Error::Timeout(limit.reason),
        _ => Error::Io(error),
    }
}
