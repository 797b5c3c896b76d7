//! WebSocket sessions by tungstenite, with buffers so small that most of what is said goes through them in pieces.

use std::fmt::Debug;
use std::io::{Read, Write};

use gopark::net::TcpStream;
use gopark::{JoinHandle, go};
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket, accept_with_config};

use crate::loopback::pair;

pub(crate) type Session = WebSocket<TcpStream>;

pub(crate) fn config() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(64).write_buffer_size(32).max_write_buffer_size(4 << 20)
}

/// The accepting side of the handshake.
pub(crate) fn accept<S: Read + Write + Debug>(stream: S) -> WebSocket<S> {
    accept_with_config(stream, Some(config())).unwrap()
}

/// The connecting side of the handshake.
pub(crate) fn connect<S: Read + Write + Debug>(url: &str, stream: S) -> WebSocket<S> {
    tungstenite::client::client_with_config(url, stream, Some(config())).unwrap().0
}

/// A client's session after the handshake, and a server of it.
pub(crate) fn session<T: Send + 'static>(
    server: impl FnOnce(Session) -> T + Send + 'static,
) -> (Session, JoinHandle<T>) {
    let (near, far) = pair();
    let serves = go(move || server(accept(far)));
    (connect("ws://localhost/chat", near), serves)
}

/// A session without handshake, with other settings, at one end; at the other, the bare connection.
pub(crate) fn bare(role: Role, config: WebSocketConfig) -> (Session, TcpStream) {
    let (near, far) = pair();
    (WebSocket::from_raw_socket(near, role, Some(config)), far)
}

/// Sends back what is said, until the peer closes. How many messages.
pub(crate) fn echo<S: Read + Write>(session: &mut WebSocket<S>) -> usize {
    let mut count = 0;
    loop {
        match session.read() {
            Ok(said) if said.is_text() || said.is_binary() => {
                count += 1;
                session.send(said).unwrap();
            }
            Ok(_) => {}
            Err(Error::ConnectionClosed) => return count,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Closes from the client's side, and waits until the server has agreed and has closed the connection.
#[track_caller]
pub(crate) fn close<S: Read + Write>(mut session: WebSocket<S>) {
    session.close(None).unwrap();
    assert_eq!(session.read().unwrap(), Message::Close(None));
    assert!(matches!(session.read(), Err(Error::ConnectionClosed)));
}
