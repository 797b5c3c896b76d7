//! The server is told to end: what is under way is answered, nothing else begins.

use std::net::TcpStream;
use std::time::Duration;

use crate::client::Client;
use crate::served::{Served, patient};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn idle_connections_end_at_once() {
    let mut served = Served::start(patient());
    let mut fresh: Vec<_> = (0..20).map(|_| served.client()).collect();
    let mut used: Vec<_> = (0..20).map(|_| served.client()).collect();
    for client in &mut used {
        client.say(GET);
        assert!(!client.hears().closes());
    }
    served.quit();
    served.ends();
    fresh.iter_mut().chain(&mut used).for_each(|client| client.hears_the_end());
}

#[test]
fn nobody_is_accepted_any_more() {
    let mut served = Served::start(patient());
    served.quit();
    served.ends();
    assert!(TcpStream::connect(served.address).is_err());
}

/// Has a request under way, of which five bytes are missing.
fn halfway(served: &Served) -> Client {
    let mut client = served.client();
    client.say("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_eq!(client.hears().status, 100);
    client
}

#[test]
fn requests_that_are_coming_in_are_answered() {
    let mut served = Served::start(patient());
    let mut clients: Vec<_> = (0..20).map(|_| halfway(&served)).collect();
    served.quit();
    for client in &mut clients {
        client.say(format!("hello{GET}"));
        let answer = client.hears();
        assert_eq!((&answer.body[..], answer.closes()), (&b"hello"[..], true));
        client.falls_silent();
        // What was asked after it is not answered.
        client.hears_the_end();
    }
    served.ends();
}

#[test]
fn requests_that_are_being_answered_are_answered() {
    let mut served = Served::start(patient());
    let mut clients: Vec<_> = (0..20).map(|_| served.client()).collect();
    for client in &mut clients {
        // The answer to the first shows that the second has come, too.
        client.say("POST /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(client.hears().status, 405);
    }
    served.quit();
    for client in &mut clients {
        assert_eq!(client.hears().status, 200);
        client.falls_silent();
        client.hears_the_end();
    }
    served.ends();
}

/// Nobody is waited for any longer than without the end.
#[test]
fn a_request_under_way_keeps_its_deadline() {
    let mut settings = patient();
    settings.patience.request = Duration::from_millis(200);
    let mut served = Served::start(settings);
    let mut client = halfway(&served);
    served.quit();
    assert_eq!(client.hears().status, 408);
    client.falls_silent();
    served.ends();
}
