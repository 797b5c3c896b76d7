//! How many coroutines do what.

use crate::eventually::eventually;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::park;
use gopark::net::{TcpListener, TcpStream, on_readable};
use gopark::runtime::Runtime;
use gopark::{JoinHandle, Metrics, chan, go, yield_now};
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Fresh, ready, running, waiting.
fn states(metrics: &Metrics) -> [u64; 4] {
    assert_eq!(metrics.abandoned, 0);
    [metrics.fresh, metrics.ready, metrics.running, metrics.waiting]
}

#[track_caller]
fn comes_to(runtime: &Runtime, expected: [u64; 4]) {
    let mut seen = [0; 4];
    eventually("coroutines are in these states", || {
        seen = states(&runtime.metrics());
        seen == expected
    });
}

/// Coroutines that park until it is over.
fn parked(count: usize, over: &Arc<AtomicBool>) -> Vec<JoinHandle<()>> {
    let park_until = |over: Arc<AtomicBool>| {
        move || {
            while !over.load(Ordering::SeqCst) {
                park();
            }
        }
    };
    (0..count).map(|_| go(park_until(over.clone()))).collect()
}

#[test]
fn those_who_wait() {
    bounded(|| {
        let runtime = runtime(2);
        comes_to(&runtime, [0, 0, 0, 0]);
        let over = Arc::new(AtomicBool::new(false));
        let parked = {
            let _current = runtime.enter();
            parked(100, &over)
        };
        comes_to(&runtime, [0, 0, 0, 100]);
        // By a plain thread, some in vain and some twice.
        for _ in 0..2 {
            parked.iter().step_by(2).for_each(|handle| handle.coroutine().unpark());
        }
        comes_to(&runtime, [0, 0, 0, 100]);
        over.store(true, Ordering::SeqCst);
        for handle in parked {
            handle.coroutine().unpark();
            handle.join().expect("no panic");
        }
        comes_to(&runtime, [0, 0, 0, 0]);
    });
}

#[test]
fn those_who_have_not_started() {
    bounded(|| {
        let children = runtime(1).run(|| {
            // More than the ring of a worker holds.
            let children: Vec<_> = (0..1000).map(|i| go(move || i)).collect();
            let metrics = gopark::metrics();
            assert_eq!(states(&metrics), [1000, 0, 1, 0]);
            let machine = &metrics.machines[0];
            assert_eq!(machine.queued + metrics.queued_global, 1000);
            assert!(machine.running);
            children.into_iter().map(|child| child.join().expect("no panic")).sum::<u64>()
        });
        assert_eq!(children, 999 * 1000 / 2);
    });
}

#[test]
fn those_who_could_go_on() {
    bounded(|| {
        runtime(1).run(|| {
            let over = Arc::new(AtomicBool::new(false));
            let parked = parked(200, &over);
            while gopark::metrics().waiting < 200 {
                yield_now();
            }
            over.store(true, Ordering::SeqCst);
            parked.iter().for_each(|handle| handle.coroutine().unpark());
            assert_eq!(states(&gopark::metrics()), [0, 200, 1, 0]);
            parked.into_iter().for_each(|handle| handle.join().expect("no panic"));
            assert_eq!(states(&gopark::metrics()), [0, 0, 1, 0]);
        });
    });
}

#[test]
fn those_who_wait_before_they_begin() {
    bounded(|| {
        let runtime = runtime(2);
        for _ in 0..20 {
            let (mut client, begins) = runtime.run(|| {
                let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
                let client = TcpStream::connect(listener.local_addr().expect("bound")).expect("a connection");
                let (server, _) = listener.accept().expect("a connection");
                let begins = on_readable(server, |mut server| server.read(&mut [0]).expect("a byte"));
                (client, begins)
            });
            comes_to(&runtime, [1, 0, 0, 0]);
            client.write_all(b"x").expect("a reader");
            assert_eq!(begins.join().expect("no panic"), 1);
            comes_to(&runtime, [0, 0, 0, 0]);
        }
    });
}

#[test]
fn nothing_is_left_of_many_who_woke_each_other() {
    bounded(|| {
        let runtime = runtime(2);
        for _ in 0..5 {
            runtime.run(|| {
                let (ping, pings) = chan::bounded(3);
                let (pong, pongs) = chan::bounded(0);
                for _ in 0..8 {
                    let (pings, pong) = (pings.clone(), pong.clone());
                    go(move || pings.iter().for_each(|i: u64| pong.send(i).expect("somebody listens")));
                }
                let sends = go(move || (0..5000).for_each(|i| ping.send(i).expect("somebody listens")));
                drop(pong);
                assert_eq!(pongs.iter().sum::<u64>(), 4999 * 5000 / 2);
                sends.join().expect("no panic");
            });
            comes_to(&runtime, [0, 0, 0, 0]);
        }
    });
}
