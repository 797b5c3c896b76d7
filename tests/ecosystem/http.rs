//! HTTP/1.1 by hand and by curl, with a server on httparse: connections that are kept, pipelines, and bad clients.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};

use gopark::net::TcpStream;

use crate::http_server::serve_http;
use crate::loopback::{Served, crowd, in_coroutines, serve};
use crate::piecewise::Piecewise;
use crate::programs::{Running, program};

/// Serves so many connections, and tells how many requests each of them had.
fn server(connections: usize) -> (SocketAddr, Served<Result<usize, ErrorKind>>) {
    serve(connections, |mut conn| serve_http(&mut conn).map_err(|error| error.kind()))
}

/// What was answered.
#[derive(Debug)]
struct Answer {
    status: u16,
    served: usize,
    is_last: bool,
    body: Vec<u8>,
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

fn post(path: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// The next answer.
#[track_caller]
fn answer(stream: &mut impl BufRead) -> Answer {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        assert_ne!(stream.read_until(b'\n', &mut head).unwrap(), 0, "only {}", head.escape_ascii());
    }
    let mut headers = [httparse::EMPTY_HEADER; 8];
    let mut response = httparse::Response::new(&mut headers);
    assert!(response.parse(&head).unwrap().is_complete());
    let value = |name: &str| {
        let header = response.headers.iter().find(|header| header.name == name).expect(name);
        str::from_utf8(header.value).unwrap()
    };
    let mut body = vec![0; value("content-length").parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    Answer {
        status: response.code.unwrap(),
        served: value("served").parse().unwrap(),
        is_last: value("connection") == "close",
        body,
    }
}

#[test]
fn a_connection_is_kept_until_its_end_is_asked_for() {
    in_coroutines(|| {
        let (address, served) = server(1);
        let conn = TcpStream::connect(address).unwrap();
        let mut stream = BufReader::new(&conn);
        for number in 1..=5 {
            (&conn).write_all(get("/hello").as_bytes()).unwrap();
            let heard = answer(&mut stream);
            assert_eq!((heard.status, heard.served, heard.is_last), (200, number, false));
            assert_eq!(heard.body, b"hello");
        }
        (&conn).write_all(get("/nowhere").as_bytes()).unwrap();
        assert_eq!(answer(&mut stream).status, 404);
        (&conn).write_all(get("/hello").replace("Host", "Connection: close\r\nHost").as_bytes()).unwrap();
        assert!(answer(&mut stream).is_last);
        assert_eq!(stream.read(&mut [0]).unwrap(), 0);
        assert_eq!(served.join().unwrap(), [Ok(7)]);
    });
}

/// All is said before anything is read.
#[test]
fn a_pipeline_is_answered_in_order() {
    const REQUESTS: usize = 200;
    in_coroutines(|| {
        let (address, served) = server(1);
        let conn = TcpStream::connect(address).unwrap();
        let path = |number: usize| format!("/bytes/{}", number * 7 % 300);
        let all: String = (0..REQUESTS).map(|number| get(&path(number)) + &post("/upper", "body")).collect();
        (&conn).write_all(all.as_bytes()).unwrap();
        conn.shutdown(Shutdown::Write).unwrap();
        let mut stream = BufReader::new(conn);
        for number in 0..REQUESTS {
            let heard = answer(&mut stream);
            assert_eq!(heard.served, 2 * number + 1);
            assert!((0..number * 7 % 300).map(|at| at as u8).eq(heard.body), "another body");
            assert_eq!(answer(&mut stream).body, b"BODY");
        }
        assert_eq!(stream.read(&mut [0]).unwrap(), 0);
        assert_eq!(served.join().unwrap(), [Ok(2 * REQUESTS)]);
    });
}

#[test]
fn requests_in_pieces() {
    in_coroutines(|| {
        let (address, served) = server(2);
        for most in [1, 11] {
            let mut stream = BufReader::new(Piecewise::new(TcpStream::connect(address).unwrap(), most));
            for body in ["", "a", "a sentence of some length"] {
                stream.get_mut().write_all(post("/upper", body).as_bytes()).unwrap();
                assert_eq!(answer(&mut stream).body, body.to_uppercase().as_bytes());
            }
        }
        assert_eq!(served.join().unwrap(), [Ok(3); 2]);
    });
}

#[test]
fn a_large_body_comes_whole() {
    in_coroutines(|| {
        let (address, served) = server(1);
        let conn = TcpStream::connect(address).unwrap();
        (&conn).write_all(get("/bytes/2000000").as_bytes()).unwrap();
        let body = answer(&mut BufReader::new(&conn)).body;
        assert!((0..2_000_000).map(|at| at as u8).eq(body), "another body");
        drop(conn);
        assert_eq!(served.join().unwrap(), [Ok(1)]);
    });
}

/// Each hears why, as far as there is an answer, and no other connection is harmed.
#[test]
fn bad_clients() {
    in_coroutines(|| {
        let (address, served) = server(3);
        let good = TcpStream::connect(address).unwrap();
        let mut stream = BufReader::new(&good);
        (&good).write_all(get("/hello").as_bytes()).unwrap();
        answer(&mut stream);

        let talks_nonsense = TcpStream::connect(address).unwrap();
        (&talks_nonsense).write_all(b"what? \x01\r\n\r\n").unwrap();
        let heard = answer(&mut BufReader::new(&talks_nonsense));
        assert_eq!((heard.status, heard.is_last), (400, true));
        let leaves = TcpStream::connect(address).unwrap();
        (&leaves).write_all(b"GET / HT").unwrap();
        leaves.shutdown(Shutdown::Write).unwrap();
        assert_eq!((&leaves).read(&mut [0]).unwrap(), 0);

        (&good).write_all(get("/hello").as_bytes()).unwrap();
        assert_eq!(answer(&mut stream).served, 2);
        drop(good);
        let ends = served.join().unwrap();
        assert_eq!(ends, [Ok(2), Err(ErrorKind::InvalidData), Err(ErrorKind::UnexpectedEof)]);
    });
}

#[test]
fn a_hundred_clients_at_once() {
    const CLIENTS: usize = 100;
    in_coroutines(|| {
        let (address, served) = server(CLIENTS);
        crowd(CLIENTS, move |number| {
            let conn = TcpStream::connect(address).unwrap();
            let mut stream = BufReader::new(&conn);
            for round in 0..10 {
                let said = format!("client {number} in round {round}");
                (&conn).write_all(post("/upper", &said).as_bytes()).unwrap();
                assert_eq!(answer(&mut stream).body, said.to_uppercase().as_bytes());
            }
        });
        assert_eq!(served.join().unwrap(), [Ok(10); CLIENTS]);
    });
}

/// Three requests over one connection, one of them in chunks.
#[test]
fn curl_as_client() {
    in_coroutines(|| {
        let Some(curl) = program("curl") else { return };
        let (address, served) = server(1);
        let url = |path: &str| format!("http://{address}{path}");
        let mut peer = Running::start(
            &curl,
            &[
                &"--silent",
                &"--noproxy",
                &"*",
                &url("/hello"),
                &url("/bytes/0"),
                &"--next",
                &"--silent",
                &"--noproxy",
                &"*",
                &"--header",
                &"Transfer-Encoding: chunked",
                &"--header",
                &"Expect:",
                &"--data-binary",
                &"@-",
                &url("/upper"),
            ],
        );
        peer.hears(", and goodbye");
        assert_eq!(peer.ends(), "hello, AND GOODBYE");
        assert_eq!(served.join().unwrap(), [Ok(3)]);
    });
}
