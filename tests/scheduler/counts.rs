//! `metrics`: what is counted adds up.

use crate::eventually::eventually;
use crate::lives::HOMED;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{current, park};
use gopark::runtime::Runtime;
use gopark::time::sleep;
use gopark::{MachineMetrics, Metrics, go, yield_now};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The sum of one count over the workers.
fn total<N: std::iter::Sum>(metrics: &Metrics, count: impl Fn(&MachineMetrics) -> N) -> N {
    metrics.machines.iter().map(count).sum()
}

/// The counts once `live` coroutines are left and all of them have started. A joiner may go on before its child's
/// end is counted, and a coroutine has a home before its start is.
fn at_quiet(runtime: &Runtime, live: u64) -> Metrics {
    let mut quiet = None;
    eventually("the counts come to rest", || {
        let metrics = runtime.metrics();
        let homed = total(&metrics, |machine| machine.homed) as u64;
        let started = total(&metrics, |machine| machine.started);
        let is_quiet = (metrics.live, started) == (live, metrics.spawned) && (!HOMED || homed == live);
        quiet = is_quiet.then_some(metrics);
        is_quiet
    });
    quiet.expect("just seen")
}

#[test]
fn a_new_runtime_has_done_nothing() {
    bounded(|| {
        let metrics = runtime(2).metrics();
        assert_eq!(metrics.machines.len(), 2);
        assert_eq!((metrics.spawned, metrics.finished, metrics.live, metrics.discarded), (0, 0, 0, 0));
        assert_eq!(total(&metrics, |machine| machine.started), 0);
    });
}

#[test]
fn spawned_is_finished_and_live() {
    bounded(|| {
        let runtime = runtime(2);
        let over = Arc::new(AtomicBool::new(false));
        let ends = over.clone();
        let parked = runtime.run(move || {
            let children: Vec<_> = (0..300).map(|i| go(move || assert!(i % 10 != 0, "on purpose"))).collect();
            let failed = children.into_iter().filter_map(|child| child.join().err()).count();
            assert_eq!(failed, 30);
            let parked: Vec<_> = (0..40)
                .map(|_| {
                    let ends = ends.clone();
                    go(move || {
                        while !ends.load(Ordering::SeqCst) {
                            park();
                        }
                    })
                })
                .collect();
            while total(&gopark::metrics(), |machine| machine.started) < 341 {
                yield_now();
            }
            parked
        });
        let metrics = at_quiet(&runtime, 40);
        assert_eq!((metrics.spawned, metrics.finished, metrics.panicked), (341, 301, 30), "{metrics:?}");
        assert_eq!((metrics.discarded, metrics.queued_global), (0, 0));
        assert!(metrics.stacks_claimed >= 40 && metrics.stacks_opened >= 40);

        over.store(true, Ordering::SeqCst);
        for handle in parked {
            handle.coroutine().unpark();
            handle.join().expect("no panic");
        }
        let metrics = at_quiet(&runtime, 0);
        assert_eq!((metrics.spawned, metrics.finished), (341, 341));
    });
}

#[test]
fn parks_yields_and_wakes_are_counted() {
    bounded(|| {
        let runtime = runtime(1);
        runtime.run(|| {
            let before = gopark::metrics();
            let partner = go(|| (0..100).for_each(|_| park()));
            for _ in 0..100 {
                yield_now();
                partner.coroutine().unpark();
            }
            partner.join().expect("no panic");
            for _ in 0..10 {
                sleep(Duration::from_micros(100));
            }
            current().expect("inside").unpark();
            park();
            let after = gopark::metrics();
            let grown = |count: fn(&MachineMetrics) -> u64| total(&after, count) - total(&before, count);
            assert_eq!(grown(|machine| machine.yields), 100);
            // Ten sleeps, a join at most, and the partner's parks, of which some may have found their token.
            let parks = grown(|machine| machine.parks);
            assert!((11..=120).contains(&parks), "{parks} parks");
            let wakes = grown(|machine| machine.wakes_local);
            assert!((1..=112).contains(&wakes), "{wakes} wakes");
            assert_eq!(grown(|machine| machine.wakes_inbox), 0, "there is one worker");
            assert_eq!(grown(|machine| machine.timers_fired), 10);
            assert_eq!(grown(|machine| machine.started), 1);
            assert!(grown(|machine| machine.ticks) >= 100);
        });
    });
}

#[test]
fn spawns_and_wakes_from_outside_are_counted() {
    bounded(|| {
        let runtime = runtime(2);
        for _ in 0..50 {
            let handle = runtime.spawn(park);
            handle.coroutine().unpark();
            handle.join().expect("no panic");
        }
        let metrics = at_quiet(&runtime, 0);
        assert_eq!(metrics.spawned, 50);
        assert!(metrics.spawned_outside >= 50, "{metrics:?}");
    });
}

#[test]
fn sockets_and_sleep_are_counted() {
    bounded(|| {
        let runtime = runtime(2);
        runtime.run(|| {
            use std::io::{Read, Write};
            let listener = gopark::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
            let address = listener.local_addr().expect("bound");
            let client = go(move || {
                let mut conn = gopark::net::TcpStream::connect(address).expect("a connection");
                sleep(Duration::from_millis(2));
                conn.write_all(b"x").expect("a reader");
            });
            let (mut conn, _) = listener.accept().expect("a connection");
            conn.read_exact(&mut [0]).expect("a byte");
            client.join().expect("no panic");
        });
        let metrics = at_quiet(&runtime, 0);
        assert!(total(&metrics, |machine| machine.polls) > 0);
        assert!(total(&metrics, |machine| machine.events) > 0);
        assert!(total(&metrics, |machine| machine.sleeps) > 0);
        assert!(total(&metrics, |machine| machine.timers_fired) > 0);
    });
}

#[test]
fn metrics_compare_and_clone() {
    bounded(|| {
        let metrics = runtime(2).metrics();
        assert_eq!(metrics.clone(), metrics);
        assert_eq!(Metrics::default().machines.len(), 0);
    });
}
