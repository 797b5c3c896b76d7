//! Frames that a client must not send.

use std::io::{Read, Write};

use crate::client::{Client, frame, raw, read_to_end};
use crate::house::{House, patient};

/// What the server says to a client that sends these bytes, and does not hang up.
#[track_caller]
fn is_told(bytes: &[u8], code: u16, reason: &str) {
    let house = House::open(patient());
    gopark::run(|| {
        let mut stream = raw(house.address);
        stream.write_all(bytes).unwrap();
        let mut expected = vec![0x88, reason.len() as u8 + 2];
        expected.extend(code.to_be_bytes());
        expected.extend(reason.as_bytes());
        let mut heard = vec![0; expected.len()];
        stream.read_exact(&mut heard).unwrap();
        assert_eq!(heard.escape_ascii().to_string(), expected.escape_ascii().to_string());
        assert!(read_to_end(&stream).is_empty());
    });
    house.close();
}

#[test]
fn long_messages() {
    const WHY: &str = "the message is too long";
    is_told(&frame(0x81, &[b'x'; 4097]), 1009, WHY);
    // The length is enough; nobody waits for the rest, or makes room for it.
    is_told(&[0x81, 0xff, 0, 0, 0, 0, 0, 0, 0x10, 0x01, 1, 2, 3, 4], 1009, WHY);
    is_told(&[0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4], 1009, WHY);
    let mut fragments = frame(0x01, b"begin");
    (0..10).for_each(|_| fragments.extend(frame(0x00, &[b'x'; 500])));
    is_told(&fragments, 1009, WHY);
}

#[test]
fn who_does_not_stop_talking_is_told_all_the_same() {
    let house = House::open(patient());
    gopark::run(|| {
        let mut stream = raw(house.address);
        let writes = stream.try_clone().unwrap();
        let talk = frame(0x81, &vec![b'x'; 1 << 20]);
        let talker = gopark::go(move || (&writes).write_all(&talk).is_ok());
        let mut heard = Vec::new();
        // No reset, which might have come before it.
        stream.read_to_end(&mut heard).unwrap();
        assert!(heard.ends_with(b"the message is too long"));
        assert!(talker.join().unwrap());
    });
    house.close();
}

#[test]
fn what_is_no_text() {
    is_told(&frame(0x82, b"binary"), 1003, "only text is understood");
    is_told(&frame(0x81, b"\xff\xfe"), 1007, "this is no UTF-8");
    is_told(&frame(0x81, b"Zo\xc3"), 1007, "this is no UTF-8");
}

#[test]
fn what_is_no_frame() {
    const WHY: &str = "this is no WebSocket frame";
    is_told(b"\x81\x05hello", 1002, WHY); // without a mask
    is_told(&frame(0x83, b""), 1002, WHY); // reserved
    is_told(&frame(0xf1, b"hello"), 1002, WHY); // extensions that were not agreed on
    is_told(&frame(0x80, b"hello"), 1002, WHY); // goes on where nothing was begun
    is_told(&frame(0x09, b""), 1002, WHY); // half a ping
    is_told(&frame(0x89, &[0; 126]), 1002, WHY); // a long one
    is_told(b"GET / HTTP/1.1\r\n\r\n", 1002, WHY);
}

#[test]
fn the_longest_message_is_heard_by_all() {
    let house = House::open(patient());
    gopark::run(|| {
        let mut client = Client::guest(house.address);
        let mut other = Client::guest(house.address);
        let text = "x".repeat(4096);
        client.ask(&text, &format!("guest-1: {text}"));
        assert_eq!(other.hear(), format!("guest-1: {text}"));
    });
    house.close();
}
