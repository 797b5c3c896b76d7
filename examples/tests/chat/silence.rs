//! Clients that say nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use gopark::go;
use tungstenite::Message;

use crate::client::{Client, raw, read_to_end};
use crate::config::Config;
use crate::house::{House, patient};

const PING_AFTER: Duration = Duration::from_millis(100);
const DEAD_AFTER: Duration = Duration::from_millis(2000);

fn attentive() -> Config {
    Config { ping_after: PING_AFTER, dead_after: DEAD_AFTER, close_within: PING_AFTER, ..patient() }
}

#[test]
fn who_answers_pings_stays_and_who_does_not_is_given_up() {
    let house = House::open(attentive());
    let address = house.address;
    let gone = Arc::new(AtomicBool::new(false));
    let other_is_gone = gone.clone();
    gopark::run(|| {
        let answers = go(move || {
            let (begun, mut client) = (Instant::now(), Client::guest(address));
            let mut pings = 0;
            while begun.elapsed() < DEAD_AFTER * 3 / 2 || !other_is_gone.load(Relaxed) {
                assert!(matches!(client.receive().unwrap(), Message::Ping(_)));
                pings += 1;
            }
            client.say("still here");
            assert!(client.hear().ends_with(": still here"));
            pings
        });
        house.await_connections(1);
        let (begun, dead) = (Instant::now(), raw(house.address));
        let heard = read_to_end(&dead);
        assert!(begun.elapsed() >= DEAD_AFTER, "{:?}", begun.elapsed());
        let pings = heard.chunks_exact(2).take_while(|frame| **frame == [0x89, 0]).count();
        assert!(pings > 0 && pings as u32 <= DEAD_AFTER.div_duration_f32(PING_AFTER) as u32, "{pings} pings");
        assert_eq!(heard[2 * pings..], *b"\x88\x1a\x03\xf0you gave no sign of life");
        house.await_connections(1);
        gone.store(true, Relaxed);
        assert!(answers.join().unwrap() > 1);
    });
    house.close();
}

#[test]
fn who_vanishes_is_not_waited_for() {
    let house = House::open(patient());
    gopark::run(|| {
        let stays = Client::guest(house.address);
        (0..20).for_each(|_| drop(raw(house.address)));
        house.await_connections(1);
        drop(stays);
    });
    house.close();
}
