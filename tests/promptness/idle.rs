//! A runtime that has nothing to do does nothing: its threads are not switched to even once.
//!
//! In a child process, where nobody else wakes them.

use crate::child::in_child;
use crate::one_at_a_time::alone;
use crate::workers::runtime;
use gopark::coroutine::park;
use gopark::net::{TcpListener, TcpStream};
use gopark::time::sleep;
use gopark::{go, yield_now};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

const QUIET: Duration = Duration::from_secs(5);

/// How often each thread of this process has been switched to, but for those in `not`.
fn switches(not: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux");
    let ids = tasks.map(|task| task.expect("a thread").file_name().to_string_lossy().into_owned());
    ids.filter_map(|id| {
        // A thread may end between the listing and the reading.
        let status = fs::read_to_string(format!("/proc/self/task/{id}/status")).ok()?;
        let name = status.lines().find_map(|line| line.strip_prefix("Name:\t"))?.to_owned();
        let counts = status.lines().filter(|line| line.contains("voluntary_ctxt_switches"));
        let sum = counts.filter_map(|line| line.split_whitespace().last()?.parse::<u64>().ok()).sum();
        Some((format!("{name} ({id})"), sum))
    })
    .filter(|(thread, _)| !not.contains_key(thread))
    .collect()
}

/// Waits until nothing has moved for a while, then counts what moves.
fn expect_quiet(others: &BTreeMap<String, u64>) {
    // After some work there may be something to clear up.
    let mut before = switches(others);
    for _ in 0..40 {
        thread::sleep(Duration::from_millis(250));
        let now = switches(others);
        if now == before {
            break;
        }
        before = now;
    }
    assert!(before.len() >= 2, "the workers are here: {before:?}");
    thread::sleep(QUIET);
    let after = switches(others);
    println!("switches over {QUIET:?}: {:?}", after.values().sum::<u64>() - before.values().sum::<u64>());
    assert_eq!(before, after, "somebody woke up");
}

#[test]
fn nothing_wakes_an_idle_runtime() {
    let _turn = alone();
    in_child(nothing_wakes_an_idle_runtime, &[], || {
        let others = switches(&BTreeMap::new());
        let runtime = runtime(2);
        // Some of everything: what has ended, what waits for ever, for long, for a connection and for bytes.
        let (send, receive) = channel();
        runtime.run(move || {
            let ended: Vec<_> = (0..1000).map(|_| go(yield_now)).collect();
            for handle in ended {
                handle.join().expect("no panic");
            }
            let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
            let address = listener.local_addr().expect("bound");
            for i in 0..200 {
                let send = send.clone();
                drop(go(move || {
                    send.send(()).expect("the test waits");
                    if i % 2 == 0 { park() } else { sleep(Duration::from_secs(3600)) }
                }));
            }
            drop(go(move || {
                let (mut conn, _) = listener.accept().expect("a connection");
                send.send(()).expect("the test waits");
                drop(go(move || conn.read(&mut [0])));
                drop(listener.accept());
            }));
            let client = TcpStream::connect(address).expect("a connection");
            drop(go(move || (&client).read(&mut [0])));
        });
        receive.iter().take(201).for_each(drop);
        expect_quiet(&others);
    })
    .succeeded();
}
