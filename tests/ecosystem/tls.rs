//! TLS by rustls over `TcpStream`, as over std's: its own blocking streams, a coroutine for each end.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;

use gopark::net::TcpStream;
use gopark::sync::Barrier;
use gopark::{go, yield_now};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConnection, ServerConnection, Stream, StreamOwned};

use crate::certificates::{client, client_of, server};
use crate::loopback::{crowd, in_coroutines, pair, serve};
use crate::piecewise::Piecewise;
use crate::watchdog::bounded;
use crate::workers::runtime;

type Client = StreamOwned<ClientConnection, TcpStream>;
type Server = StreamOwned<ServerConnection, TcpStream>;

/// Both ends, before the handshake.
fn ends() -> (Client, Server) {
    let (near, far) = pair();
    (StreamOwned::new(client(), near), StreamOwned::new(server(), far))
}

/// Both ends after a first word each way, so that nothing of the handshake is under way any more.
fn talking() -> (Client, Server) {
    let (mut client, mut server) = ends();
    let other = go(move || {
        let mut word = [0; 5];
        server.read_exact(&mut word).unwrap();
        server.write_all(&word).unwrap();
        server
    });
    client.write_all(b"hello").unwrap();
    client.read_exact(&mut [0; 5]).unwrap();
    (client, other.join().unwrap())
}

/// Sends back what comes until the peer says that it is done, and says so too. How much it was.
fn echo(mut conn: TcpStream) -> usize {
    let mut session = server();
    let mut stream = Stream::new(&mut session, &mut conn);
    let (mut buf, mut total) = ([0; 4096], 0);
    loop {
        match stream.read(&mut buf).unwrap() {
            0 => break,
            count => {
                stream.write_all(&buf[..count]).unwrap();
                total += count;
            }
        }
    }
    session.send_close_notify();
    session.complete_io(&mut conn).unwrap();
    total
}

/// Says that this side is done, and reads until the other one is.
fn finish(mut stream: Client) {
    stream.conn.send_close_notify();
    stream.flush().unwrap();
    assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0);
}

/// More than all buffers in between hold.
#[test]
fn much_data_there_and_back() {
    const TOTAL: usize = 2 << 20;
    in_coroutines(|| {
        for version in [&TLS12, &TLS13] {
            let (near, far) = pair();
            let answers = go(move || {
                let mut stream = StreamOwned::new(server(), far);
                let mut all = vec![0; TOTAL];
                stream.read_exact(&mut all).unwrap();
                all.reverse();
                stream.write_all(&all).unwrap();
                stream
            });
            let mut stream = StreamOwned::new(client_of(version), near);
            let said: Vec<u8> = (0..TOTAL).map(|at| (at / 3) as u8 ^ (at >> 11) as u8).collect();
            stream.write_all(&said).unwrap();
            let mut heard = vec![0; TOTAL];
            stream.read_exact(&mut heard).unwrap();
            assert!(said.iter().eq(heard.iter().rev()), "other bytes");
            assert_eq!(stream.conn.protocol_version(), Some(version.version));
            answers.join().unwrap();
        }
    });
}

/// All of them are open at once, and none is mistaken for another.
#[test]
fn a_hundred_connections_at_once() {
    const CONNECTIONS: usize = 100;
    bounded(|| {
        runtime(2).run(|| {
            let (address, served) = serve(CONNECTIONS, echo);
            let all_there = Arc::new(Barrier::new(CONNECTIONS));
            crowd(CONNECTIONS, move |number| {
                let mut stream = StreamOwned::new(client(), TcpStream::connect(address).unwrap());
                stream.conn.complete_io(&mut stream.sock).unwrap();
                all_there.wait();
                for round in 0..10 {
                    let said = [(number + round) as u8; 1000];
                    stream.write_all(&said).unwrap();
                    let mut heard = [0; 1000];
                    stream.read_exact(&mut heard).unwrap();
                    assert_eq!(heard, said);
                }
                finish(stream);
            });
            assert_eq!(served.join().unwrap(), [10_000; CONNECTIONS]);
        });
    });
}

#[test]
fn records_in_pieces() {
    in_coroutines(|| {
        for most in [1, 7, 100] {
            let (near, far) = pair();
            let answers = go(move || echo(far));
            let mut stream = StreamOwned::new(client(), Piecewise::new(near, most));
            stream.write_all(&[most as u8; 300]).unwrap();
            let mut heard = [0; 300];
            stream.read_exact(&mut heard).unwrap();
            assert_eq!(heard, [most as u8; 300]);
            stream.conn.send_close_notify();
            stream.flush().unwrap();
            assert_eq!(stream.read(&mut heard).unwrap(), 0);
            assert_eq!(answers.join().unwrap(), 300);
        }
    });
}

/// After it one side hears the end, and the other side may go on.
#[test]
fn close_notify_ends_one_direction() {
    in_coroutines(|| {
        let (mut client, mut server) = talking();
        let other = go(move || {
            let mut all = Vec::new();
            server.read_to_end(&mut all).unwrap();
            server.write_all(b"goodbye").unwrap();
            server.conn.send_close_notify();
            server.flush().unwrap();
            all
        });
        client.write_all(b"last words").unwrap();
        client.conn.send_close_notify();
        client.flush().unwrap();
        let mut heard = String::new();
        client.read_to_string(&mut heard).unwrap();
        assert_eq!(heard, "goodbye");
        assert_eq!(other.join().unwrap(), b"last words");
    });
}

/// Without close_notify an end may be an attack: rustls says so.
#[test]
fn an_end_without_close_notify_is_an_error() {
    in_coroutines(|| {
        let (mut client, mut server) = talking();
        let reader = go(move || {
            let mut all = Vec::new();
            (client.read_to_end(&mut all).unwrap_err().kind(), all)
        });
        server.write_all(b"half of").unwrap();
        drop(server);
        assert_eq!(reader.join().unwrap(), (ErrorKind::UnexpectedEof, b"half of".to_vec()));
    });
}

/// In the middle of a record, where rustls has something that it cannot give out.
#[test]
fn an_end_within_a_record_is_an_error() {
    in_coroutines(|| {
        let (mut client, mut server) = talking();
        let reader = go(move || client.read(&mut [0; 100]).unwrap_err().kind());
        let mut record = Vec::new();
        server.conn.writer().write_all(&[7; 50]).unwrap();
        server.conn.write_tls(&mut record).unwrap();
        server.sock.write_all(&record[..record.len() - 1]).unwrap();
        yield_now();
        server.sock.shutdown(Shutdown::Write).unwrap();
        assert_eq!(reader.join().unwrap(), ErrorKind::UnexpectedEof);
    });
}

#[test]
fn an_end_within_the_handshake_is_an_error() {
    in_coroutines(|| {
        let (mut client, server) = ends();
        let reader = go(move || client.conn.complete_io(&mut client.sock).unwrap_err().kind());
        // With the greeting read, so that what follows is an end and no reset.
        let mut greeting = [0; 2000];
        assert_ne!((&server.sock).read(&mut greeting).unwrap(), 0);
        drop(server);
        assert_eq!(reader.join().unwrap(), ErrorKind::UnexpectedEof);
    });
}

/// A certificate of nobody's is refused, and both sides hear why.
#[test]
fn a_stranger_is_refused() {
    in_coroutines(|| {
        let (near, mut far) = pair();
        let answers = go(move || server().complete_io(&mut far).unwrap_err());
        let mut near = near;
        let refused = crate::certificates::distrustful().complete_io(&mut near).unwrap_err();
        for error in [refused, answers.join().unwrap()] {
            assert_eq!(error.kind(), ErrorKind::InvalidData);
            let reason = error.get_ref().and_then(|why| why.downcast_ref::<rustls::Error>());
            let told = matches!(
                reason,
                Some(rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer))
                    | Some(rustls::Error::AlertReceived(rustls::AlertDescription::UnknownCA))
            );
            assert!(told, "{error:?}");
        }
    });
}
