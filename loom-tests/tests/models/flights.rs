//! The ring of last events: what a reader keeps is what the owner has written, whole and in order.

use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;

use super::flight_ring::FlightRing;

/// Event `number`: no word of it is like that of another event, or like what was there before.
fn event(number: u64) -> [u64; 4] {
    [number + 1; 4]
}

/// Copies what is behind `from`, and checks it. Returns where it went on to.
fn copy(ring: &FlightRing, from: u64) -> u64 {
    let mut events = Vec::new();
    let copied = ring.copy_from(from, &mut events);
    let first = from + copied.lost;
    assert_eq!(first + events.len() as u64, copied.next, "an event is neither there nor lost");
    for (number, words) in (first..).zip(events) {
        assert_eq!(words, event(number), "a word of another event");
    }
    copied.next
}

/// The owner goes round while it is copied.
pub(crate) fn overtaken() {
    explore_within(3, || {
        let ring = Rc::new(FlightRing::new(2));
        ring.record(event(0));
        ring.record(event(1));
        let crew = Crew::new();
        let owner = ring.clone();
        crew.member(move || owner.record(event(2)));
        let reader = ring.clone();
        crew.member(move || {
            copy(&reader, 0);
        });
        crew.join();
        assert_eq!(copy(&ring, 0), 3);
    });
}

/// The same by two events: the reader may not have seen the first of them when it meets with the second.
pub(crate) fn overtaken_twice() {
    explore_within(2, || {
        let ring = Rc::new(FlightRing::new(2));
        ring.record(event(0));
        ring.record(event(1));
        let crew = Crew::new();
        let owner = ring.clone();
        crew.member(move || (2..4).for_each(|number| owner.record(event(number))));
        let reader = ring.clone();
        crew.member(move || {
            copy(&reader, 1);
        });
        crew.join();
    });
}

/// Somebody copies again and again from the very first event on.
pub(crate) fn followed() {
    explore_within(3, || {
        let ring = Rc::new(FlightRing::new(4));
        let crew = Crew::new();
        let owner = ring.clone();
        crew.member(move || (0..2).for_each(|number| owner.record(event(number))));
        let reader = ring.clone();
        crew.member(move || {
            let next = copy(&reader, 0);
            copy(&reader, next);
        });
        crew.join();
        assert_eq!((copy(&ring, 0), ring.head()), (2, 2));
    });
}
