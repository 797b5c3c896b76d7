//! Coroutines that keep their threads until they are told to let go.

use gopark::coroutine::{self, JoinHandle};
use std::hint::spin_loop;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// What a hog does with its thread.
#[derive(Clone, Copy, Debug)]
pub(crate) enum How {
    /// Sleeps in the kernel.
    Blocking,
    /// Computes.
    Spinning,
}

/// A coroutine that has a thread and keeps it as long as this lives.
pub(crate) struct Hog {
    pub(crate) handle: JoinHandle<()>,
    /// Whose thread it has.
    pub(crate) thread: ThreadId,
    over: Sender<()>,
}

/// A hog that may not have started yet.
pub(crate) struct Waiting {
    pub(crate) handle: JoinHandle<()>,
    started: Receiver<ThreadId>,
    over: Sender<()>,
}

impl Hog {
    /// Starts one in the current runtime, and returns when it has its thread. `first` is what it does there before
    /// anything else.
    pub(crate) fn start(how: How, name: &str, first: impl FnOnce() + Send + 'static) -> Hog {
        let begun = Waiting::spawn(how, name, first).begun(Duration::from_secs(30));
        begun.unwrap_or_else(|_| panic!("no thread for {name}"))
    }

    /// Ends it.
    pub(crate) fn let_go(self) {
        drop(self.over);
        self.handle.join().expect("no panic");
    }
}

impl Waiting {
    /// Spawns one in the current runtime.
    pub(crate) fn spawn(how: How, name: &str, first: impl FnOnce() + Send + 'static) -> Waiting {
        let (over, is_over) = channel();
        let (start, started) = channel();
        let body = move || {
            first();
            // The test may have ended with a panic.
            let _ = start.send(thread::current().id());
            match how {
                How::Blocking => assert!(is_over.recv().is_err()),
                How::Spinning => {
                    while is_over.try_recv() == Err(TryRecvError::Empty) {
                        spin_loop();
                    }
                }
            }
        };
        let handle = coroutine::Builder::new().name(name).spawn(body).expect("a coroutine");
        Waiting { handle, started, over }
    }

    /// Waits until it has its thread, on a plain thread.
    pub(crate) fn begun(self, at_most: Duration) -> Result<Hog, Waiting> {
        match self.started.recv_timeout(at_most) {
            Ok(thread) => Ok(Hog { handle: self.handle, thread, over: self.over }),
            Err(_) => Err(self),
        }
    }
}
