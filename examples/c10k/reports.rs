//! What the two processes say to each other, line by line.
//!
//! The client reports on its stdout:
//!
//! | line | says |
//! |---|---|
//! | `opening N` | N connections are open so far |
//! | `opened N` | it has tried all, N are open and idle; it waits for the order to go on |
//! | `exchanged N BYTES` | N messages have come back so far, with so many bytes |
//! | `failed TEXT` | what went wrong with a connection; only the first few are told |
//! | `finished ..` | the numbers of [`Summary`], in its order; the last line |
//!
//! It gets orders on its stdin: `open`, and later `exchange`. When its stdin ends, the server's process is gone, and
//! the client ends at once: nobody has to look for it.

use std::fmt;
use std::io::{Write, stdout};
use std::str::FromStr;

pub(crate) const OPEN: &str = "open";
pub(crate) const EXCHANGE: &str = "exchange";

/// A line from the client.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Report {
    Opening(u64),
    Opened(u64),
    Exchanged { messages: u64, bytes: u64 },
    Failed(String),
    Finished(Summary),
}

/// What came of it all. Latencies are in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Summary {
    pub(crate) messages: u64,
    /// Bytes that came back, as many as were sent.
    pub(crate) bytes: u64,
    /// From the first message to the end of the last.
    pub(crate) microseconds: u64,
    /// Connections that did not come about, or broke, or got no answer.
    pub(crate) failed: u64,
    /// Connections on which something came back that had not been sent.
    pub(crate) wrong: u64,
    pub(crate) p50: u64,
    pub(crate) p99: u64,
    pub(crate) p999: u64,
    pub(crate) max: u64,
}

impl Report {
    /// Sends it, from the client. Once nobody reads any more there is nothing left to do for this process.
    pub(crate) fn send(&self) {
        if writeln!(stdout(), "{self}").is_err() {
            std::process::exit(1);
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Report::Opening(open) => write!(f, "opening {open}"),
            Report::Opened(open) => write!(f, "opened {open}"),
            Report::Exchanged { messages, bytes } => write!(f, "exchanged {messages} {bytes}"),
            Report::Failed(text) => write!(f, "failed {}", text.replace('\n', " ")),
            Report::Finished(all) => {
                let Summary { messages, bytes, microseconds, failed, wrong, p50, p99, p999, max } = all;
                write!(
                    f,
                    "finished {messages} {bytes} {microseconds} {failed} {wrong} {p50} {p99} {p999} {max}"
                )
            }
        }
    }
}

impl FromStr for Report {
    type Err = String;

    fn from_str(line: &str) -> Result<Report, String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if word == "failed" {
            return Ok(Report::Failed(rest.to_owned()));
        }
        let unknown = || format!("the client said what nobody understands: {line:?}");
        let numbers: Result<Vec<u64>, _> = rest.split(' ').map(str::parse).collect();
        match (word, &numbers.map_err(|_| unknown())?[..]) {
            ("opening", &[open]) => Ok(Report::Opening(open)),
            ("opened", &[open]) => Ok(Report::Opened(open)),
            ("exchanged", &[messages, bytes]) => Ok(Report::Exchanged { messages, bytes }),
            ("finished", &[messages, bytes, microseconds, failed, wrong, p50, p99, p999, max]) => {
                let all = Summary { messages, bytes, microseconds, failed, wrong, p50, p99, p999, max };
                Ok(Report::Finished(all))
            }
            _ => Err(unknown()),
        }
    }
}
