//! The server: one thread that accepts, and one for each request.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::pages;
use super::request::Request;

/// Requests at a time. A person has one or two.
const MOST_AT_ONCE: usize = 16;

/// For a client that does not say what it wants, or does not take what it gets.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where there are no descriptors, a moment later there may be.
const PAUSE: Duration = Duration::from_millis(100);

/// A window that is open as long as this lives. Dropping it closes the port; what is being answered is answered.
///
/// ```
/// use std::io::{Read, Write};
///
/// let window = gopark_net::debug::serve(0)?;
/// let mut client = std::net::TcpStream::connect(window.local_addr())?;
/// client.write_all(b"GET /debug/coroutines HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
/// let mut answer = String::new();
/// client.read_to_string(&mut answer)?;
/// assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains(" coroutines"));
/// # std::io::Result::Ok(())
/// ```
pub struct Server {
    local_addr: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<thread::JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    is_closed: AtomicBool,
    running: AtomicUsize,
}

/// Opens a window at this port of 127.0.0.1; port 0: at any free one. What it shows tells much of the program, so it is
/// shown to nobody else unless [`serve_on`] is told so.
///
/// | path | what |
/// |---|---|
/// | `/debug/coroutines` | a [dump](gopark_runtime::face::dump()) as text; with `?format=json` as JSON |
/// | `/debug/profile?seconds=30` | where CPU time is spent, for `go tool pprof`; with `&format=folded` as lines for flame graphs |
/// | `/debug/trace?seconds=5` | a [trace](gopark_runtime::face::trace) for Perfetto |
/// | `/metrics` | the oldest runtime's metrics, for Prometheus; with `?runtime=2` another one's |
///
/// Costs a thread, which sleeps, and one for each request. A profile interrupts whatever runs by `SIGPROF`, 99 times a
/// second of CPU time.
///
/// # Errors
/// The port is taken; no thread.
///
/// ```
/// let window = gopark_net::debug::serve(0)?; // a program names its port
/// assert!(window.local_addr().ip().is_loopback());
/// # std::io::Result::Ok(())
/// ```
pub fn serve(port: u16) -> io::Result<Server> {
    serve_on((Ipv4Addr::LOCALHOST, port))
}

/// The same at an address of which others may know. There is no password: whoever can connect sees everything, and can
/// have profiles and traces taken.
///
/// # Errors
/// As [`serve`], and those of a look-up.
///
/// ```
/// let window = gopark_net::debug::serve_on("[::1]:0").or_else(|_| gopark_net::debug::serve(0))?;
/// assert!(window.local_addr().ip().is_loopback());
/// # std::io::Result::Ok(())
/// ```
pub fn serve_on(address: impl ToSocketAddrs) -> io::Result<Server> {
    let listener = TcpListener::bind(address)?;
    let local_addr = listener.local_addr()?;
    let shared = Arc::new(Shared::default());
    let accepting = shared.clone();
    let thread = thread::Builder::new()
        .name("gopark-debug".to_owned())
        .spawn(move || accept_until_closed(&listener, &accepting))?;
    Ok(Server { local_addr, shared, thread: Some(thread) })
}

impl Server {
    /// Where it listens.
    ///
    /// ```
    /// let window = gopark_net::debug::serve(0)?;
    /// assert_ne!(window.local_addr().port(), 0);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_closed.store(true, Ordering::Release);
        // It waits for a connection: this is one. Where it listens on every address, any of them will do.
        let mut door = self.local_addr;
        if door.ip().is_unspecified() {
            door.set_ip(if door.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
        }
        if TcpStream::connect_timeout(&door, PATIENCE).is_ok() {
            // It does not panic.
            let _ = self.thread.take().map(thread::JoinHandle::join);
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("local_addr", &self.local_addr).finish_non_exhaustive()
    }
}

fn accept_until_closed(listener: &TcpListener, shared: &Arc<Shared>) {
    loop {
        let accepted = listener.accept();
        if shared.is_closed.load(Ordering::Acquire) {
            return;
        }
        match accepted {
            Ok((client, _)) => attend(client, shared),
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

/// On a thread of its own, if there are not too many.
fn attend(client: TcpStream, shared: &Arc<Shared>) {
    struct Running(Arc<Shared>);
    impl Drop for Running {
        fn drop(&mut self) {
            self.0.running.fetch_sub(1, Ordering::Relaxed);
        }
    }
    let before = shared.running.fetch_add(1, Ordering::Relaxed);
    let running = Running(shared.clone());
    let thread = thread::Builder::new().name("gopark-debug".to_owned());
    if before < MOST_AT_ONCE {
        // Without a thread the connection is closed.
        drop(thread.spawn(move || {
            let _running = running;
            // Who does not take the answer has gone.
            let _ = answer(client);
        }));
    }
}

fn answer(mut client: TcpStream) -> io::Result<()> {
    client.set_read_timeout(Some(PATIENCE))?;
    client.set_write_timeout(Some(PATIENCE))?;
    let answer = match Request::read(&mut client) {
        Ok(request) => pages::answer(&request),
        Err(Some(refusal)) => refusal,
        Err(None) => return Ok(()),
    };
    answer.write(&mut io::BufWriter::new(&client))?;
    client.shutdown(Shutdown::Write)
}
