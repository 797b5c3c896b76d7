//! Profiles: a signal that comes while a coroutine runs finds the way from where it is to its beginning.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gopark::net::debug::serve;

use crate::client::get;

#[inline(never)]
fn burns_time(ends: &AtomicBool) -> u64 {
    let mut number = 1_u64;
    while !ends.load(Ordering::Relaxed) {
        number = black_box(number.wrapping_mul(3) ^ 7);
    }
    number
}

#[inline(never)]
fn calls_what_burns(ends: &AtomicBool) -> u64 {
    black_box(burns_time(ends)) + 1
}

/// There is one profiler a process.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn a_profile_shows_a_coroutine_down_to_its_closure() {
    let _turn = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let server = serve(0).unwrap();
    let ends = Arc::new(AtomicBool::new(false));
    let runtime = gopark::Runtime::builder().workers(1).build().unwrap();
    let until = ends.clone();
    let burning = runtime.spawn(move || calls_what_burns(&until));
    let folded = get(server.local_addr(), "/debug/profile?seconds=1&format=folded");
    let profile = get(server.local_addr(), "/debug/profile?seconds=0.2");
    ends.store(true, Ordering::Relaxed);
    burning.join().unwrap();

    assert_eq!((folded.status, profile.status), (200, 200), "{}", folded.text());
    let stacks: Vec<_> = folded.text().lines().filter(|line| line.contains("burns_time")).collect();
    assert!(!stacks.is_empty(), "{}", folded.text());
    for stack in &stacks {
        let calls: Vec<_> = stack.rsplit_once(' ').unwrap().0.split(';').collect();
        let place = |name: &str| calls.iter().position(|call| call.contains(name));
        let (outer, inner) = (place("calls_what_burns"), place("burns_time"));
        // The closure, and below it what every coroutine begins with.
        let closure = calls.iter().rposition(|call| call.contains("{closure"));
        let entry = place("gopark_runtime::coroutine::body::start");
        assert!(entry.is_some() && entry < closure && closure < outer && outer < inner, "{stack}");
    }
    // A protocol buffer; go's tools know it compressed or not.
    assert!(!profile.body.is_empty());
}

#[test]
fn one_profile_at_a_time() {
    let _turn = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let server = serve(0).unwrap();
    let address = server.local_addr();
    let statuses: Vec<_> = (0..4)
        .map(|_| std::thread::spawn(move || get(address, "/debug/profile?seconds=0.3").status))
        .collect::<Vec<_>>()
        .into_iter()
        .map(|client| client.join().unwrap())
        .collect();
    assert!(statuses.contains(&200), "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
}
