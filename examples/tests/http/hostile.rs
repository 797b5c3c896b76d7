//! Whatever is sent to the server, it answers or closes, and serves others as before.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::client::Client;
use crate::grammar::{mutated, sizes};
use crate::served::{Served, patient};
use crate::settings::Limits;

/// Sends it in pieces and falls silent; then each answer must be one, up to the end of the stream.
fn provoke(mut client: Client, bytes: &[u8], sizes: &[usize]) -> Result<(), TestCaseError> {
    let mut rest = bytes;
    for &size in sizes.iter().cycle() {
        let (now, later) = rest.split_at(size.min(rest.len()));
        if now.is_empty() || !client.try_to_say(now) {
            break;
        }
        rest = later;
    }
    client.falls_silent();
    // Which of them are answers to HEAD is not known here, so bodies are heard as they come.
    let heard = client.hears_all();
    let text = String::from_utf8_lossy(&heard);
    prop_assert!(text.is_empty() || text.starts_with("HTTP/1.1 "), "{}", text);
    Ok(())
}

fn survives(cases: u32, bytes: impl Strategy<Value = Vec<u8>>) {
    let mut settings = patient();
    settings.limits = Limits { head: 600, fields: 8, body: 200 };
    let served = Served::start(settings);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&(bytes, sizes()), |(bytes, sizes)| {
            provoke(served.client(), &bytes, &sizes)?;
            let mut other = served.client();
            other.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            prop_assert_eq!(other.hears().status, 200);
            Ok(())
        })
        .unwrap();
}

#[test]
fn survives_mutated_requests() {
    // They ask for /slow as good as never, and for other paths that are not there.
    survives(300, mutated());
}

#[test]
fn survives_noise() {
    survives(200, vec(any::<u8>(), 0..2000));
}
