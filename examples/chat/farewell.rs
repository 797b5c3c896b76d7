//! Why a connection ends, and how the client is told.

use std::time::{Duration, Instant};

use gopark::chan::Receiver;
use gopark::{is_cancelled, is_timeout, shield};
use tungstenite::error::{Error, ProtocolError};
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Message, Utf8Bytes, WebSocket};

use crate::socket::{Wire, hang_up};

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Why {
    /// The client has said that it leaves.
    Left,
    /// The connection has ended without a word.
    Lost,
    Stopping,
    TooSlow,
    Dead,
    TooLong,
    Binary,
    NoText,
    Nonsense,
}

/// What tungstenite and the socket say.
impl From<Error> for Why {
    fn from(error: Error) -> Why {
        match error {
            Error::ConnectionClosed | Error::AlreadyClosed => Why::Left,
            Error::Io(error) if is_cancelled(&error) => Why::Stopping,
            // Only writing has a deadline. The kernel's own, for a peer that acknowledges nothing, comes to the same.
            Error::Io(error) if is_timeout(&error) => Why::TooSlow,
            Error::Io(_) | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Why::Lost,
            Error::Capacity(_) => Why::TooLong,
            Error::Utf8(_) => Why::NoText,
            _ => Why::Nonsense,
        }
    }
}

impl Why {
    fn to_client(self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Why::Left | Why::Lost => return None,
            Why::Stopping => (CloseCode::Away, "the server stops"),
            Why::TooSlow => (CloseCode::Policy, "you read too slowly"),
            Why::Dead => (CloseCode::Policy, "you gave no sign of life"),
            Why::TooLong => (CloseCode::Size, "the message is too long"),
            Why::Binary => (CloseCode::Unsupported, "only text is understood"),
            Why::NoText => (CloseCode::Invalid, "this is no UTF-8"),
            Why::Nonsense => (CloseCode::Protocol, "this is no WebSocket frame"),
        };
        Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) })
    }
}

/// Tells the client why, as far as it listens, and closes the connection. What is left in its outbox goes first: it was
/// said while the client was there.
///
/// Also when the server stops: so in a shield, where calls do not fail for that reason. The deadline counts there too.
pub(crate) fn take_leave(
    mut socket: WebSocket<Wire>,
    outbox: &Receiver<Utf8Bytes>,
    why: Why,
    within: Duration,
) {
    shield(|| {
        // It never fails.
        let _ = socket.get_ref().stream().set_deadline(Some(Instant::now() + within));
        // An error says that nobody listens any more. What is in tungstenite's buffers goes first in any case, and so
        // does the answer to the client's own farewell.
        let _ = outbox.try_iter().try_for_each(|text| socket.write(Message::Text(text)));
        let _ = socket.close(why.to_client());
        hang_up(socket.get_ref().stream());
    });
}
