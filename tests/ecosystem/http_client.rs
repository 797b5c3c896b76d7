//! HTTP by ureq in coroutines: its pool, its time limits and its TLS, over our transport.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use gopark::chan::{Receiver, bounded};
use gopark::go;
use rustls::StreamOwned;
use ureq::config::Config;
use ureq::http::Response;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body, Error, SendBody, Timeout};

use crate::certificates::{self, CERTIFICATES, provider};
use crate::http_server::serve_http;
use crate::http_transport::agent;
use crate::loopback::{Served, crowd, in_coroutines, listener, serve};
use crate::watchdog::bounded as in_time;
use crate::workers::runtime;

const SHORT: Duration = Duration::from_millis(30);

/// Serves so many connections, and tells how many requests each of them had.
fn server(connections: usize) -> (SocketAddr, Served<usize>) {
    serve(connections, |mut conn| serve_http(&mut conn).unwrap())
}

/// Reads one request, tells that it has come, and waits for the client's end.
fn silent() -> (SocketAddr, Served<Result<usize, io::ErrorKind>>, Receiver<()>) {
    let (began, begun) = bounded(0);
    let (address, served) = serve(1, move |mut conn| {
        let mut asked = [0; 1000];
        assert_ne!(conn.read(&mut asked).unwrap(), 0);
        began.send(()).unwrap();
        conn.read(&mut asked).map_err(|error| error.kind())
    });
    (address, served, begun)
}

fn plain() -> Agent {
    agent(Config::default())
}

/// Which request of its connection this was, and what came.
fn heard(mut response: Response<Body>) -> (usize, String) {
    let served = response.headers()["served"].to_str().unwrap().parse().unwrap();
    (served, response.body_mut().read_to_string().unwrap())
}

#[test]
fn get_and_post() {
    in_coroutines(|| {
        let (address, served) = server(1);
        let agent = plain();
        let hello = agent.get(format!("http://{address}/hello")).call().unwrap();
        assert_eq!(hello.status(), 200);
        assert_eq!(heard(hello).1, "hello");
        let posted = agent.post(format!("http://{address}/upper")).send("a body").unwrap();
        assert_eq!(heard(posted).1, "A BODY");
        // Of unknown length, so in chunks.
        let mut words = &b"word ".repeat(5000)[..];
        let chunked = SendBody::from_reader(&mut words);
        let posted = agent.post(format!("http://{address}/upper")).send(chunked).unwrap();
        assert!(heard(posted).1 == "WORD ".repeat(5000), "another body");
        let refused = agent.get(format!("http://{address}/nowhere")).call().unwrap_err();
        assert!(matches!(refused, Error::StatusCode(404)), "{refused}");
        drop(agent);
        assert_eq!(served.join().unwrap(), [4]);
    });
}

/// By name, so that somebody has to be asked for the address.
#[test]
fn a_connection_is_used_again() {
    in_coroutines(|| {
        let (address, served) = server(2);
        let url = format!("http://localhost:{}/hello", address.port());
        let agent = plain();
        for number in 1..=10 {
            assert_eq!(heard(agent.get(&url).call().unwrap()), (number, "hello".to_owned()));
        }
        // The last of this connection; the next request makes another one.
        assert_eq!(heard(agent.get(&url).header("connection", "close").call().unwrap()).0, 11);
        assert_eq!(heard(agent.get(&url).call().unwrap()).0, 1);
        drop(agent);
        assert_eq!(served.join().unwrap(), [11, 1]);
    });
}

/// A connection that the server has closed meanwhile is noticed, and another one made.
#[test]
fn a_connection_that_has_ended_is_not_used_again() {
    in_coroutines(|| {
        let (address, served) = serve(2, |mut conn| {
            // One request, and then the end without a word.
            let asked = conn.read(&mut [0; 1000]).unwrap();
            conn.write_all(b"HTTP/1.1 200 OK\r\nserved: 1\r\ncontent-length: 2\r\n\r\nok").unwrap();
            asked
        });
        let agent = plain();
        for _ in 0..2 {
            assert_eq!(heard(agent.get(format!("http://{address}/")).call().unwrap()).1, "ok");
        }
        assert!(served.join().unwrap().into_iter().all(|count| count > 0));
    });
}

/// One agent for all, and as many connections as there are requests at once.
#[test]
fn a_hundred_coroutines_share_an_agent() {
    const CLIENTS: usize = 100;
    in_time(|| {
        runtime(2).run(|| {
            let (address, served) = server(usize::MAX);
            let idle = Config::builder().max_idle_connections(CLIENTS).max_idle_connections_per_host(CLIENTS);
            let agent = agent(idle.build());
            crowd(CLIENTS, move |number| {
                for round in 0..5 {
                    let said = format!("client {number} in round {round}");
                    let posted = agent.post(format!("http://{address}/upper")).send(&said).unwrap();
                    assert_eq!(heard(posted).1, said.to_uppercase());
                }
            });
            // The agent has gone with the last of them, and its connections too.
            served.cancel();
            let counts = served.join().unwrap();
            assert!(counts.len() <= CLIENTS, "{} connections", counts.len());
            assert_eq!(counts.into_iter().sum::<usize>(), 5 * CLIENTS);
        });
    });
}

/// And those beside it on the same worker go on.
#[test]
fn a_timeout_ends_a_call_that_waits() {
    in_coroutines(|| {
        // On a busy machine the time may be over before all of the request is sent.
        let (address, served) = serve(usize::MAX, |mut conn| serve_http(&mut conn).is_ok());
        let limits = [
            (Config::builder().timeout_global(Some(SHORT)).build(), Timeout::Global),
            (Config::builder().timeout_recv_response(Some(SHORT)).build(), Timeout::RecvResponse),
        ];
        let calls = limits.map(|(config, reason)| {
            go(move || {
                let begun = Instant::now();
                let ended = agent(config).get(format!("http://{address}/never")).call().unwrap_err();
                assert!(matches!(&ended, Error::Timeout(why) if *why == reason), "{ended:?}");
                assert!(begun.elapsed() >= SHORT, "after {:?} of {SHORT:?}", begun.elapsed());
            })
        });
        let other = plain();
        assert_eq!(heard(other.get(format!("http://{address}/hello")).call().unwrap()).1, "hello");
        calls.into_iter().for_each(|call| call.join().unwrap());
        drop(other);
        served.cancel();
        served.join().unwrap();
    });
}

/// The answer comes when a coroutine of the same worker says so, so the call must not keep the worker.
#[test]
fn a_call_leaves_its_worker_to_others() {
    in_coroutines(|| {
        let (say, said) = bounded::<()>(0);
        let (address, served) = serve(1, move |mut conn| {
            said.recv().unwrap();
            serve_http(&mut conn).unwrap()
        });
        let call = go(move || heard(plain().get(format!("http://{address}/hello")).call().unwrap()).1);
        say.send(()).unwrap();
        assert_eq!(call.join().unwrap(), "hello");
        assert_eq!(served.join().unwrap(), [1]);
    });
}

#[test]
fn a_cancellation_ends_a_call_that_waits() {
    in_coroutines(|| {
        let (address, served, begun) = silent();
        let call = go(move || plain().get(format!("http://{address}/")).call().unwrap_err());
        begun.recv().unwrap();
        assert!(!call.is_finished());
        call.cancel();
        let ended = call.join().unwrap();
        let Error::Io(why) = &ended else { panic!("{ended:?}") };
        assert!(why.get_ref().is_some_and(|why| why.is::<gopark::Cancelled>()), "{why:?}");
        assert_eq!(served.join().unwrap(), [Ok(0)]);
    });
}

/// `Agent::shutdown` ends the calls of others by shutting their sockets down.
#[test]
fn a_shutdown_ends_a_call_that_waits() {
    in_coroutines(|| {
        let (address, served, begun) = silent();
        let agent = plain();
        let calls = agent.clone();
        let call = go(move || calls.get(format!("http://{address}/")).call().unwrap_err());
        begun.recv().unwrap();
        assert!(!call.is_finished());
        agent.shutdown();
        let ended = call.join().unwrap();
        assert!(!matches!(ended, Error::Timeout(_)), "{ended:?}");
        assert_eq!(served.join().unwrap(), [Ok(0)]);
    });
}

#[test]
fn nobody_listens() {
    in_coroutines(|| {
        let address = listener().1;
        let refused = plain().get(format!("http://{address}/")).call().unwrap_err();
        assert!(
            matches!(&refused, Error::Io(why) if why.kind() == io::ErrorKind::ConnectionRefused),
            "{refused:?}"
        );
    });
}

/// ureq puts its own TLS on top of the transport.
#[test]
fn https() {
    in_coroutines(|| {
        let (address, served) = serve(2, |conn| {
            let mut stream = StreamOwned::new(certificates::server(), conn);
            serve_http(&mut stream).map_err(|error| error.kind())
        });
        let config = |trusted: Vec<Certificate<'static>>| {
            let tls = TlsConfig::builder()
                .unversioned_rustls_crypto_provider(provider())
                .root_certs(RootCerts::new_with_certs(&trusted));
            Config::builder().tls_config(tls.build()).build()
        };
        let url = format!("https://localhost:{}/upper", address.port());
        let trusting = agent(config(vec![Certificate::from_der(&CERTIFICATES.authority).to_owned()]));
        for number in 1..=3 {
            assert_eq!(heard(trusting.post(&url).send("secret").unwrap()), (number, "SECRET".to_owned()));
        }
        let refused = agent(config(Vec::new())).post(&url).send("secret").unwrap_err();
        assert!(
            matches!(&refused, Error::Io(why) if why.kind() == io::ErrorKind::InvalidData),
            "nobody vouches: {refused:?}"
        );
        drop(trusting);
        // ureq ends without close_notify.
        assert_eq!(served.join().unwrap(), [Err(io::ErrorKind::UnexpectedEof); 2]);
    });
}
