//! Clients that do not read.

use std::time::Duration;

use gopark::chan::bounded;
use gopark::go;
use tungstenite::protocol::frame::coding::CloseCode;

use crate::client::Client;
use crate::config::Config;
use crate::house::{House, patient};

const LISTENERS: usize = 10;

/// The messages are long, so that not many are needed.
const BYTES: usize = 60_000;

/// More of them than this no pair of sockets holds.
const ENOUGH: usize = 1000;

const SHORT: Duration = Duration::from_millis(200);

fn talkative() -> Config {
    Config { message_bytes: BYTES, outbox: 50, ..patient() }
}

/// A client that will read late, if ever.
fn sleeper(house: &House) -> Client {
    Client::new(house.address, "sleeper", "garden")
}

fn numbered(number: usize) -> String {
    format!("speaker: {number} {}", "x".repeat(BYTES - 10))
}

/// Speaks until the room is smaller. Returns how many messages that took.
fn speak_until_somebody_is_gone(speaker: &mut Client, mut others_have_heard: impl FnMut()) -> usize {
    speaker.say("/who");
    let all = speaker.hear();
    for number in 0..ENOUGH {
        let message = numbered(number);
        speaker.ask(message.trim_start_matches("speaker: "), &message);
        others_have_heard();
        speaker.say("/who");
        if speaker.hear() != all {
            return number + 1;
        }
    }
    panic!("it takes more than {ENOUGH} messages");
}

#[test]
fn a_slow_client_is_dropped_and_the_others_lose_nothing() {
    let house = House::open(talkative());
    let address = house.address;
    gopark::run(|| {
        let mut sleeper = sleeper(&house);
        let (report, reports) = bounded(LISTENERS);
        let listeners: Vec<_> = (0..LISTENERS)
            .map(|number| {
                let mut client = Client::new(address, &format!("listener-{number}"), "garden");
                let report = report.clone();
                go(move || {
                    let mut heard = 0;
                    loop {
                        match client.hear() {
                            line if line == "speaker: the end" => return heard,
                            line => assert_eq!(line, numbered(heard)),
                        }
                        heard += 1;
                        report.send(()).unwrap();
                    }
                })
            })
            .collect();
        let mut speaker = Client::new(address, "speaker", "garden");
        // Nobody is ever behind by more than a message, except for one.
        let others_have_heard = || (0..LISTENERS).for_each(|_| reports.recv().unwrap());
        let said = speak_until_somebody_is_gone(&mut speaker, others_have_heard);
        speaker.say("the end");
        for listener in listeners {
            assert_eq!(listener.join().unwrap(), said);
        }
        let (heard, reason) = sleeper.hear_out();
        assert!(heard.iter().cloned().eq((0..heard.len()).map(numbered)), "a beginning without gaps");
        assert!((50..said).contains(&heard.len()), "{} of {said}", heard.len());
        assert_eq!(reason, Some((CloseCode::Policy, "you read too slowly".to_owned())));
    });
    house.close();
}

#[test]
fn a_client_that_never_reads_does_not_keep_its_coroutine() {
    // Its outbox has room for all. It is a write that takes too long.
    let house =
        House::open(Config { outbox: ENOUGH, write_within: SHORT, close_within: SHORT, ..talkative() });
    gopark::run(|| {
        let never_reads = sleeper(&house);
        let mut speaker = Client::new(house.address, "speaker", "garden");
        speak_until_somebody_is_gone(&mut speaker, || ());
        house.await_connections(1);
        drop(never_reads);
    });
    house.close();
}

#[test]
fn a_client_that_never_reads_does_not_keep_the_server() {
    let house = House::open(Config { close_within: SHORT, ..talkative() });
    gopark::run(|| {
        let never_reads = sleeper(&house);
        let mut speaker = Client::new(house.address, "speaker", "garden");
        speak_until_somebody_is_gone(&mut speaker, || ());
        assert_eq!(house.connections(), 2, "one is out of the room, and still writes");
        house.stop();
        house.await_connections(0);
        drop(never_reads);
    });
    house.close();
}

#[test]
fn what_was_said_before_the_end_is_heard_however_late() {
    const MESSAGES: usize = 100;
    let house = House::open(Config { outbox: ENOUGH, ..talkative() });
    gopark::run(|| {
        let mut late = sleeper(&house);
        let mut speaker = Client::new(house.address, "speaker", "garden");
        for message in (0..MESSAGES).map(numbered) {
            speaker.ask(message.trim_start_matches("speaker: "), &message);
        }
        // Its coroutine writes, and most is in its outbox.
        house.stop();
        let (heard, reason) = late.hear_out();
        assert!(heard.into_iter().eq((0..MESSAGES).map(numbered)));
        assert_eq!(reason, Some((CloseCode::Away, "the server stops".to_owned())));
    });
    house.close();
}
