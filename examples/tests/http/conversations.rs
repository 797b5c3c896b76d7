//! Conversations over loopback.

use crate::client::Client;
use crate::served::{Served, patient};
use crate::settings::Settings;

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

fn echo(body: &str) -> String {
    format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// The connection is as good as new.
#[track_caller]
fn goes_on(client: &mut Client) {
    client.say(echo("still there?"));
    let answer = client.hears();
    assert_eq!((answer.status, &answer.body[..]), (200, &b"still there?"[..]));
}

#[test]
fn one_connection_serves_many_requests() {
    let served = Served::start(patient());
    let mut client = served.client();
    for round in 0..10 {
        client.say(GET);
        let answer = client.hears();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.field("Content-Type"), Some("text/plain; charset=utf-8"));
        assert!(answer.body.starts_with(b"Hello"));
        assert!(!answer.closes(), "round {round}");
    }
    client.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(client.hears().closes());
    client.hears_the_end();
}

#[test]
fn http_1_0_closes_unless_it_is_asked_not_to() {
    let served = Served::start(patient());
    let mut client = served.client();
    client.say("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    let answer = client.hears();
    assert_eq!((answer.status, answer.field("Connection")), (200, Some("keep-alive")));
    client.say("GET / HTTP/1.0\r\n\r\n");
    assert!(client.hears().closes());
    client.hears_the_end();
}

#[test]
fn head_is_get_without_the_body() {
    let served = Served::start(patient());
    let mut client = served.client();
    client.say(GET);
    let whole = client.hears();
    client.say("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    let head = client.hears_to("HEAD").unwrap();
    assert_eq!((head.status, &head.fields), (200, &whole.fields));
    goes_on(&mut client);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let served = Served::start(patient());
    let mut client = served.client();
    let all: String = (0..200).map(|number| echo(&format!("number {number}"))).collect();
    client.say(all);
    for number in 0..200 {
        assert_eq!(client.hears().body, format!("number {number}").into_bytes());
    }
    // Behind one that closes, nothing is answered.
    client.say(format!("{GET}GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n{GET}"));
    assert!(!client.hears().closes());
    assert!(client.hears().closes());
    client.hears_the_end();
}

#[test]
fn a_request_may_come_byte_by_byte() {
    let served = Served::start(patient());
    let mut client = served.client();
    let chunked = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    for request in [echo("abc"), chunked.to_owned()] {
        request.bytes().for_each(|byte| client.say([byte]));
        assert_eq!(client.hears().body, b"abc");
    }
}

#[test]
fn bodies_of_every_size_come_back() {
    let served = Served::start(patient());
    let mut client = served.client();
    let most = Settings::default().limits.body;
    for size in [0, 1, 4095, 4096, 4097, 100_000, most] {
        let body: String = ('a'..='z').cycle().take(size).collect();
        client.say(echo(&body));
        assert!(client.hears().body == body.as_bytes(), "{size} bytes");

        client.say(
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: text/x\r\nTransfer-Encoding: chunked\r\n\r\n",
        );
        for chunk in body.as_bytes().chunks(30_000) {
            client.say(format!("{:x};x=y\r\n", chunk.len()));
            client.say(chunk);
            client.say("\r\n");
        }
        client.say("0\r\nA: b\r\n\r\n");
        let answer = client.hears();
        assert!(answer.body == body.as_bytes(), "{size} bytes in chunks");
        assert_eq!(answer.field("Content-Type"), Some("text/x"));
    }
}

#[test]
fn leave_is_given_to_those_who_wait_for_it() {
    let served = Served::start(patient());
    let mut client = served.client();
    for _ in 0..3 {
        client.say("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        assert_eq!(client.hears().status, 100);
        client.say("hello");
        assert_eq!(client.hears().body, b"hello");
    }
    client.say("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n");
    assert_eq!(client.hears().status, 413);
    client.hears_the_end();
}

#[test]
fn what_is_unknown_is_no_reason_to_close() {
    let served = Served::start(patient());
    let mut client = served.client();
    let mut ask = |method: &str, path: &str| {
        client.say(format!("{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"));
        let answer = client.hears_to(method).unwrap();
        goes_on(&mut client);
        (answer.status, answer.field("Allow").map(str::to_owned))
    };
    assert_eq!(ask("GET", "/elsewhere"), (404, None));
    assert_eq!(ask("GET", "/echo"), (405, Some("POST".to_owned())));
    assert_eq!(ask("DELETE", "/"), (405, Some("GET, HEAD".to_owned())));
    assert_eq!(ask("HEAD", "/echo"), (405, Some("POST".to_owned())));
    assert_eq!(ask("BREW", "/"), (501, None));
    assert_eq!(ask("get", "/"), (501, None));
}

#[test]
fn what_is_refused_closes() {
    let served = Served::start(patient());
    let limits = Settings::default().limits;
    let fields = "X: y\r\n".repeat(limits.fields);
    let long = "x".repeat(limits.head);
    for (status, request) in [
        (400, "GET / HTTP/1.1\r\n\r\n".to_owned()),
        (400, "nonsense\r\n\r\n".to_owned()),
        (400, "\x16\x03\x01".to_owned()),
        (400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n".to_owned()),
        (
            400,
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
                .to_owned(),
        ),
        (400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n".to_owned()),
        (400, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n".to_owned()),
        (417, "POST / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n".to_owned()),
        (413, format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", limits.body + 1)),
        (413, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n".to_owned()),
        (431, format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n")),
        (431, format!("GET /{long}")),
        (501, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n".to_owned()),
        (505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n".to_owned()),
    ] {
        let mut client = served.client();
        // Whatever was asked before is answered.
        client.say(format!("{GET}{request}{GET}"));
        assert_eq!(client.hears().status, 200);
        let answer = client.hears();
        assert_eq!((answer.status, answer.closes()), (status, true), "{request:?}");
        client.falls_silent();
        client.hears_the_end();
    }
}

/// What is smuggled into a request is not taken for one.
#[test]
fn nothing_is_smuggled() {
    let served = Served::start(patient());
    let smuggled = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";
    for lines in [
        format!("Content-Length: {}\r\nTransfer-Encoding: chunked\r\n", smuggled.len() + 5),
        format!("Content-Length: 5\r\nContent-Length: {}\r\n", smuggled.len() + 5),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n".to_owned(),
        "Transfer-Encoding : chunked\r\n".to_owned(),
        "Content-Length: 5\r\n Transfer-Encoding: chunked\r\n".to_owned(),
    ] {
        let mut client = served.client();
        client.say(format!("POST /echo HTTP/1.1\r\nHost: a\r\n{lines}\r\n0\r\n\r\n{smuggled}"));
        assert_eq!(client.hears().status, 400, "{lines}");
        client.falls_silent();
        client.hears_the_end();
    }
}

#[test]
fn who_falls_silent_is_answered() {
    let served = Served::start(patient());
    let mut client = served.client();
    client.say(format!("{GET}{GET}"));
    client.falls_silent();
    assert_eq!((client.hears().status, client.hears().status), (200, 200));
    client.hears_the_end();

    let mut client = served.client();
    client.say("GET / HTTP/1.1\r\nHo");
    client.falls_silent();
    assert_eq!(client.hears().status, 400);
    client.hears_the_end();
}

/// Most of the body is never looked at, but who sends it is not cut off: it could miss the answer.
#[test]
fn who_is_still_sending_gets_the_answer() {
    let mut settings = patient();
    settings.limits.body = 1000;
    let served = Served::start(settings);
    for before in [0, 1, 45, 90] {
        let mut client = served.client();
        client.say("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n");
        (0..before).for_each(|_| client.say([b'x'; 10_000]));
        let answer = client.hears();
        assert_eq!((answer.status, answer.closes()), (413, true));
        (before..90).for_each(|_| client.say([b'x'; 10_000]));
        client.falls_silent();
        client.hears_the_end();
    }
}
