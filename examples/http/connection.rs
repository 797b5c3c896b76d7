//! The life of a connection: what its coroutine does from the first byte to the last.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use gopark::net::{Shutdown, TcpStream};
use gopark::{Context, is_timeout};

use crate::reader::Reader;
use crate::response::{After, CONTINUE, Response};
use crate::routes;
use crate::settings::{Patience, Settings};
use crate::status::{Failure, Refusal, Status, refusal};

const TOO_SLOW: Refusal = refusal(Status::REQUEST_TIMEOUT, "a request that takes too long");

/// A client that goes on sending may send so much more before nobody listens.
const MOST_UNHEARD: u64 = 1 << 20;

/// Answers requests until one side wants no more; once `quit` has ended, no further one.
///
/// The deadlines are the stream's: each step sets its own, and all reads or writes until the next step heed it, however
/// many there are. So a client gains nothing by sending a byte now and then.
pub(crate) fn serve(stream: &TcpStream, settings: &Settings, quit: &Context) -> io::Result<()> {
    let Settings { limits, patience } = settings;
    stream.set_nodelay(true)?;
    let mut reader = Reader::new(stream, *limits);
    loop {
        if reader.is_empty() {
            // Here a connection spends most of its time, without a buffer, and here it ends when the server does.
            stream.set_read_deadline(after(patience.idle))?;
            quit.run(|| stream.readable())?;
        }
        stream.set_read_deadline(after(patience.request))?;
        let request = match reader.request(|| send(stream, CONTINUE, patience)) {
            Ok(Some(request)) => request,
            Ok(None) => return Ok(()),
            Err(Failure::Refused(refusal)) => return refuse(stream, refusal, patience),
            Err(Failure::Read(error)) if is_timeout(&error) => return refuse(stream, TOO_SLOW, patience),
            Err(Failure::Read(error)) => return Err(error),
        };
        let (to_head, keeps_alive) = (request.head.method == "HEAD", request.head.keeps_alive());
        let response = routes::answer(request);
        let next = if keeps_alive && quit.err().is_none() { After::KeepAlive } else { After::Close };
        send(stream, &response.encode(to_head, next), patience)?;
        if next == After::Close {
            return part(stream, patience);
        }
    }
}

fn refuse(stream: &TcpStream, refusal: Refusal, patience: &Patience) -> io::Result<()> {
    send(stream, &Response::from(refusal).encode(false, After::Close), patience)?;
    part(stream, patience)
}

fn send(mut stream: &TcpStream, bytes: &[u8], patience: &Patience) -> io::Result<()> {
    stream.set_write_deadline(after(patience.answer))?;
    stream.write_all(bytes)
}

/// Closes our side and waits for theirs. To close a socket with unread bytes in it resets the connection, and a client
/// that is still sending would be told of that instead of what we have said last.
fn part(stream: &TcpStream, patience: &Patience) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_deadline(after(patience.parting))?;
    io::copy(&mut stream.take(MOST_UNHEARD), &mut io::sink())?;
    Ok(())
}

/// So long from now; `None`, for ever, if that is more than the clock can say.
fn after(patience: Duration) -> Option<Instant> {
    Instant::now().checked_add(patience)
}
