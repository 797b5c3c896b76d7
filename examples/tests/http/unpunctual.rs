//! Clients that are slow, on purpose or not.

use std::io::{ErrorKind, Read};
use std::thread;
use std::time::{Duration, Instant};

use crate::routes::SLOW;
use crate::served::{Served, patient};
use crate::settings::Settings;

const SOON: Duration = Duration::from_millis(150);

fn hasty(change: impl FnOnce(&mut Settings)) -> Served {
    let mut settings = patient();
    change(&mut settings);
    Served::start(settings)
}

/// Says `begin`, and then `again` every few milliseconds, each of which would be in time by itself.
#[track_caller]
fn is_too_slow(served: &Served, begin: &str, again: &str) {
    let begun = Instant::now();
    let mut client = served.client();
    client.say(begin);
    client.stream().set_nonblocking(true).unwrap();
    loop {
        match client.stream().peek(&mut [0]) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                // The server may have closed just now.
                client.try_to_say(again);
                thread::sleep(SOON / 30);
            }
            _ => break,
        }
        assert!(begun.elapsed() < 200 * SOON, "the server waits on");
    }
    assert!(begun.elapsed() >= SOON, "too early");
    client.stream().set_nonblocking(false).unwrap();
    let answer = client.hears();
    assert_eq!((answer.status, answer.closes()), (408, true), "{begin:?}");
    client.falls_silent();
    client.hears_the_end();
}

#[test]
fn a_request_has_a_deadline_as_a_whole() {
    let served = hasty(|settings| settings.patience.request = SOON);
    let post = |line| format!("POST /echo HTTP/1.1\r\nHost: a\r\n{line}\r\n\r\n");
    is_too_slow(&served, "G", "");
    is_too_slow(&served, "GET /", "x");
    is_too_slow(&served, "GET / HTTP/1.1\r\n", "X: y\r\n");
    is_too_slow(&served, "", "\r\n");
    is_too_slow(&served, &post("Content-Length: 100000"), "x");
    is_too_slow(&served, &post("Transfer-Encoding: chunked"), "1\r\nx\r\n");
    is_too_slow(&served, &format!("{}0\r\n", post("Transfer-Encoding: chunked")), "X: y\r\n");
}

#[test]
fn each_request_has_its_own() {
    let served = hasty(|settings| settings.patience.request = SOON);
    let mut client = served.client();
    let begun = Instant::now();
    while begun.elapsed() < 2 * SOON {
        client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(client.hears().status, 200);
        // To be silent in between takes nothing away from the next one.
        thread::sleep(SOON / 3);
    }
    client.say("GET / HTTP/1.1\r\n");
    assert_eq!(client.hears().status, 408);
}

/// The deadline is over the request, not over what the server does with it.
#[test]
fn an_answer_may_take_longer_than_a_request() {
    let served = hasty(|settings| settings.patience.request = SOON);
    assert!(SLOW > SOON);
    let mut client = served.client();
    client.say("GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.hears().status, 200);
    assert_eq!(client.hears().status, 200);
}

#[test]
fn who_says_nothing_is_left_without_a_word() {
    let served = hasty(|settings| settings.patience.idle = SOON);
    let begun = Instant::now();
    let mut fresh = served.client();
    let mut used = served.client();
    used.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(used.hears().status, 200);
    fresh.hears_the_end();
    used.hears_the_end();
    assert!(begun.elapsed() >= SOON);
}

/// Else a client that asks and never listens would hold a coroutine and its answer for ever.
#[test]
fn who_does_not_read_is_left() {
    const LARGE: usize = 64 << 20;
    let mut served = hasty(|settings| {
        settings.patience.answer = SOON;
        settings.limits.body = LARGE;
    });
    let mut client = served.client();
    client.say(format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {LARGE}\r\n\r\n"));
    (0..LARGE >> 20).for_each(|_| client.say(vec![b'x'; 1 << 20]));
    // The answer does not fit into the buffers on the way. That it is given up shows when nobody else is left.
    served.quit();
    served.ends();
    let mut rest = Vec::new();
    let ended = client.stream().read_to_end(&mut rest);
    assert!(ended.is_err() || rest.len() < LARGE, "it was all sent: {}", rest.len());
}

/// Who does not close its side after an answer that closes is not waited for for ever.
#[test]
fn who_does_not_part_is_left() {
    let mut served = hasty(|settings| settings.patience.parting = SOON);
    let mut client = served.client();
    client.say("GET / HTTP/1.0\r\n\r\n");
    assert_eq!(client.hears().status, 200);
    client.hears_the_end();
    served.quit();
    served.ends();
    drop(client);
}
