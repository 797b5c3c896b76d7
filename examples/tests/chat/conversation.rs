//! A few clients: what they say and get, byte by byte where that matters.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use gopark::net::TcpStream;
use tungstenite::{Bytes, Message};

use crate::client::{Client, frame, raw};
use crate::config::Config;
use crate::house::{House, patient};

#[test]
fn commands() {
    let house = House::open(patient());
    gopark::run(|| {
        let mut ann = Client::new(house.address, "ann", "garden");
        let mut bob = Client::guest(house.address);
        bob.ask("/nick ann", "* somebody else is ann");
        bob.ask("/nick bob", "* you are bob");
        bob.ask("/who", "* 1 in the lobby: bob");
        bob.ask("/join garden", "* you are in the garden");
        bob.ask("/who", "* 2 in the garden: ann, bob");
        bob.ask("/nick robert", "* you are robert");
        bob.ask("hello", "robert: hello");
        bob.ask("  a\nann: b\t", "robert: a ann: b");
        assert_eq!(ann.hear(), "robert: hello");
        assert_eq!(ann.hear(), "robert: a ann: b");
        bob.say("  ");
        bob.ask("/leave", "* you are in the lobby");
        bob.ask("still here", "robert: still here");
        bob.ask("/dance", "* there are /join room, /leave, /nick name and /who");
        ann.ask("/who", "* 1 in the garden: ann");
        assert!(ann.leave().is_empty());
        bob.ask("/nick ann", "* you are ann");
    });
    house.close();
}

#[test]
fn half_a_message_keeps_nobody_waiting() {
    let house = House::open(patient());
    gopark::run(|| {
        let mut halting = raw(house.address);
        let mut ann = Client::guest(house.address);
        let message = frame(0x81, b"at last");
        for (number, byte) in message.iter().enumerate() {
            halting.write_all(&[*byte]).unwrap();
            // The half that has arrived does not stop what is said to it.
            if number + 1 < message.len() {
                ann.ask("well?", "guest-2: well?");
                expect(&halting, "guest-2: well?");
            }
        }
        assert_eq!(ann.hear(), "guest-1: at last");
        expect(&halting, "guest-1: at last");
    });
    house.close();
}

#[test]
fn many_messages_in_one_segment_all_arrive() {
    // Only two of them fit into the outbox: it is looked at after each.
    let house = House::open(Config { outbox: 2, ..patient() });
    gopark::run(|| {
        let mut hasty = raw(house.address);
        let many: Vec<u8> =
            (0..2000).flat_map(|number| frame(0x81, format!("{number:04}").as_bytes())).collect();
        let writes = hasty.try_clone().unwrap();
        let writer = gopark::go(move || (&writes).write_all(&many).unwrap());
        for number in 0..2000 {
            expect(&hasty, &format!("guest-1: {number:04}"));
        }
        writer.join().unwrap();
        hasty.write_all(&frame(0x88, &[])).unwrap();
    });
    house.close();
}

#[test]
fn a_ping_is_answered_at_once() {
    let house = House::open(patient());
    gopark::run(|| {
        let mut client = Client::guest(house.address);
        client.ping(b"are you there?");
        assert_eq!(client.receive().unwrap(), Message::Pong(Bytes::from_static(b"are you there?")));
    });
    house.close();
}

#[test]
fn who_talks_too_much_is_read_more_slowly() {
    let house = House::open(Config { burst: 5, pace: Duration::from_millis(10), ..patient() });
    gopark::run(|| {
        let mut client = Client::guest(house.address);
        let begun = Instant::now();
        (0..25).for_each(|number| client.say(&number.to_string()));
        for number in 0..25 {
            assert_eq!(client.hear(), format!("guest-1: {number}"));
        }
        assert!(begun.elapsed() >= Duration::from_millis(200), "{:?}", begun.elapsed());
    });
    house.close();
}

/// The next bytes are a frame with this text.
#[track_caller]
fn expect(mut stream: &TcpStream, text: &str) {
    let mut heard = vec![0; 2 + text.len()];
    stream.read_exact(&mut heard).unwrap();
    assert_eq!(heard[..2], [0x81, text.len() as u8]);
    assert_eq!(heard[2..].escape_ascii().to_string(), text);
}
