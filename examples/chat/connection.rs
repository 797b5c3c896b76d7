//! The coroutine of a connection.
//!
//! It waits for two things at once: that a message lies in its outbox, and that bytes lie in the kernel. Between these
//! two and the client stands tungstenite with two buffers of its own, of which `select!` knows nothing:
//!
//! ```text
//!   others -> outbox -> forward -> [ to be sent ]  -> flush -> the kernel -> client
//!                                   tungstenite
//!   others <- obey   <- read   <-  [ has arrived ] <- Wire  <- the kernel <- client
//! ```
//!
//! Who waits while there is something to do in one of them may wait for ever: for a message that came together with
//! the one before, or for an answer to a question that was never sent. So, **before the coroutine waits, nothing is left
//! in either:**
//!
//! 1. *Has arrived.* It reads until tungstenite says `WouldBlock`: what is left then is less than a message, and the rest
//!    of it will make the socket readable again.
//! 2. *To be sent.* It flushes, and does so after the last read, because reading writes too: the answers to pings.
//!
//! Since tungstenite reads on until it has a whole message, reading must never wait, or else the outbox would wait for
//! the second half of one. That is [`Wire`]'s part: it reads from the kernel only when `select!` has said that there is
//! something, and only once. So the kernel is never asked in vain, and a client that sends without end is left after
//! each kilobyte for what else there is to do; what is in its outbox is sent even after each message, so that its own
//! words cannot make it overflow.
//!
//! Writing waits, until the deadline that each turn sets. Meanwhile nothing is read and the outbox fills, as it should be
//! with a client that does not read. A message that was taken from the outbox is in tungstenite's buffer before anything
//! else can end the turn, so that the farewell finds it there.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::time::Instant;

use gopark::chan::Receiver;
use gopark::net::TcpStream;
use gopark::time::try_sleep;
use gopark::{coroutine, select};
use tungstenite::error::Error;
use tungstenite::{Bytes, Message, Utf8Bytes, WebSocket};

use crate::command::{Command, parse};
use crate::config::Config;
use crate::farewell::{Why, take_leave};
use crate::pace::Pace;
use crate::pulse::{Pulse, Silence};
use crate::rooms::{Rooms, Seat};
use crate::socket::{self, Wire};

/// How many messages are sent before the client is listened to again.
const IN_A_ROW: usize = 64;

struct Connection<'a> {
    socket: WebSocket<Wire>,
    seat: Seat<'a>,
    outbox: Receiver<Utf8Bytes>,
    pulse: Pulse,
    pace: Pace,
    config: &'a Config,
}

/// Serves a client from the handshake to the end.
pub(crate) fn serve(stream: TcpStream, rooms: &Rooms, config: &Config) {
    let Some(socket) = socket::accept(stream, config) else { return };
    let (seat, outbox) = rooms.enter();
    let now = Instant::now();
    let (pulse, pace) = (Pulse::new(config, now), Pace::new(config, now));
    let mut connection = Connection { socket, seat, outbox, pulse, pace, config };
    let Err(why) = connection.talk();
    let Connection { socket, seat, outbox, .. } = connection;
    // While the client is told, it is in no room any more, and nothing is added to the outbox.
    drop(seat);
    take_leave(socket, &outbox, why, config.close_within);
}

impl Connection<'_> {
    /// Goes on until there is a reason not to.
    fn talk(&mut self) -> Result<Infallible, Why> {
        let mut next = Some(note(format!("you are {}, in the {}", self.seat.name(), self.seat.room())));
        loop {
            self.begin_turn();
            if let Some(message) = next.take() {
                self.socket.write(message)?;
            }
            // A cancelled `select!` would only say that its time is over.
            if coroutine::cancelled().is_some() {
                return Err(Why::Stopping);
            }
            for text in self.outbox.try_iter().take(IN_A_ROW) {
                self.socket.write(Message::Text(text))?;
            }
            next = match self.socket.read() {
                Ok(message) => self.obey(message)?,
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                    self.socket.flush()?;
                    self.wait()?
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// All that is sent until the next turn has so long together.
    fn begin_turn(&self) {
        let deadline = Instant::now() + self.config.write_within;
        let _ = self.socket.get_ref().stream().set_write_deadline(Some(deadline)); // it never fails
    }

    /// Waits until there is something to do. Returns what there is to send.
    fn wait(&mut self) -> Result<Option<Message>, Why> {
        select! {
            recv(self.outbox) -> text => match text {
                Ok(text) => Ok(Some(Message::Text(text))),
                // It has overflowed. What it held before has been sent.
                Err(_) => Err(Why::TooSlow),
            },
            readable(self.socket.get_ref().stream()) -> ready => {
                ready.map_err(Error::Io)?;
                self.socket.get_mut().arrived();
                self.pulse.heard(Instant::now());
                Ok(None)
            }
            default(self.pulse.patience(Instant::now())) => match self.pulse.silence(Instant::now()) {
                Silence::Short => Ok(None),
                Silence::Long => Ok(Some(Message::Ping(Bytes::new()))),
                Silence::Dead => Err(Why::Dead),
            }
        }
    }

    /// Does what the client wants. Returns the answer, if there is one for it alone.
    fn obey(&mut self, message: Message) -> Result<Option<Message>, Why> {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(_) => return Err(Why::Binary),
            Message::Close(_) => return Err(Why::Left),
            // tungstenite has the answer to a ping ready, and a pong was for the pulse, which has seen it.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return Ok(None),
        };
        self.keep_pace()?;
        let answer = match parse(&text) {
            Command::Say("") => return Ok(None),
            Command::Say(text) => {
                // One line, so that nobody can speak in the name of others behind a line break.
                self.seat.say(&text.replace(char::is_control, " "));
                return Ok(None);
            }
            Command::Join(room) => {
                self.seat.join(room);
                format!("you are in the {room}")
            }
            Command::Leave => {
                self.seat.leave();
                format!("you are in the {}", self.seat.room())
            }
            Command::Nick(name) if self.seat.rename(name) => format!("you are {name}"),
            Command::Nick(name) => format!("somebody else is {name}"),
            Command::Who => self.seat.who(),
            Command::Wrong(why) => why.to_owned(),
        };
        Ok(Some(note(answer)))
    }

    /// Who talks too much is not read for a while; its messages wait in the kernel, and in the end with itself.
    fn keep_pace(&mut self) -> Result<(), Why> {
        let pause = self.pace.wait(Instant::now());
        if pause.is_zero() {
            return Ok(());
        }
        self.socket.flush()?;
        try_sleep(pause).map_err(|_| Why::Stopping)
    }
}

/// Something that the server says itself. No name begins like this.
fn note(text: String) -> Message {
    Message::text(format!("* {text}"))
}
