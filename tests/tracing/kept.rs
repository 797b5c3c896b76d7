//! What a coroutine sees of its spans and of its neighbours'.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use gopark::coroutine::park;
use gopark::runtime::Builder;
use gopark::{go, time::sleep, yield_now};
use tracing::info_span;

use crate::sight::{install, spans};
use crate::{homed, migrating};

fn under_both(workers: usize, test: fn()) {
    install();
    let policies: [fn() -> Builder; 2] = [homed::builder, migrating::builder];
    for policy in policies {
        policy().workers(workers).build().unwrap().run(test);
    }
}

#[test]
fn a_neighbour_never_sees_a_span() {
    under_both(1, || {
        let inside = go(|| {
            let _outer = info_span!("outer").entered();
            let _inner = info_span!("inner").entered();
            for _ in 0..100 {
                yield_now();
                assert_eq!(spans(), ["outer", "inner"]);
            }
        });
        let outside = go(|| {
            for _ in 0..100 {
                yield_now();
                assert_eq!(spans(), [""; 0]);
            }
        });
        inside.join().unwrap();
        outside.join().unwrap();
    });
}

#[test]
fn each_of_many_sees_its_own_wherever_it_waits() {
    const NAMES: [&str; 4] = ["a", "b", "c", "d"];
    under_both(2, || {
        let each = |name: &'static str| {
            go(move || {
                let span = match name {
                    "a" => info_span!("a"),
                    "b" => info_span!("b"),
                    "c" => info_span!("c"),
                    _ => info_span!("d"),
                };
                for round in 0..50 {
                    let entered = span.enter();
                    match round % 4 {
                        0 => sleep(Duration::from_micros(50)),
                        1 => yield_now(),
                        2 => go(|| assert_eq!(spans(), [""; 0])).join().unwrap(),
                        _ => gopark::blocking(|| ()),
                    }
                    assert_eq!(spans(), [name]);
                    drop(entered);
                    yield_now();
                    assert_eq!(spans(), [""; 0]);
                }
            })
        };
        let all: Vec<_> = NAMES.into_iter().cycle().take(16).map(each).collect();
        all.into_iter().for_each(|one| one.join().unwrap());
    });
}

#[test]
fn a_span_entered_twice_is_left_twice() {
    under_both(1, || {
        let span = info_span!("again");
        let outer = span.enter();
        let inner = span.enter();
        yield_now();
        assert_eq!(spans(), ["again"]);
        drop(inner);
        yield_now();
        assert_eq!(spans(), ["again"]);
        drop(outer);
        assert_eq!(spans(), [""; 0]);
    });
}

#[test]
fn a_panic_leaves_its_spans_and_no_others() {
    under_both(1, || {
        let _outer = info_span!("outer").entered();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _inner = info_span!("inner").entered();
            yield_now();
            panic!("inside");
        }));
        assert!(panicked.is_err());
        assert_eq!(spans(), ["outer"]);
        let dies = go(|| {
            let _span = info_span!("of the dead").entered();
            yield_now();
            panic!("inside");
        });
        dies.join().unwrap_err();
        assert_eq!(spans(), ["outer"]);
    });
}

#[test]
fn one_that_waits_for_ever_keeps_its_span_to_itself() {
    install();
    let runtime = homed::builder().workers(1).build().unwrap();
    runtime.run(|| {
        drop(go(|| {
            let _span = info_span!("for ever").entered();
            park();
        }));
        yield_now();
        assert_eq!(spans(), [""; 0]);
    });
    runtime.shutdown(Duration::ZERO);
}
