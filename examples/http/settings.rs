//! What the server grants its clients.

use std::time::Duration;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    pub(crate) patience: Patience,
}

/// How much they may send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes of a head: the request line and all header fields. As many again of the trailer fields after a body.
    pub(crate) head: usize,
    /// Header fields.
    pub(crate) fields: usize,
    /// Bytes of a body.
    pub(crate) body: usize,
}

/// How long they may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// From the end of one request to the beginning of the next, and before the first.
    pub(crate) idle: Duration,
    /// For a whole request, from its first byte to its last.
    pub(crate) request: Duration,
    /// For reading an answer.
    pub(crate) answer: Duration,
    /// For closing their side, when the server has closed its own.
    pub(crate) parting: Duration,
    /// For what is under way when the server is told to end.
    pub(crate) grace: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { head: 16 << 10, fields: 100, body: 1 << 20 }
    }
}

impl Default for Patience {
    fn default() -> Patience {
        let seconds = Duration::from_secs;
        Patience {
            idle: seconds(60),
            request: seconds(10),
            answer: seconds(10),
            parting: seconds(2),
            grace: seconds(10),
        }
    }
}
