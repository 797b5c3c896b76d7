//! `max_machines`: with all of them stuck, fresh coroutines wait, and run as soon as one comes back.

use crate::child::in_child;
use crate::eventually::eventually;
use crate::hogs::{Hog, How, Waiting};
use crate::one_at_a_time::alone;
use crate::reports::watched;
use crate::watchdog::bounded;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Long enough for the monitor to start a machine a dozen times.
const A_WHILE: Duration = Duration::from_millis(200);
const FRESH: usize = 50;

fn three_machines(how: How) {
    let (runtime, reports) = watched(crate::policy::builder().workers(2).max_machines(3));
    let _entered = runtime.enter();
    let mut hogs: Vec<_> = ["one", "two", "three"].iter().map(|name| Hog::start(how, name, || ())).collect();
    // The fourth one waits for its turn, and so do all behind it.
    let fourth = Waiting::spawn(how, "four", || ());
    let ran = Arc::new(AtomicUsize::new(0));
    let count = |ran: &Arc<AtomicUsize>| {
        let ran = ran.clone();
        move || ran.fetch_add(1, Ordering::SeqCst)
    };
    let fresh: Vec<_> = (0..FRESH).map(|_| runtime.spawn(count(&ran))).collect();
    let Err(fourth) = fourth.begun(A_WHILE) else { panic!("there is a fourth machine") };
    assert_eq!(ran.load(Ordering::SeqCst), 0);
    let metrics = runtime.metrics();
    assert_eq!((metrics.machines.len(), metrics.replacements), (3, 1), "{metrics:?}");
    assert!(metrics.machines.iter().all(|machine| machine.present));
    assert_eq!(metrics.live, 4 + FRESH as u64);
    for name in ["one", "two", "three"] {
        reports.next_of(name);
    }

    // One comes back. If the fourth takes its place before all others had theirs, another one has to come.
    hogs.swap_remove(1).let_go();
    let Ok(fourth) = fourth.begun(Duration::from_secs(20)) else { panic!("the fourth was forgotten") };
    hogs.push(fourth);
    reports.next_of("four");
    hogs.swap_remove(0).let_go();
    eventually("all fresh ones have run", || ran.load(Ordering::SeqCst) == FRESH);
    assert!(fresh.into_iter().all(|one| one.join().is_ok()));
    assert_eq!(hogs.len(), 2);
    let last: Vec<_> = (0..FRESH).map(|_| runtime.spawn(count(&ran))).collect();
    assert!(last.into_iter().all(|one| one.join().is_ok()), "beside two hogs");
    hogs.into_iter().for_each(Hog::let_go);
    assert_eq!(runtime.metrics().machines.len(), 3);
    eventually("nothing is lost", || {
        let metrics = runtime.metrics();
        (metrics.finished, metrics.live) == (4 + 2 * FRESH as u64, 0)
    });
}

#[test]
fn four_blocked_hogs_and_three_machines() {
    let _turn = alone();
    bounded(|| three_machines(How::Blocking));
}

#[test]
fn four_spinning_hogs_and_three_machines() {
    let _turn = alone();
    bounded(|| three_machines(How::Spinning));
}

/// Where the kernel gives no descriptors there is no other machine: as if there may not be one.
#[test]
fn no_descriptor_for_a_spare() {
    let _turn = alone();
    in_child(no_descriptor_for_a_spare, &[], || {
        let (runtime, reports) = watched(crate::policy::builder().workers(1));
        let _entered = runtime.enter();
        // One has begun and ended before the limit falls.
        Hog::start(How::Spinning, "hog", || ()).let_go();
        set_descriptor_limit(3);
        let hog = Hog::start(How::Spinning, "hog", || ());
        reports.next_of("hog");
        let fresh = runtime.spawn(|| thread::current().id());
        assert!(!fresh.join_timeout(A_WHILE));
        assert_eq!(runtime.metrics().replacements, 0);
        // It is tried again and again.
        set_descriptor_limit(100);
        assert!(fresh.join_timeout(Duration::from_secs(20)));
        assert_ne!(fresh.join().expect("no panic"), hog.thread);
        eventually("it is counted", || runtime.metrics().replacements == 1);
        hog.let_go();
    })
    .succeeded();
}

/// Open ones stay open.
fn set_descriptor_limit(most: libc::rlim_t) {
    let limit = libc::rlimit { rlim_cur: most, rlim_max: 1000 };
    // SAFETY: the argument is a valid rlimit, and this process is the test's alone.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) }, 0);
}

/// No more machines than workers: nobody is replaced.
#[test]
fn no_spare_at_all() {
    let _turn = alone();
    bounded(|| {
        let (runtime, reports) = watched(crate::policy::builder().workers(1).max_machines(1));
        let _entered = runtime.enter();
        let hog = Hog::start(How::Blocking, "hog", || ());
        let fresh = runtime.spawn(|| thread::current().id());
        reports.next_of("hog");
        assert!(!fresh.join_timeout(A_WHILE));
        let worker = hog.thread;
        hog.let_go();
        assert_eq!(fresh.join().expect("no panic"), worker);
        let metrics = runtime.metrics();
        assert_eq!((metrics.machines.len(), metrics.replacements), (1, 0));
    });
}

#[test]
fn fewer_machines_than_workers_are_refused() {
    let refused = |workers, machines| {
        let built = crate::policy::builder().workers(workers).max_machines(machines).build();
        built.err().map(|error| error.kind())
    };
    for (workers, machines) in [(2, 1), (4, 3), (1, 0), (2, 0), (0, 0)] {
        assert_eq!(refused(workers, machines), Some(io::ErrorKind::InvalidInput), "{machines} of {workers}");
    }
    assert_eq!(refused(1, 65_536), Some(io::ErrorKind::InvalidInput));
    assert_eq!(refused(2, 2), None);
    assert_eq!(refused(1, 65_535), None);
}
