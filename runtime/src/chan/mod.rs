//! Channels: values that go from coroutine to coroutine, or to and from plain threads.

mod buffer;
mod channel;
mod core;
mod iter;
mod operation;
mod receiver;
mod sender;

use crate::wait::rt;

pub use channel::{bounded, unbounded};
pub use crossbeam::channel::{
    ReadyTimeoutError, RecvError, RecvTimeoutError, SelectTimeoutError, SendError, SendTimeoutError,
    TryReadyError, TryRecvError, TrySelectError, TrySendError,
};
pub use iter::{IntoIter, Iter, TryIter};
pub(crate) use core::Core;
pub(crate) use operation::{Granted, OpenSending, Receiving, Watching};
pub use receiver::Receiver;
pub use sender::Sender;
