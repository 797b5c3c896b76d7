//! The arms of a `select!`, for its expansion.
//!
//! No arm has anything to drop, so that the bodies, which come in their scope, may do with the channels what they like.
//! One that is not chosen holds nothing.

use std::io;
use std::mem::ManuallyDrop;
use std::time::Duration;

use crate::chan::{Granted, OpenSending, Receiver, Receiving, RecvError, SendError, Sender};
use crate::io::{Direction, Readiness, Selectable};
use crate::sys::clock;
use crate::wait::event::{self, Event, Patience};

/// One arm, whatever it waits for. Arms are made here.
pub trait Arm {
    #[doc(hidden)]
    fn event(&self) -> EventOf<'_>;
}

/// What an arm waits for.
#[derive(Clone, Copy)]
pub struct EventOf<'a>(&'a dyn Event);

/// `recv(receiver)`.
pub struct ReceiveArm<'a, T>(ManuallyDrop<Receiving<'a, T>>);

/// `send(sender, value)`.
pub struct SendArm<'a, T>(ManuallyDrop<OpenSending<'a, T>>);

/// `readable(socket)` and `writable(socket)`.
pub struct ReadyArm<'a>(Readiness<'a>);

/// A `send` arm that has been chosen, and waits for its value.
pub struct SendTurn<'a, T>(Granted<'a, T>);

impl<'a, T> ReceiveArm<'a, T> {
    /// For the receiver of an arm.
    pub fn new(receiver: &'a Receiver<T>) -> Self {
        ReceiveArm(ManuallyDrop::new(Receiving::new(receiver.core())))
    }

    /// What the chosen arm gets.
    ///
    /// # Errors
    /// As [`Receiver::recv`].
    pub fn finish(&self) -> Result<T, RecvError> {
        self.0.take().ok_or(RecvError)
    }
}

impl<'a, T> SendArm<'a, T> {
    /// For the sender of an arm.
    pub fn new(sender: &'a Sender<T>) -> Self {
        SendArm(ManuallyDrop::new(OpenSending::new(sender.core())))
    }

    /// The chosen arm's turn.
    ///
    /// # Panics
    /// If it is not the chosen one.
    pub fn begin(&self) -> SendTurn<'a, T> {
        SendTurn(self.0.turn().expect("the arm that was chosen"))
    }
}

impl<'a> ReadyArm<'a> {
    /// For the socket of a `readable` arm.
    pub fn readable(socket: &'a impl Selectable) -> Self {
        ReadyArm(Readiness::new(socket, Direction::Read))
    }

    /// For the socket of a `writable` arm.
    pub fn writable(socket: &'a impl Selectable) -> Self {
        ReadyArm(Readiness::new(socket, Direction::Write))
    }

    /// What the chosen arm gets.
    ///
    /// # Errors
    /// The socket cannot be watched, or the coroutine was cancelled.
    pub fn finish(&self) -> io::Result<()> {
        self.0.outcome()
    }
}

impl Arm for ReadyArm<'_> {
    fn event(&self) -> EventOf<'_> {
        EventOf(&self.0)
    }
}

impl<T> SendTurn<'_, T> {
    /// Sends the value.
    ///
    /// # Errors
    /// As [`Sender::send`].
    pub fn finish(self, value: T) -> Result<(), SendError<T>> {
        self.0.complete(value).map_err(SendError)
    }
}

impl<T> Arm for ReceiveArm<'_, T> {
    fn event(&self) -> EventOf<'_> {
        EventOf(&*self.0)
    }
}

impl<T> Arm for SendArm<'_, T> {
    fn event(&self) -> EventOf<'_> {
        EventOf(&*self.0)
    }
}

/// Waits for the first of the arms: for so long, or, for `None`, without end. Returns its number.
pub fn select<const N: usize>(arms: [&dyn Arm; N], patience: Option<Duration>) -> Option<usize> {
    let events = arms.map(|arm| arm.event().0);
    let patience = match patience {
        None => Patience::Endless,
        Some(Duration::ZERO) => Patience::None,
        Some(patience) => Patience::Until(clock::after(patience)),
    };
    event::select(&events, patience, false)
}
