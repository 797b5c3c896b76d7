//! Whatever comes, and in whatever pieces: the same is read out of it, within the limits.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::grammar::{Spoken, mutated, request, sizes};
use crate::pieces::{End, read_all};
use crate::settings::Limits;

const LIMITS: Limits = Limits { head: 200, fields: 6, body: 150 };
const WIDE: Limits = Limits { head: 2000, fields: 20, body: 1000 };

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn what_was_spoken_is_understood(spoken in vec(request(), 1..5), sizes in sizes()) {
        let bytes: Vec<u8> = spoken.iter().flat_map(|request| request.bytes.clone()).collect();
        let (requests, end) = read_all(&bytes, &sizes, WIDE);
        prop_assert_eq!(end, End::Clean);
        prop_assert_eq!(requests.len(), spoken.len());
        for (request, Spoken { method, target, body, .. }) in requests.into_iter().zip(spoken) {
            prop_assert_eq!(request.head.method, method);
            prop_assert_eq!(request.head.target, target);
            prop_assert_eq!(request.body, body);
        }
    }

}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn pieces_make_no_difference(bytes in mutated(), sizes in sizes()) {
        let (requests, end) = read_all(&bytes, &[], LIMITS);
        prop_assert_eq!(&(requests.clone(), end), &read_all(&bytes, &sizes, LIMITS));
        for request in requests {
            prop_assert!(request.body.len() <= LIMITS.body);
            prop_assert!(request.head.target.len() <= LIMITS.head);
        }
        prop_assert!(matches!(end.status(), None | Some(400 | 413 | 417 | 431 | 501 | 505)), "{:?}", end);
    }

    #[test]
    fn noise_is_refused(bytes in vec(any::<u8>(), 0..400), sizes in sizes()) {
        let (requests, end) = read_all(&bytes, &[], LIMITS);
        prop_assert_eq!(&(requests.clone(), end), &read_all(&bytes, &sizes, LIMITS));
        prop_assert_eq!(requests.len(), 0);
    }

    /// Noise behind the end of a request does not change that request.
    #[test]
    fn what_comes_behind_belongs_to_the_next(spoken in request(), noise in vec(any::<u8>(), 0..100)) {
        let bytes = [&spoken.bytes[..], &noise].concat();
        let (requests, _) = read_all(&bytes, &[], WIDE);
        prop_assert_eq!(&requests[0].body, &spoken.body);
        prop_assert_eq!(&requests[0].head.target, &spoken.target);
    }
}
