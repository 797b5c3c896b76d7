//! How the server ends, and what is left of it.

use std::fs;
use std::io::Write;
use std::time::Duration;

use gopark::go;
use gopark::net::TcpListener;
use gopark::sync::WaitGroup;
use rustix::process::{Signal, getpid, kill_process};
use tungstenite::protocol::frame::coding::CloseCode;

use crate::child::in_child;
use crate::client::{Client, REQUEST, connect, raw, read_to_end};
use crate::config::Config;
use crate::house::{House, patient};
use crate::server;

fn told() -> Option<(CloseCode, String)> {
    Some((CloseCode::Away, "the server stops".to_owned()))
}

#[test]
fn everybody_is_told() {
    let house = House::open(patient());
    let address = house.address;
    gopark::run(|| {
        let mut speaker = Client::new(address, "speaker", "garden");
        let members: Vec<_> = (0..50)
            .map(|number| {
                let mut client = Client::new(address, &format!("member-{number}"), "garden");
                go(move || client.hear_out())
            })
            .collect();
        let mut in_the_handshake = connect(address);
        in_the_handshake.write_all(&REQUEST.as_bytes()[..50]).unwrap();
        house.await_connections(52);
        speaker.ask("the last word", "speaker: the last word");
        house.stop();
        for member in members {
            // What was said before is heard before.
            assert_eq!(member.join().unwrap(), (vec!["speaker: the last word".to_owned()], told()));
        }
        assert_eq!(speaker.hear_out(), (vec![], told()));
        read_to_end(&in_the_handshake);
    });
    house.close();
}

#[test]
fn a_client_that_does_not_care_does_not_stop_the_end() {
    let house = House::open(Config { close_within: Duration::from_millis(100), ..patient() });
    gopark::run(|| {
        // They have the word, and do not hang up.
        let deaf: Vec<_> = (0..10).map(|_| raw(house.address)).collect();
        house.stop();
        house.await_connections(0);
        deaf.iter().for_each(|stream| assert!(read_to_end(stream).ends_with(b"the server stops")));
    });
    house.close();
}

/// A whole life of a server.
fn live_and_die() {
    let house = House::open(patient());
    let address = house.address;
    gopark::run(|| {
        let all_but_some_have_left = WaitGroup::new();
        let clients: Vec<_> = (0..100)
            .map(|number| {
                let share = all_but_some_have_left.clone();
                go(move || {
                    let (name, room) = (format!("client-{number}"), format!("room-{}", number % 7));
                    let mut client = Client::new(address, &name, &room);
                    client.say("hello");
                    match number % 4 {
                        0 => drop(client.leave()),
                        1 => drop(client),
                        2 => drop(connect(address)),
                        _ => {
                            drop(share);
                            assert_eq!(client.hear_out().1, told());
                        }
                    }
                })
            })
            .collect();
        all_but_some_have_left.wait();
        house.await_connections(25);
        house.stop();
        clients.into_iter().for_each(|client| client.join().unwrap());
    });
    house.close();
}

#[test]
fn nothing_is_left_over() {
    in_child(nothing_is_left_over, &[], || {
        live_and_die();
        live_and_die();
        // The runtime keeps descriptors of its own for the next one.
        let open = fs::read_dir("/proc/self/fd").unwrap().flatten();
        let leads_to = open.filter_map(|descriptor| fs::read_link(descriptor.path()).ok());
        let sockets = leads_to.filter(|target| target.to_string_lossy().starts_with("socket:"));
        assert_eq!(sockets.count(), 0);
    })
    .succeeded();
}

#[test]
fn a_signal_ends_it() {
    in_child(a_signal_ends_it, &[], || {
        for signal in [Signal::TERM, Signal::INT] {
            gopark::run(|| {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                let address = listener.local_addr().unwrap();
                let serving = go(move || server::run_until_signal(&listener, &patient()));
                let mut client = Client::guest(address);
                kill_process(getpid(), signal).unwrap();
                assert_eq!(client.hear_out(), (vec![], told()));
                drop(client);
                serving.join().unwrap();
            });
        }
    })
    .succeeded();
}
