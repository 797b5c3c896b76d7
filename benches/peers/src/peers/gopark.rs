//! gopark, under both of its policies.

use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use gopark::chan::{self, Receiver, Sender};
use gopark::net::{TcpListener, TcpStream};
use gopark::runtime::Builder;
use gopark::sync::{Mutex, Semaphore};
use gopark::{JoinHandle, Runtime};

use crate::library::{Library, Spawner, Tell};

/// Coroutines stay on their threads.
pub struct Homed;

/// They go on wherever there is room.
pub struct Migrating;

/// That of the one measurement of this process.
static RUNTIME: OnceLock<Runtime> = OnceLock::new();

/// What they do not have in common.
pub trait Policy: 'static {
    fn build(workers: usize) -> Runtime;
}

impl Policy for Homed {
    fn build(workers: usize) -> Runtime {
        quiet(Runtime::builder()).workers(workers).build().expect("a runtime")
    }
}

impl Policy for Migrating {
    fn build(workers: usize) -> Runtime {
        // SAFETY: nothing here, and nothing that is called, keeps the address of a thread-local across a call that waits.
        let builder = unsafe { Runtime::builder().migrate_started() };
        quiet(builder).workers(workers).build().expect("a runtime")
    }
}

/// Without a report of what stalls: to print one, the program reads its own debug information, and keeps 40 MB of it.
fn quiet(builder: Builder) -> Builder {
    builder.on_stall(|_| ())
}

impl<P: Policy> Library for P {
    type Task<T: Send + 'static> = JoinHandle<T>;
    type Sender<T: Send + 'static> = Sender<T>;
    type Receiver<T: Send + 'static> = Receiver<T>;
    type Mutex = Mutex<u64>;
    type Gate = Semaphore;
    type Stream = TcpStream;

    const HAS_SELECT: bool = true;

    fn run<T: Send + 'static>(workers: usize, body: impl FnOnce() -> T + Send + 'static) -> T {
        let runtime = RUNTIME.get_or_init(|| P::build(workers));
        runtime.run(body)
    }

    #[inline(always)]
    fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        gopark::go(body)
    }

    #[inline(always)]
    fn join<T: Send + 'static>(task: JoinHandle<T>) -> T {
        task.join().expect("it does not panic")
    }

    fn detach(body: impl FnOnce() + Send + 'static) {
        drop(gopark::go(body));
    }

    #[inline(always)]
    fn yield_now() {
        gopark::yield_now();
    }

    fn channel<T: Send + 'static>(places: usize) -> Option<(Sender<T>, Receiver<T>)> {
        Some(chan::bounded(places))
    }

    fn another_sender<T: Send + 'static>(sender: &Sender<T>) -> Sender<T> {
        sender.clone()
    }

    fn another_receiver<T: Send + 'static>(receiver: &Receiver<T>) -> Option<Receiver<T>> {
        Some(receiver.clone())
    }

    #[inline(always)]
    fn send<T: Send + 'static>(sender: &Sender<T>, value: T) {
        sender.send(value).expect("there is a receiver");
    }

    #[inline(always)]
    fn receive<T: Send + 'static>(receiver: &Receiver<T>) -> Option<T> {
        receiver.recv().ok()
    }

    fn mutex() -> Mutex<u64> {
        Mutex::new(0)
    }

    #[inline(always)]
    fn add_one(mutex: &Mutex<u64>) {
        *mutex.lock() += 1;
    }

    #[inline(always)]
    fn select([a, b, c, d]: &[Receiver<u32>; 4]) -> Option<u32> {
        gopark::select! {
            recv(a) -> value => value.ok(),
            recv(b) -> value => value.ok(),
            recv(c) -> value => value.ok(),
            recv(d) -> value => value.ok(),
        }
    }

    fn gate() -> Semaphore {
        Semaphore::new(0)
    }

    fn wait(gate: &Semaphore) {
        gate.acquire().forget();
    }

    fn open(gate: &Semaphore, many: u32) {
        gate.add_permits(many as usize);
    }

    fn sleep(time: Duration) {
        gopark::time::sleep(time);
    }

    fn spawner() -> Spawner {
        let runtime = RUNTIME.get().expect("there is one");
        Box::new(|body| drop(runtime.spawn(body)))
    }

    fn accept(tell: Tell, mut each: impl FnMut(TcpStream)) -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        tell.send(listener.local_addr()?).map_err(io::Error::other)?;
        loop {
            let (stream, _) = listener.accept()?;
            stream.set_nodelay(true)?;
            each(stream);
        }
    }

    fn another_stream(stream: &TcpStream) -> io::Result<TcpStream> {
        stream.try_clone()
    }
}
