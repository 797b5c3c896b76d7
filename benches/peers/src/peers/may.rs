//! `may`. Its channels have no bound, so a rendezvous is two of these; its `select!` loses messages, so it is not measured
//! (see the probes).

use may::coroutine::{self, JoinHandle};
use std::io;
use std::time::Duration;

use may::net::{TcpListener, TcpStream};
use may::sync::{Mutex, Semphore, mpmc, mpsc};

use crate::library::{Library, Spawner, Tell};

pub struct May;

/// The cheaper one of its two kinds where one receiver is enough.
pub enum Sends<T> {
    ToOne(mpsc::Sender<T>),
    ToMany(mpmc::Sender<T>),
}

pub enum Receives<T> {
    One(mpsc::Receiver<T>),
    Many(mpmc::Receiver<T>),
}

impl Library for May {
    type Task<T: Send + 'static> = JoinHandle<T>;
    type Sender<T: Send + 'static> = Sends<T>;
    type Receiver<T: Send + 'static> = Receives<T>;
    type Mutex = Mutex<u64>;
    type Gate = Semphore;
    type Stream = TcpStream;

    const HAS_SELECT: bool = false;

    /// Two mappings each, of which Linux allows 65,530 (vm.max_map_count).
    const AT_MOST: u32 = 30_000;

    fn run<T: Send + 'static>(workers: usize, body: impl FnOnce() -> T + Send + 'static) -> T {
        may::config().set_workers(workers);
        may::go!(body).join().expect("it does not panic")
    }

    #[inline(always)]
    fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        may::go!(body)
    }

    #[inline(always)]
    fn join<T: Send + 'static>(task: JoinHandle<T>) -> T {
        task.join().expect("it does not panic")
    }

    fn detach(body: impl FnOnce() + Send + 'static) {
        drop(may::go!(body));
    }

    #[inline(always)]
    fn yield_now() {
        coroutine::yield_now();
    }

    fn channel<T: Send + 'static>(places: usize) -> Option<(Sends<T>, Receives<T>)> {
        Some(if places == 1024 {
            let (sender, receiver) = mpmc::channel();
            (Sends::ToMany(sender), Receives::Many(receiver))
        } else {
            let (sender, receiver) = mpsc::channel();
            (Sends::ToOne(sender), Receives::One(receiver))
        })
    }

    fn another_sender<T: Send + 'static>(sender: &Sends<T>) -> Sends<T> {
        match sender {
            Sends::ToOne(sender) => Sends::ToOne(sender.clone()),
            Sends::ToMany(sender) => Sends::ToMany(sender.clone()),
        }
    }

    fn another_receiver<T: Send + 'static>(receiver: &Receives<T>) -> Option<Receives<T>> {
        match receiver {
            Receives::One(_) => None,
            Receives::Many(receiver) => Some(Receives::Many(receiver.clone())),
        }
    }

    #[inline(always)]
    fn send<T: Send + 'static>(sender: &Sends<T>, value: T) {
        match sender {
            Sends::ToOne(sender) => sender.send(value).ok(),
            Sends::ToMany(sender) => sender.send(value).ok(),
        }
        .expect("there is a receiver");
    }

    #[inline(always)]
    fn receive<T: Send + 'static>(receiver: &Receives<T>) -> Option<T> {
        match receiver {
            Receives::One(receiver) => receiver.recv().ok(),
            Receives::Many(receiver) => receiver.recv().ok(),
        }
    }

    fn mutex() -> Mutex<u64> {
        Mutex::new(0)
    }

    #[inline(always)]
    fn add_one(mutex: &Mutex<u64>) {
        *mutex.lock().expect("nobody panics") += 1;
    }

    #[inline(always)]
    fn select(_: &[Receives<u32>; 4]) -> Option<u32> {
        None
    }

    fn gate() -> Semphore {
        Semphore::new(0)
    }

    fn wait(gate: &Semphore) {
        gate.wait();
    }

    fn open(gate: &Semphore, many: u32) {
        (0..many).for_each(|_| gate.post());
    }

    fn sleep(time: Duration) {
        coroutine::sleep(time);
    }

    fn spawner() -> Spawner {
        Box::new(|body| drop(may::go!(body)))
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
