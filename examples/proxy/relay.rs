//! One connection: from a client to the target, and back.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use gopark::net::{TcpStream, copy_bidirectional};
use gopark::{Context, is_cancelled, is_timeout, scope};
use rustix::net::sockopt::set_socket_linger;

/// How long is waited for the other side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Until the target accepts.
    pub(crate) connect: Duration,
    /// Until something moves: this, or up to twice as much.
    pub(crate) idle: Duration,
}

/// Serves a client until both sides have ended. What ends otherwise is reset, so that neither side takes what it has heard
/// for all there was.
pub(crate) fn relay(client: &TcpStream, target: SocketAddr, patience: Patience) -> io::Result<()> {
    let served = TcpStream::connect_timeout(&target, patience.connect).and_then(|server| {
        let ended = join(client, &server, patience.idle);
        reset_if_failed(&server, ended)
    });
    reset_if_failed(client, served)
}

fn reset_if_failed(stream: &TcpStream, ended: io::Result<()>) -> io::Result<()> {
    if ended.is_err() {
        // A close that waits for nothing is a reset (SO_LINGER in socket(7)).
        set_socket_linger(stream, Some(Duration::ZERO))?;
    }
    ended
}

fn join(client: &TcpStream, server: &TcpStream, idle: Duration) -> io::Result<()> {
    for side in [client, server] {
        side.set_nodelay(true)?;
        // For who takes nothing. Shorter than the deadlines, which would else end each wait before.
        side.set_write_timeout(Some((idle / 2).max(Duration::from_nanos(1))))?;
    }
    loop {
        let pause = Instant::now() + idle;
        set_read_deadlines([client, server], Some(pause))?;
        match copy_bidirectional(client, server) {
            // To see whether anybody still speaks. Nothing is lost: the next copy goes on where this one has ended.
            Err(late) if is_timeout(&late) && pause <= Instant::now() => {}
            ended => return ended.map(drop),
        }
        set_read_deadlines([client, server], None)?;
        if !one_speaks(client, server, idle)? {
            return Err(io::Error::new(ErrorKind::TimedOut, "nothing has come from either side"));
        }
    }
}

fn set_read_deadlines(sides: [&TcpStream; 2], deadline: Option<Instant>) -> io::Result<()> {
    sides.into_iter().try_for_each(|side| side.set_read_deadline(deadline))
}

/// Waits until something comes from either side, within `time`. A side that has ended says nothing more.
fn one_speaks(client: &TcpStream, server: &TcpStream, time: Duration) -> io::Result<bool> {
    let (listening, enough) = Context::current().with_timeout(time).with_cancel();
    let speaks = |side: &TcpStream| match listening.run(|| side.peek(&mut [0])) {
        Ok(count) => {
            if count > 0 {
                enough.cancel();
            }
            Ok(count > 0)
        }
        Err(end) if is_timeout(&end) || is_cancelled(&end) => Ok(false),
        Err(error) => Err(error),
    };
    let (there, here) = scope(|s| {
        let there = s.go(|| speaks(server));
        let here = speaks(client);
        (there.join(), here)
    });
    Ok(here? | there.expect("it does not panic")?)
}
