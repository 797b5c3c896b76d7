//! What is asked of a library in which a call that waits looks like any other.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::Duration;

/// Who has bound its listener says where.
pub type Tell = mpsc::Sender<SocketAddr>;

/// Such a library. Calls that are measured are inlined, so all it costs is what the library costs: a frame more around a switch
/// is a return that the processor predicts wrongly.
pub trait Library: 'static {
    /// One that can be joined.
    type Task<T: Send + 'static>: Send + 'static;
    type Sender<T: Send + 'static>: Send + 'static;
    type Receiver<T: Send + 'static>: Send + 'static;
    /// A mutex over a number.
    type Mutex: Send + Sync + 'static;

    /// Runs `body` on so many worker threads, and whatever it spawns.
    fn run<T: Send + 'static>(workers: usize, body: impl FnOnce() -> T + Send + 'static) -> T;
    fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> Self::Task<T>;
    fn join<T: Send + 'static>(task: Self::Task<T>) -> T;
    /// Spawns what nobody joins.
    fn detach(body: impl FnOnce() + Send + 'static);
    fn yield_now();

    /// `None`: the library has none with so many places.
    fn channel<T: Send + 'static>(places: usize) -> Option<(Self::Sender<T>, Self::Receiver<T>)>;
    fn another_sender<T: Send + 'static>(sender: &Self::Sender<T>) -> Self::Sender<T>;
    /// `None`: there is one receiver.
    fn another_receiver<T: Send + 'static>(receiver: &Self::Receiver<T>) -> Option<Self::Receiver<T>>;
    fn send<T: Send + 'static>(sender: &Self::Sender<T>, value: T);
    /// `None`: all senders are gone.
    fn receive<T: Send + 'static>(receiver: &Self::Receiver<T>) -> Option<T>;

    fn mutex() -> Self::Mutex;
    fn add_one(mutex: &Self::Mutex);

    /// The value that the first of four channels has; `None`: the library has no select, or none that can be used.
    fn select(receivers: &[Self::Receiver<u32>; 4]) -> Option<u32>;

    /// Whether `select` answers at all.
    const HAS_SELECT: bool;

    /// How many can be alive at a time, of a million that are wanted.
    const AT_MOST: u32 = 1_000_000;

    /// Something that many wait for.
    type Gate: Send + Sync + 'static;

    fn gate() -> Self::Gate;
    fn wait(gate: &Self::Gate);
    /// Lets all of these go.
    fn open(gate: &Self::Gate, many: u32);

    fn sleep(time: Duration);

    /// What spawns in the present runtime from any thread.
    fn spawner() -> Spawner;

    type Stream: Read + Write + Send + 'static;

    /// Listens, says where, and passes on who comes, with `TCP_NODELAY`. Does not come back.
    fn accept(tell: Tell, each: impl FnMut(Self::Stream)) -> io::Result<()>;
    /// The same connection once more.
    fn another_stream(stream: &Self::Stream) -> io::Result<Self::Stream>;
}

/// Spawns what it is given.
pub type Spawner = Box<dyn Fn(Box<dyn FnOnce() + Send>) + Send>;
