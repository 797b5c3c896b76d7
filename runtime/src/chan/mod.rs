//! Channels: values that go from coroutine to coroutine, or to and from plain threads.

mod alarm;
mod attempt;
mod buffer;
mod channel;
mod clock;
mod core;
mod ends;
mod entrance;
mod inner;
mod intake;
mod iter;
pub(crate) mod mark;
mod operation;
pub(crate) mod outside;
mod receiver;
mod rt;
mod sender;
mod turn;

pub use channel::{bounded, unbounded};
pub(crate) use clock::{Ending, ends_at};
pub use clock::{after, never, tick};
pub(crate) use core::Core;
pub use crossbeam::channel::{
    ReadyTimeoutError, RecvError, RecvTimeoutError, SelectTimeoutError, SendError, SendTimeoutError,
    TryReadyError, TryRecvError, TrySelectError, TrySendError,
};
pub use iter::{IntoIter, Iter, TryIter};
pub(crate) use operation::{Granted, OpenSending, Receiving, Watching};
pub use receiver::Receiver;
pub use sender::Sender;
