//! Handshakes and frames with mistakes, made at random.

use std::io::{Read, Write};
use std::net::Shutdown;

use instruments::Memory;
use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof};
use proptest::sample::Index;
use proptest::test_runner::TestRunner;

use crate::child::in_child;
use crate::client::{Client, REQUEST, connect, frame, read_to_end};
use crate::house::{House, patient};

const CASES: u32 = 300;

#[derive(Clone, Debug)]
enum Mistake {
    Replace(Index, u8),
    Insert(Index, Vec<u8>),
    Leave(Index, u8),
    End(Index),
    Repeat(Index, u8),
}

impl Mistake {
    fn make(self, bytes: &mut Vec<u8>) {
        let place = |index: Index| index.index(bytes.len().max(1)).min(bytes.len());
        let range = |begin: usize, count: u8| begin..(begin + usize::from(count)).min(bytes.len());
        match self {
            Mistake::Replace(index, byte) => {
                let place = place(index);
                bytes.get_mut(place).into_iter().for_each(|old| *old = byte);
            }
            Mistake::Insert(index, more) => {
                let place = place(index);
                bytes.splice(place..place, more);
            }
            Mistake::Leave(index, count) => {
                bytes.drain(range(place(index), count));
            }
            Mistake::End(index) => bytes.truncate(place(index)),
            Mistake::Repeat(index, count) => bytes.extend_from_within(range(place(index), count)),
        }
    }
}

fn mistakes() -> impl Strategy<Value = Vec<Mistake>> {
    let mistake = prop_oneof![
        4 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mistake::Replace(at, byte)),
        2 => (any::<Index>(), vec(any::<u8>(), 1..20)).prop_map(|(at, bytes)| Mistake::Insert(at, bytes)),
        1 => (any::<Index>(), any::<u8>()).prop_map(|(at, count)| Mistake::Leave(at, count)),
        1 => any::<Index>().prop_map(Mistake::End),
        1 => (any::<Index>(), any::<u8>()).prop_map(|(at, count)| Mistake::Repeat(at, count)),
    ];
    vec(mistake, 0..4)
}

fn frames() -> impl Strategy<Value = Vec<u8>> {
    let opcode =
        prop_oneof![Just(0x81), Just(0x01), Just(0x80), Just(0x88), Just(0x89), Just(0x8a), any::<u8>()];
    let payload = prop_oneof![
        "/?(nick|join|who|leave)? ?[a-z]{0,9}".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..200),
        (0_usize..5000).prop_map(|length| vec![b'x'; length]),
    ];
    vec((opcode, payload).prop_map(|(opcode, payload)| frame(opcode, &payload)), 0..6)
        .prop_map(|frames| frames.concat())
}

/// Says it, and hangs up on its side. The server has to, on its own.
fn survives(house: &House, handshake: &[u8], rest: &[u8]) {
    let stream = connect(house.address);
    // The server may have had enough before the end.
    let _ = (&stream).write_all(handshake);
    if handshake == REQUEST.as_bytes() {
        let mut status = [0; 12];
        (&stream).read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 101");
    }
    let _ = (&stream).write_all(rest);
    let _ = stream.shutdown(Shutdown::Write);
    read_to_end(&stream);
}

fn with(mistakes: Vec<Mistake>, mut bytes: Vec<u8>) -> Vec<u8> {
    mistakes.into_iter().for_each(|mistake| mistake.make(&mut bytes));
    bytes
}

fn check(inputs: &impl Strategy<Value = (Vec<u8>, Vec<u8>)>) {
    let house = House::open(patient());
    survives(&house, REQUEST.as_bytes(), b"");
    let before = Memory::now().unwrap();
    let config = ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(inputs, |(handshake, rest)| {
        survives(&house, &handshake, &rest);
        Ok(())
    });
    outcome.unwrap();
    house.await_connections(0);
    let added = Memory::now().unwrap().since(before).resident;
    assert!(added < 32 << 20, "{added} bytes more than before");
    Client::guest(house.address).ask("/join garden", "* you are in the garden");
    house.close();
}

#[test]
fn handshakes() {
    in_child(handshakes, &[], || {
        let request = mistakes().prop_map(|mistakes| with(mistakes, REQUEST.as_bytes().to_vec()));
        check(&(request, Just(frame(0x81, b"hello"))));
    })
    .succeeded();
}

#[test]
fn messages() {
    in_child(messages, &[], || {
        let rest = (frames(), mistakes()).prop_map(|(frames, mistakes)| with(mistakes, frames));
        check(&(Just(REQUEST.as_bytes().to_vec()), rest));
    })
    .succeeded();
}

#[test]
fn noise() {
    in_child(noise, &[], || check(&(vec(any::<u8>(), 0..2000), vec(any::<u8>(), 0..2000)))).succeeded();
}
