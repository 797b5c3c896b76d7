//! How many connections are made: some at a time, and each is served before there are more.

use std::io::{self, Read, Write};

use super::MESSAGE;

/// More than one, since some servers take milliseconds to notice something when they are idle; fewer than the shortest queue
/// of a listener has room for, beyond which an attempt takes a second.
const WAVE: u32 = 100;

/// What is done with each connection of a wave before the next thing is done with any.
pub type Step<S> = fn(&mut S) -> io::Result<()>;

/// In the order in which the server accepts them.
pub fn connect<S>(
    connections: u32,
    connect: impl Fn() -> io::Result<S>,
    steps: &[Step<S>],
) -> io::Result<Vec<S>> {
    let mut streams = Vec::with_capacity(connections as usize);
    for first in (0..connections).step_by(WAVE as usize) {
        for _ in first..connections.min(first + WAVE) {
            streams.push(connect()?);
        }
        for step in steps {
            streams[first as usize..].iter_mut().try_for_each(step)?;
        }
    }
    Ok(streams)
}

/// A step: a message.
pub fn say<S: Write>(stream: &mut S) -> io::Result<()> {
    stream.write_all(&[7; MESSAGE])
}

/// A step: one comes.
pub fn hear<S: Read>(stream: &mut S) -> io::Result<()> {
    stream.read_exact(&mut [0; MESSAGE])
}
