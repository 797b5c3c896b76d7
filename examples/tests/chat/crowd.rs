//! Many at once.

use std::collections::HashMap;
use std::sync::Arc;

use gopark::sync::Barrier;
use gopark::{JoinHandle, go};

use crate::client::Client;
use crate::config::Config;
use crate::house::{House, patient};

const ROOMS: usize = 10;
const MEMBERS: usize = 20;
const MESSAGES: usize = 20;

/// Nobody is dropped: an outbox takes all that is ever said in a room.
fn roomy() -> Config {
    Config { outbox: 3 * MEMBERS * MESSAGES, ..patient() }
}

/// How many messages of each name were heard, which are numbered: in order, without a gap, and none twice.
#[derive(Default)]
struct Heard(HashMap<String, usize>);

impl Heard {
    #[track_caller]
    fn note(&mut self, line: &str) {
        let (name, number) = line.split_once(": ").expect(line);
        let next = self.0.entry(name.to_owned()).or_default();
        assert_eq!(number.parse(), Ok(*next), "of {name}");
        *next += 1;
    }
}

#[test]
fn everybody_hears_everything_once_and_in_order() {
    let house = House::open(roomy());
    let address = house.address;
    gopark::run(|| {
        let all_are_in = Arc::new(Barrier::new(ROOMS * MEMBERS));
        let talks = |number: usize| {
            let all_are_in = all_are_in.clone();
            let (name, room) = (format!("member-{number}"), format!("room-{}", number % ROOMS));
            move || {
                let mut client = Client::new(address, &name, &room);
                all_are_in.wait();
                (0..MESSAGES).for_each(|message| client.say(&message.to_string()));
                let mut heard = Heard::default();
                (0..MEMBERS * MESSAGES).for_each(|_| heard.note(&client.hear()));
                let others = (0..MEMBERS).map(|k| format!("member-{}", number % ROOMS + k * ROOMS));
                assert_eq!(heard.0, others.map(|name| (name, MESSAGES)).collect());
                assert!(client.leave().is_empty(), "nothing is left over");
            }
        };
        let clients: Vec<JoinHandle<()>> = (0..ROOMS * MEMBERS).map(|number| go(talks(number))).collect();
        clients.into_iter().for_each(|client| client.join().unwrap());
    });
    house.await_connections(0);
    house.close();
}

#[test]
fn who_wanders_is_heard_where_it_is() {
    const PLACES: [&str; 2] = ["garden", "cellar"];
    let house = House::open(roomy());
    let address = house.address;
    gopark::run(|| {
        let mut listeners = PLACES.map(|room| Client::new(address, &format!("listener-in-the-{room}"), room));
        let wanders = |number: usize| {
            move || {
                let name = format!("wanderer-{number}");
                let mut client = Client::new(address, &name, PLACES[0]);
                for message in 0..MESSAGES {
                    for (there, back) in [(PLACES[0], PLACES[1]), (PLACES[1], PLACES[0])] {
                        client.say(&message.to_string());
                        client.say(&format!("/join {back}"));
                        // What others say meanwhile is not looked at.
                        let (echo, moved) =
                            (format!("{name}: {message}"), format!("* you are in the {back}"));
                        let mut expected = vec![echo, moved];
                        while !expected.is_empty() {
                            let line = client.hear();
                            expected.retain(|wanted| *wanted != line);
                        }
                        assert_ne!(there, back);
                    }
                }
                client.leave();
            }
        };
        let wanderers: Vec<JoinHandle<()>> = (0..MEMBERS).map(|number| go(wanders(number))).collect();
        for listener in &mut listeners {
            let mut heard = Heard::default();
            (0..MEMBERS * MESSAGES).for_each(|_| heard.note(&listener.hear()));
            assert!(heard.0.len() == MEMBERS && heard.0.values().all(|&count| count == MESSAGES));
        }
        wanderers.into_iter().for_each(|wanderer| wanderer.join().unwrap());
        for listener in listeners {
            assert!(listener.leave().is_empty());
        }
    });
    house.close();
}
