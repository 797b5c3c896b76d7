//! The request reader of the example `http`: whatever bytes come, in whatever pieces, the same is read out of them, within
//! the limits.
//!
//! The first byte of an input says how many of the next ones are sizes of pieces; the others are what the client sends.
#![no_main]
#![allow(dead_code, reason = "the example uses more of its files")]

#[path = "../../examples/http/chunks.rs"]
mod chunks;
#[path = "../../examples/http/fields.rs"]
mod fields;
#[path = "../../examples/http/framing.rs"]
mod framing;
#[path = "../../examples/http/head.rs"]
mod head;
#[path = "../../examples/tests/http/pieces.rs"]
mod pieces;
#[path = "../../examples/http/reader.rs"]
mod reader;
#[path = "../../examples/http/settings.rs"]
mod settings;
#[path = "../../examples/http/status.rs"]
mod status;

use libfuzzer_sys::fuzz_target;

use pieces::read_all;
use settings::Limits;

const LIMITS: Limits = Limits { head: 300, fields: 6, body: 100 };

fuzz_target!(|input: &[u8]| {
    let Some((&count, rest)) = input.split_first() else { return };
    let (sizes, bytes) = rest.split_at(usize::from(count % 16).min(rest.len()));
    let sizes: Vec<usize> = sizes.iter().map(|&size| size.into()).collect();

    let (requests, end) = read_all(bytes, &[], LIMITS);
    assert_eq!((requests.clone(), end), read_all(bytes, &sizes, LIMITS));
    assert!(matches!(end.status(), None | Some(400 | 413 | 417 | 431 | 501 | 505)), "{end:?}");
    for request in requests {
        assert!(request.body.len() <= LIMITS.body);
        assert!(request.head.target.len() <= LIMITS.head);
        assert!(!request.head.path().is_empty());
        let _ = (request.head.keeps_alive(), request.head.waits_for_leave());
    }
});
