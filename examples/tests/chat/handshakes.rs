//! Handshakes that come to nothing.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use crate::client::{Client, REQUEST, connect, raw, read_to_end};
use crate::config::Config;
use crate::house::{House, patient};

#[test]
fn what_is_no_handshake_is_refused() {
    let house = House::open(patient());
    gopark::run(|| {
        let requests = [
            REQUEST.replace("GET", "POST"),
            REQUEST.replace("HTTP/1.1", "HTTP/1.0"),
            REQUEST.replace("Version: 13", "Version: 12"),
            REQUEST.replace("Upgrade: websocket\r\n", ""),
            REQUEST.replace("dGhlIHNhbXBsZSBub25jZQ==", "short"),
            format!("{REQUEST}and more"),
            "EHLO chat\r\n\r\n".to_owned(),
            "\x16\x03\x01\x02".to_owned(),
        ];
        for request in requests {
            let mut stream = connect(house.address);
            stream.write_all(request.as_bytes()).unwrap();
            let answer = read_to_end(&stream);
            assert!(answer.starts_with(b"HTTP/1.1 400 "), "{request:?}: {}", answer.escape_ascii());
        }
        drop(raw(house.address));
    });
    house.close();
}

#[test]
fn a_handshake_has_limited_time() {
    let within = Duration::from_secs(1);
    let house = House::open(Config { handshake_within: within, close_within: within, ..patient() });
    gopark::run(|| {
        let mut granted = Client::guest(house.address);
        let begun = Instant::now();
        let mut half = connect(house.address);
        half.write_all(&REQUEST.as_bytes()[..50]).unwrap();
        let (silent, dripping) = (connect(house.address), connect(house.address));
        let drips = dripping.try_clone().unwrap();
        let dripper = gopark::go(move || {
            // A byte now and then does not prolong it.
            for byte in REQUEST.as_bytes().iter().cycle() {
                if (&drips).write_all(&[*byte]).is_err() {
                    return;
                }
                gopark::time::sleep(Duration::from_millis(5));
            }
        });
        for stream in [&half, &silent, &dripping] {
            read_to_end(stream);
            assert!(begun.elapsed() >= within);
        }
        drop(dripping);
        dripper.join().unwrap();
        granted.ask("still here", "guest-1: still here");
    });
    house.close();
}

#[test]
fn a_handshake_has_limited_size() {
    let house = House::open(patient());
    gopark::run(|| {
        let stream = connect(house.address);
        let writes = stream.try_clone().unwrap();
        let writer = gopark::go(move || {
            let header = format!("X-More: {}\r\n", "x".repeat(100));
            let begin = REQUEST.trim_end_matches("\r\n").as_bytes();
            let mut sent = (&writes).write_all(begin).is_ok().then_some(begin.len());
            while let Some(bytes) = sent.filter(|&bytes| bytes < 100 << 10) {
                sent = (&writes).write_all(header.as_bytes()).is_ok().then_some(bytes + header.len());
            }
        });
        let answer = read_to_end(&stream);
        assert!(answer.starts_with(b"HTTP/1.1 400 "), "{}", answer.escape_ascii());
        drop(stream);
        writer.join().unwrap();
        let answer_to = |bytes: usize| {
            let padding = "x".repeat(bytes - REQUEST.len() - "X-More: \r\n".len());
            let request = REQUEST.replace("\r\n\r\n", &format!("\r\nX-More: {padding}\r\n\r\n"));
            assert_eq!(request.len(), bytes);
            let mut stream = connect(house.address);
            stream.write_all(request.as_bytes()).unwrap();
            let mut status = [0; 12];
            stream.read_exact(&mut status).unwrap();
            String::from_utf8(status.to_vec()).unwrap()
        };
        assert_eq!(answer_to(8 << 10), "HTTP/1.1 101");
        assert_eq!(answer_to((8 << 10) + 1), "HTTP/1.1 400");
    });
    house.close();
}
