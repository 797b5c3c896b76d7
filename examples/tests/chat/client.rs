//! A client.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

use gopark::net::TcpStream;
use tungstenite::error::{Error, ProtocolError};
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Bytes, Message, WebSocket};

/// A request that is granted.
pub(crate) const REQUEST: &str = "GET / HTTP/1.1\r\nHost: chat\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A thousand times what a server needs that has nothing else to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client that has read its greeting.
pub(crate) struct Client {
    socket: WebSocket<TcpStream>,
}

/// A connection that has not said anything.
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// A connection behind the handshake and the greeting, for bytes of one's own.
pub(crate) fn raw(address: SocketAddr) -> TcpStream {
    let mut stream = connect(address);
    stream.write_all(REQUEST.as_bytes()).unwrap();
    let mut heard = Vec::new();
    let mut byte = [0];
    while !heard.ends_with(b"in the lobby") {
        stream.read_exact(&mut byte).unwrap();
        heard.push(byte[0]);
    }
    stream
}

/// What comes until the end, be it a reset.
pub(crate) fn read_to_end(mut stream: &TcpStream) -> Vec<u8> {
    let mut heard = Vec::new();
    match stream.read_to_end(&mut heard) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => panic!("the server does not hang up"),
        _ => heard,
    }
}

/// A frame as a client sends it, with a mask that changes nothing.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length @ 126..65_536 => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

impl Client {
    /// A guest in the lobby.
    pub(crate) fn guest(address: SocketAddr) -> Client {
        let (socket, _) = tungstenite::client("ws://chat/", connect(address)).unwrap();
        let mut client = Client { socket };
        assert!(client.hear().starts_with("* you are guest-"));
        client
    }

    /// A client with this name in this room.
    pub(crate) fn new(address: SocketAddr, name: &str, room: &str) -> Client {
        let mut client = Client::guest(address);
        client.ask(&format!("/nick {name}"), &format!("* you are {name}"));
        client.ask(&format!("/join {room}"), &format!("* you are in the {room}"));
        client
    }

    pub(crate) fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text)).unwrap();
    }

    /// Says something that has this answer.
    #[track_caller]
    pub(crate) fn ask(&mut self, text: &str, answer: &str) {
        self.say(text);
        assert_eq!(self.hear(), answer);
    }

    pub(crate) fn ping(&mut self, payload: &'static [u8]) {
        self.socket.send(Message::Ping(Bytes::from_static(payload))).unwrap();
    }

    /// The next message, whatever it is. A ping is answered with the next call.
    #[track_caller]
    pub(crate) fn receive(&mut self) -> Result<Message, Error> {
        let received = self.socket.read();
        assert!(
            !matches!(&received, Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock),
            "the server says nothing"
        );
        received
    }

    /// The next text.
    #[track_caller]
    pub(crate) fn hear(&mut self) -> String {
        loop {
            match self.receive() {
                Ok(Message::Text(text)) => return text.as_str().to_owned(),
                Ok(Message::Ping(_)) => {}
                other => panic!("no text but {other:?}"),
            }
        }
    }

    /// What is said until the server closes, and its reason.
    #[track_caller]
    pub(crate) fn hear_out(&mut self) -> (Vec<String>, Option<(CloseCode, String)>) {
        let (mut heard, mut reason) = (Vec::new(), None);
        loop {
            match self.receive() {
                Ok(Message::Text(text)) => heard.push(text.as_str().to_owned()),
                Ok(Message::Close(Some(CloseFrame { code, reason: why }))) => {
                    reason = Some((code, why.as_str().to_owned()));
                }
                Ok(_) => {}
                Err(
                    Error::ConnectionClosed
                    | Error::Io(_)
                    | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake),
                ) => return (heard, reason),
                Err(other) => panic!("{other}"),
            }
        }
    }

    /// Leaves, politely. Returns what was still said to it.
    pub(crate) fn leave(mut self) -> Vec<String> {
        self.socket.close(None).unwrap();
        self.hear_out().0
    }
}
