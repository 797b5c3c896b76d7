//! The limits.

use std::time::Duration;

use tungstenite::protocol::WebSocketConfig;

/// What a client may do, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Config {
    /// How long the handshake may take.
    pub(crate) handshake_within: Duration,
    /// How many bytes it may have.
    pub(crate) handshake_bytes: u64,
    /// How long a message may be, in bytes.
    pub(crate) message_bytes: usize,
    /// How many messages at once,
    pub(crate) burst: u32,
    /// and then one each so often. More are read later.
    pub(crate) pace: Duration,
    /// How many messages may wait for it.
    pub(crate) outbox: usize,
    /// How long it may take to accept what is sent to it.
    pub(crate) write_within: Duration,
    /// After how long a silence it is asked for a sign of life,
    pub(crate) ping_after: Duration,
    /// and after how long it is given up.
    pub(crate) dead_after: Duration,
    /// How long it may take to hang up when it has been told why.
    pub(crate) close_within: Duration,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            handshake_within: Duration::from_secs(10),
            handshake_bytes: 8 << 10,
            message_bytes: 4 << 10,
            burst: 40,
            pace: Duration::from_millis(100),
            // All members of a room may speak at once before the first of them is served. Beyond 1024 a channel takes
            // memory as it needs it: an empty outbox has none.
            outbox: 2000,
            write_within: Duration::from_secs(10),
            ping_after: Duration::from_secs(30),
            dead_after: Duration::from_secs(90),
            close_within: Duration::from_secs(2),
        }
    }
}

impl Config {
    /// For tungstenite. Each connection keeps both buffers, so they are small; larger messages pass all the same.
    pub(crate) fn websocket(&self) -> WebSocketConfig {
        WebSocketConfig::default()
            .read_buffer_size(1 << 10)
            .write_buffer_size(1 << 10)
            .max_message_size(Some(self.message_bytes))
            .max_frame_size(Some(self.message_bytes))
    }
}
