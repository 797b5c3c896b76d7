//! Many clients at once.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use gopark::net::TcpStream;
use gopark::{Runtime, go};

use crate::routes::SLOW;
use crate::served::{Served, patient};

/// Sends requests one after the other, or all at once, and checks every byte that comes back.
fn talk(address: std::net::SocketAddr, number: usize) {
    const ROUNDS: usize = 20;
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let word = |round: usize| format!("{number}-{round};").repeat(1 + (number + round) % 50);
    let request = |round| {
        let word = word(round);
        format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{word}", word.len())
    };
    let answer = |round| {
        let word = word(round);
        let fields = "Connection: keep-alive\r\nContent-Type: application/octet-stream";
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{fields}\r\n\r\n{word}", word.len())
    };
    let hear = |expected: String| {
        let mut heard = vec![0; expected.len()];
        (&stream).read_exact(&mut heard).unwrap();
        assert_eq!(heard, expected.as_bytes());
    };
    if number.is_multiple_of(2) {
        for round in 0..ROUNDS {
            (&stream).write_all(request(round).as_bytes()).unwrap();
            hear(answer(round));
        }
    } else {
        let all: String = (0..ROUNDS).map(request).collect();
        (&stream).write_all(all.as_bytes()).unwrap();
        (0..ROUNDS).for_each(|round| hear(answer(round)));
    }
}

#[test]
fn each_hears_its_own() {
    let served = Served::start(patient());
    let address = served.address;
    Runtime::builder().workers(2).build().unwrap().run(|| {
        let clients: Vec<_> = (0..200).map(|number| go(move || talk(address, number))).collect();
        clients.into_iter().for_each(|client| client.join().unwrap());
    });
}

/// Those who wait do not wait for each other.
#[test]
fn what_is_slow_for_one_is_not_for_another() {
    const CLIENTS: u32 = 100;
    let served = Served::start(patient());
    let begun = Instant::now();
    let mut clients: Vec<_> = (0..CLIENTS).map(|_| served.client()).collect();
    clients.iter_mut().for_each(|client| client.say("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"));
    clients.iter_mut().for_each(|client| assert_eq!(client.hears().status, 200));
    let took = begun.elapsed();
    // One after the other it would be a hundred times as long, and all at once it is as long.
    assert!(took >= SLOW && took < 20 * SLOW && 20 * SLOW < CLIENTS * SLOW, "{took:?}");
    assert!(SLOW >= Duration::from_millis(100));
}
