//! The example `proxy`, between clients and servers of all manners.

#[path = "../proxy/relay.rs"]
mod relay;
#[path = "../proxy/serving.rs"]
mod serving;
#[path = "../../tests/process/watchdog.rs"]
mod watchdog;

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gopark::chan::{Sender, bounded as channel};
use gopark::net::{Shutdown, TcpListener, TcpStream, copy};
use gopark::signal::{SIGTERM, Signal};
use gopark::{JoinHandle, go};
use rustix::net::sockopt;

use relay::Patience;
use serving::Proxy;
use watchdog::bounded;

const LONG: Duration = Duration::from_secs(1000);

/// A proxy that runs.
struct Running {
    address: SocketAddr,
    stop: Sender<Signal>,
    served: JoinHandle<usize>,
}

fn patient(target: SocketAddr) -> Proxy {
    let patience = Patience { connect: LONG, idle: LONG };
    Proxy { target, connections: 1000, patience, grace: LONG, tell: |_, _| {} }
}

impl Running {
    fn start(proxy: Proxy) -> Running {
        let (listener, address) = listener();
        let (stop, stopped) = channel(2);
        Running { address, stop, served: go(move || proxy.serve(listener, stopped)) }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).unwrap()
    }

    /// Tells it to end, and waits for that.
    fn end(self) -> usize {
        self.stop.send(SIGTERM).unwrap();
        self.served.join().unwrap()
    }
}

fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A proxy in front of `serve`, which gets a coroutine for each connection.
fn in_front_of(serve: impl Fn(TcpStream) + Clone + Send + 'static) -> Running {
    let (server, target) = listener();
    go(move || {
        while let Ok((stream, _)) = server.accept() {
            let serve = serve.clone();
            go(move || serve(stream));
        }
    });
    Running::start(patient(target))
}

fn echo(stream: TcpStream) {
    copy(&mut &stream, &mut &stream).unwrap();
}

/// Both ends of one connection through a proxy, and the proxy.
fn through(change: impl FnOnce(&mut Proxy)) -> (TcpStream, TcpStream, Running) {
    let (server, target) = listener();
    let mut proxy = patient(target);
    change(&mut proxy);
    let proxy = Running::start(proxy);
    let client = proxy.connect();
    (client, server.accept().unwrap().0, proxy)
}

/// Bytes among which one that is lost, doubled or moved is found: they have no period.
fn text(seed: u64, len: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut text = vec![0; len];
    random.fill(&mut text);
    text
}

fn in_coroutines(body: fn()) {
    bounded(move || gopark::run(body));
}

#[test]
fn each_half_ends_by_itself() {
    in_coroutines(|| {
        for client_first in [true, false] {
            let (mut client, mut server, proxy) = through(|_| {});
            let (first, last) =
                if client_first { (&mut client, &mut server) } else { (&mut server, &mut client) };
            first.write_all(b"all I have").unwrap();
            first.shutdown(Shutdown::Write).unwrap();
            let mut heard = String::new();
            last.read_to_string(&mut heard).unwrap();
            assert_eq!(heard, "all I have");

            last.write_all(b"and the answer").unwrap();
            last.shutdown(Shutdown::Write).unwrap();
            heard.clear();
            first.read_to_string(&mut heard).unwrap();
            assert_eq!(heard, "and the answer");
            assert_eq!(proxy.end(), 1);
        }
    });
}

/// Both ways at once.
#[test]
fn much_data_arrive_whole() {
    const SIZE: usize = 8 << 20;
    in_coroutines(|| {
        let (client, server, proxy) = through(|_| {});
        let (question, answer) = (text(1, SIZE), text(2, SIZE));
        let talk = |stream: TcpStream, says: Vec<u8>| {
            let stream = Arc::new(stream);
            let reader = stream.clone();
            let heard = go(move || {
                let mut all = Vec::new();
                (&*reader).read_to_end(&mut all).unwrap();
                all
            });
            go(move || {
                (&*stream).write_all(&says).unwrap();
                stream.shutdown(Shutdown::Write).unwrap();
                heard.join().unwrap()
            })
        };
        let (by_client, by_server) = (talk(client, question.clone()), talk(server, answer.clone()));
        assert!(by_client.join().unwrap() == answer);
        assert!(by_server.join().unwrap() == question);
        assert_eq!(proxy.end(), 1);
    });
}

#[test]
fn two_hundred_are_served_at_once() {
    in_coroutines(|| {
        let proxy = in_front_of(echo);
        let address = proxy.address;
        let clients: Vec<_> = (0..200)
            .map(|number| {
                go(move || {
                    let stream = Arc::new(TcpStream::connect(address).unwrap());
                    let (says, writer) = (text(number, 100_000), stream.clone());
                    let said = go(move || {
                        (&*writer).write_all(&says).unwrap();
                        writer.shutdown(Shutdown::Write).unwrap();
                        says
                    });
                    let mut heard = Vec::new();
                    (&*stream).read_to_end(&mut heard).unwrap();
                    assert!(said.join().unwrap() == heard);
                })
            })
            .collect();
        clients.into_iter().for_each(|client| client.join().unwrap());
        assert_eq!(proxy.end(), 200);
    });
}

/// It has gone to nobody, so nobody should take it for an answer without content.
fn is_reset(mut stream: &TcpStream) {
    let end = loop {
        match stream.read(&mut [0; 1000]) {
            Ok(1..) => {}
            end => break end,
        }
    };
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_target_that_is_down_costs_that_client_only() {
    in_coroutines(|| {
        // Bound and not listening: nobody else gets the port.
        let taken =
            rustix::net::socket(rustix::net::AddressFamily::INET, rustix::net::SocketType::STREAM, None)
                .unwrap();
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        rustix::net::bind(&taken, &any).unwrap();
        let target = rustix::net::getsockname(&taken).unwrap().try_into().unwrap();
        let proxy = Running::start(patient(target));
        // So quickly, perhaps, that the connect hears of it.
        match TcpStream::connect(proxy.address) {
            Ok(client) => is_reset(&client),
            Err(reset) => assert_eq!(reset.kind(), ErrorKind::ConnectionReset),
        }

        rustix::net::listen(&taken, 10).unwrap();
        let server = TcpListener::from(taken);
        let mut client = proxy.connect();
        let (mut served, _) = server.accept().unwrap();
        client.write_all(b"up again").unwrap();
        drop(client);
        let mut heard = String::new();
        served.read_to_string(&mut heard).unwrap();
        assert_eq!(heard, "up again");
        drop(served);
        assert_eq!(proxy.end(), 2);
    });
}

#[test]
fn a_reset_is_passed_on() {
    in_coroutines(|| {
        for by_client in [true, false] {
            let (client, server, proxy) = through(|_| {});
            // Something has gone through: it stands.
            (&server).write_all(b"x").unwrap();
            (&client).read_exact(&mut [0]).unwrap();
            let (resets, other) = if by_client { (client, server) } else { (server, client) };
            sockopt::set_socket_linger(&resets, Some(Duration::ZERO)).unwrap();
            drop(resets);
            is_reset(&other);
            assert_eq!(proxy.end(), 1);
        }
    });
}

/// What nobody reads is held up at its source, and not in the proxy.
#[test]
fn a_slow_reader_holds_its_writer_up() {
    /// More than the buffers of four sockets can become (tcp_rmem, tcp_wmem in tcp(7)).
    const MOST: usize = 256 << 20;
    in_coroutines(|| {
        let (mut client, mut server, proxy) = through(|_| {});
        let text = text(3, 1 << 20);
        client.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
        let mut sent = 0;
        let held_up = loop {
            let at = sent % text.len();
            match client.write(&text[at..]) {
                Ok(count) => sent += count,
                Err(held_up) => break held_up,
            }
            assert!(sent < MOST, "nothing holds it up");
        };
        assert_eq!(held_up.kind(), ErrorKind::WouldBlock);
        client.shutdown(Shutdown::Write).unwrap();

        let (mut buf, mut heard) = (vec![0; 50_000], 0);
        while let count @ 1.. = server.read(&mut buf).unwrap() {
            for piece in buf[..count].chunks(10_000) {
                let at = heard % text.len();
                let (now, later) = piece.split_at(piece.len().min(text.len() - at));
                assert!(text[at..].starts_with(now) && text.starts_with(later), "other bytes, after {heard}");
                heard += piece.len();
            }
        }
        assert_eq!(heard, sent);
        drop(server);
        assert_eq!(proxy.end(), 1);
    });
}

/// They wait in the queue of the kernel, and what they say waits with them.
#[test]
fn more_than_there_are_places_for_wait() {
    in_coroutines(|| {
        let (server, target) = listener();
        let proxy = Running::start(Proxy { connections: 2, ..patient(target) });
        let mut clients: Vec<_> = (0..3_u8).map(|_| proxy.connect()).collect();
        (0..).zip(&mut clients).for_each(|(number, client)| client.write_all(&[number]).unwrap());
        let accept = || {
            let (mut stream, _) = server.accept().unwrap();
            let mut number = [0];
            stream.read_exact(&mut number).unwrap();
            (stream, number[0])
        };
        let mut first_two = [accept(), accept()];
        first_two.sort_by_key(|(_, number)| *number);
        let [first, second] = first_two;
        assert_eq!((first.1, second.1), (0, 1));
        server.set_nonblocking(true).unwrap();
        assert_eq!(server.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
        server.set_nonblocking(false).unwrap();

        // One place is free when both sides have ended.
        drop((clients.remove(0), first));
        let third = accept();
        assert_eq!(third.1, 2);
        drop((second, third, clients));
        assert_eq!(proxy.end(), 3);
    });
}

#[test]
fn an_idle_connection_ends() {
    const IDLE: Duration = Duration::from_millis(50);
    in_coroutines(|| {
        // The client has ended its half, or not: the server says nothing either way.
        for half in [false, true] {
            let begun = Instant::now();
            let (client, server, proxy) = through(|proxy| proxy.patience.idle = IDLE);
            if half {
                client.shutdown(Shutdown::Write).unwrap();
            }
            is_reset(&client);
            assert!(begun.elapsed() >= IDLE);
            // If it was told of that end, it has heard all there was.
            if !half {
                is_reset(&server);
            }
            assert_eq!(proxy.end(), 1);
        }
    });
}

/// The server reads nothing, so nothing moves, whatever the client would like to say.
#[test]
fn a_connection_that_is_stuck_ends() {
    in_coroutines(|| {
        let (mut client, server, proxy) = through(|proxy| proxy.patience.idle = Duration::from_millis(50));
        let refused = loop {
            if let Err(refused) = client.write(&[0; 1 << 16]) {
                break refused;
            }
        };
        assert!(matches!(refused.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{refused}");
        is_reset(&server);
        assert_eq!(proxy.end(), 1);
    });
}

/// One side speaks all the time: whether the other one does is no matter. It lasts over two looks.
#[test]
fn a_connection_that_is_not_idle_goes_on() {
    // A byte takes a ten-thousandth of this, but a busy machine may stand still for a second.
    const IDLE: Duration = Duration::from_secs(2);
    in_coroutines(|| {
        let (mut client, mut server, proxy) = through(|proxy| proxy.patience.idle = IDLE);
        let begun = Instant::now();
        let (mut said, mut heard) = (0_u64, [0; 8]);
        while begun.elapsed() < IDLE * 5 / 2 {
            client.write_all(&said.to_le_bytes()).unwrap();
            server.read_exact(&mut heard).unwrap();
            assert_eq!(u64::from_le_bytes(heard), said);
            said += 1;
        }
        drop(client);
        assert_eq!(server.read(&mut heard).unwrap(), 0);
        drop(server);
        assert_eq!(proxy.end(), 1);
    });
}

fn is_refused(address: SocketAddr) -> bool {
    TcpStream::connect(address).is_err_and(|refused| refused.kind() == ErrorKind::ConnectionRefused)
}

/// Until nobody listens at `address` any more.
fn until_refused(address: SocketAddr) {
    while !is_refused(address) {
        gopark::time::sleep(Duration::from_millis(1));
    }
}

#[test]
fn those_who_are_there_finish() {
    in_coroutines(|| {
        let (mut client, mut server, proxy) = through(|_| {});
        client.write_all(b"x").unwrap();
        server.read_exact(&mut [0]).unwrap();
        proxy.stop.send(SIGTERM).unwrap();
        until_refused(proxy.address);
        assert!(!proxy.served.is_finished());

        server.write_all(b"the last word").unwrap();
        drop(server);
        let mut heard = String::new();
        client.read_to_string(&mut heard).unwrap();
        assert_eq!(heard, "the last word");
        drop(client);
        assert!(proxy.served.join().unwrap() >= 1);
    });
}

#[test]
fn those_who_do_not_are_cut() {
    const GRACE: Duration = Duration::from_millis(50);
    in_coroutines(|| {
        let (client, server, proxy) = through(|proxy| proxy.grace = GRACE);
        let begun = Instant::now();
        assert!(proxy.end() >= 1);
        assert!(begun.elapsed() >= GRACE);
        is_reset(&client);
        is_reset(&server);

        // Or at once, if it is said twice.
        let (client, server, proxy) = through(|_| {});
        proxy.stop.send(SIGTERM).unwrap();
        assert!(proxy.end() >= 1);
        is_reset(&client);
        is_reset(&server);
    });
}

/// All places are taken when it is to end: the acceptor waits for one.
#[test]
fn it_ends_while_it_is_full() {
    in_coroutines(|| {
        let (client, server, proxy) = through(|proxy| proxy.connections = 1);
        proxy.stop.send(SIGTERM).unwrap();
        until_refused(proxy.address);
        drop((client, server));
        assert_eq!(proxy.served.join().unwrap(), 1);
    });
}

#[test]
fn nobody_has_come() {
    in_coroutines(|| assert_eq!(Running::start(patient(listener().1)).end(), 0));
}

/// Why it has failed is told.
#[test]
fn failures_are_told() {
    use std::sync::Mutex;
    static TOLD: Mutex<Vec<(SocketAddr, ErrorKind)>> = Mutex::new(Vec::new());
    in_coroutines(|| {
        let tell = |client: SocketAddr, why: &io::Error| TOLD.lock().unwrap().push((client, why.kind()));
        let (client, server, proxy) = through(|proxy| {
            (proxy.tell, proxy.patience.idle) = (tell, Duration::from_millis(10));
        });
        let address = client.local_addr().unwrap();
        is_reset(&client);
        proxy.end();
        assert_eq!(*TOLD.lock().unwrap(), [(address, ErrorKind::TimedOut)]);
        drop(server);
    });
}
