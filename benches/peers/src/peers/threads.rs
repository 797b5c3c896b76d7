//! A thread for everything: the standard library, its locks, its `sync_channel`.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::library::{Library, Spawner, Tell};

pub struct Threads;

impl Library for Threads {
    type Task<T: Send + 'static> = JoinHandle<T>;
    type Sender<T: Send + 'static> = SyncSender<T>;
    type Receiver<T: Send + 'static> = Receiver<T>;
    type Mutex = Mutex<u64>;
    type Gate = (Mutex<bool>, Condvar);
    type Stream = TcpStream;

    const HAS_SELECT: bool = false;

    const AT_MOST: u32 = 10_000;

    fn run<T: Send + 'static>(_: usize, body: impl FnOnce() -> T + Send + 'static) -> T {
        body()
    }

    #[inline(always)]
    fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        thread::spawn(body)
    }

    #[inline(always)]
    fn join<T: Send + 'static>(task: JoinHandle<T>) -> T {
        task.join().expect("it does not panic")
    }

    fn detach(body: impl FnOnce() + Send + 'static) {
        drop(thread::spawn(body));
    }

    #[inline(always)]
    fn yield_now() {
        thread::yield_now();
    }

    fn channel<T: Send + 'static>(places: usize) -> Option<(SyncSender<T>, Receiver<T>)> {
        Some(sync_channel(places))
    }

    fn another_sender<T: Send + 'static>(sender: &SyncSender<T>) -> SyncSender<T> {
        sender.clone()
    }

    fn another_receiver<T: Send + 'static>(_: &Receiver<T>) -> Option<Receiver<T>> {
        None
    }

    #[inline(always)]
    fn send<T: Send + 'static>(sender: &SyncSender<T>, value: T) {
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
        *mutex.lock().expect("nobody panics") += 1;
    }

    #[inline(always)]
    fn select(_: &[Receiver<u32>; 4]) -> Option<u32> {
        None
    }

    fn gate() -> (Mutex<bool>, Condvar) {
        Default::default()
    }

    fn wait((is_open, opens): &(Mutex<bool>, Condvar)) {
        let is_open = is_open.lock().expect("nobody panics");
        drop(opens.wait_while(is_open, |is_open| !*is_open).expect("nobody panics"));
    }

    fn open((is_open, opens): &(Mutex<bool>, Condvar), _: u32) {
        *is_open.lock().expect("nobody panics") = true;
        opens.notify_all();
    }

    fn sleep(time: Duration) {
        thread::sleep(time);
    }

    fn spawner() -> Spawner {
        Box::new(|body| drop(thread::spawn(body)))
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
