//! `go-lib`. It has no handle to join: a channel with one place tells of the end, as programs for it do. Its locks are std's.

use go_lib::chan::{Receiver, Sender, chan};
use go_lib::net::{TcpListener, TcpStream};
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::net::sockopt::set_tcp_nodelay;

use crate::library::{Library, Spawner, Tell};

pub struct GoLib;

/// Clones of a sender. The library leaves it to the program to close a channel, so the last of these does.
pub struct Open<T: Send + 'static>(Arc<Closes<T>>);

struct Closes<T: Send + 'static>(Sender<T>);

impl<T: Send + 'static> Drop for Closes<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Library for GoLib {
    type Task<T: Send + 'static> = Receiver<T>;
    type Sender<T: Send + 'static> = Open<T>;
    type Receiver<T: Send + 'static> = Receiver<T>;
    type Mutex = Mutex<u64>;
    /// Closed, it is open.
    type Gate = (Sender<()>, Receiver<()>);
    type Stream = TcpStream;

    const HAS_SELECT: bool = true;

    /// Two mappings each, of which Linux allows 65,530 (vm.max_map_count).
    const AT_MOST: u32 = 30_000;

    /// The number of its workers is in the environment (`GOMAXPROCS`); it crashes if it is set later.
    fn run<T: Send + 'static>(_: usize, body: impl FnOnce() -> T + Send + 'static) -> T {
        go_lib::__main_entry(body)
    }

    #[inline(always)]
    fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
        let (ends, end) = chan(1);
        go_lib::go!(move || ends.send(body()));
        end
    }

    #[inline(always)]
    fn join<T: Send + 'static>(task: Receiver<T>) -> T {
        task.recv().expect("it does not panic")
    }

    fn detach(body: impl FnOnce() + Send + 'static) {
        go_lib::go!(body);
    }

    #[inline(always)]
    fn yield_now() {
        go_lib::gosched();
    }

    fn channel<T: Send + 'static>(places: usize) -> Option<(Open<T>, Receiver<T>)> {
        let (sender, receiver) = chan(places);
        Some((Open(Arc::new(Closes(sender))), receiver))
    }

    fn another_sender<T: Send + 'static>(sender: &Open<T>) -> Open<T> {
        Open(sender.0.clone())
    }

    fn another_receiver<T: Send + 'static>(receiver: &Receiver<T>) -> Option<Receiver<T>> {
        Some(receiver.clone())
    }

    #[inline(always)]
    fn send<T: Send + 'static>(sender: &Open<T>, value: T) {
        sender.0.0.send(value);
    }

    #[inline(always)]
    fn receive<T: Send + 'static>(receiver: &Receiver<T>) -> Option<T> {
        receiver.recv()
    }

    fn mutex() -> Mutex<u64> {
        Mutex::new(0)
    }

    #[inline(always)]
    fn add_one(mutex: &Mutex<u64>) {
        *mutex.lock().expect("nobody panics") += 1;
    }

    #[inline(always)]
    fn select([a, b, c, d]: &[Receiver<u32>; 4]) -> Option<u32> {
        go_lib::select! {
            recv(a) -> value => { value }
            recv(b) -> value => { value }
            recv(c) -> value => { value }
            recv(d) -> value => { value }
        }
    }

    fn gate() -> (Sender<()>, Receiver<()>) {
        chan(0)
    }

    fn wait((_, gate): &(Sender<()>, Receiver<()>)) {
        gate.recv();
    }

    fn open((gate, _): &(Sender<()>, Receiver<()>), _: u32) {
        gate.close();
    }

    fn sleep(time: Duration) {
        go_lib::sleep(time);
    }

    fn spawner() -> Spawner {
        Box::new(|body| go_lib::go!(body))
    }

    fn accept(tell: Tell, mut each: impl FnMut(TcpStream)) -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        tell.send(listener.local_addr()?).map_err(io::Error::other)?;
        loop {
            let stream = listener.accept()?;
            // SAFETY: the descriptor is open as long as the stream is.
            let descriptor = unsafe { BorrowedFd::borrow_raw(stream.as_raw_fd()) };
            set_tcp_nodelay(descriptor, true)?;
            each(stream);
        }
    }

    fn another_stream(stream: &TcpStream) -> io::Result<TcpStream> {
        stream.try_clone()
    }
}
