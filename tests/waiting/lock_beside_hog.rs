//! A mutex for which coroutines of several threads wait, one of which is kept by a hog: the others have it in turn.

use crate::eventually::eventually;
use crate::policy::builder;
use crate::watchdog::bounded;
use gopark::go;
use gopark::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

const THREADS: usize = 4;

const TURNS: u32 = 500;

/// A thousand times what anything here takes.
const LATE: Duration = Duration::from_secs(20);

#[test]
fn the_lock_goes_to_those_who_can_run() {
    bounded(|| {
        let (tell, stalls) = mpsc::channel();
        let watched = builder().workers(THREADS).on_stall(move |stall| {
            // The last ones come when the test has seen enough.
            let _ = tell.send(stall.coroutine.clone());
        });
        let runtime = watched.build().expect("a runtime");
        let _entered = runtime.enter();
        let lock = Arc::new(Mutex::new(0));
        let held = lock.lock();
        // They meet where their threads block, so each lives on another one.
        let barrier = Arc::new(Barrier::new(THREADS));
        let contenders: Vec<_> = (0..THREADS)
            .map(|_| {
                let (lock, barrier) = (lock.clone(), barrier.clone());
                go(move || {
                    barrier.wait();
                    (0..TURNS).for_each(|_| *lock.lock() += 1);
                })
            })
            .collect();
        let waiting = || runtime.metrics().machines.iter().map(|machine| machine.parks).sum::<u64>();
        eventually("they wait", || waiting() >= THREADS as u64);

        let released = Arc::new(AtomicBool::new(false));
        let is_released = released.clone();
        let hog = go(move || {
            while !is_released.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(1));
            }
        });
        // On a busy machine somebody else may be found first.
        while stalls.recv_timeout(LATE).expect("the hog is noticed") != *hog.coroutine() {}
        drop(held);
        let done = || contenders.iter().filter(|contender| contender.is_finished()).count();
        eventually("those of the other threads have had their turns", || done() >= THREADS - 1);
        assert!(!hog.is_finished());
        released.store(true, Ordering::SeqCst);
        hog.join().expect("no panic");
        contenders.into_iter().for_each(|contender| contender.join().expect("no panic"));
        assert_eq!(*lock.lock(), THREADS as u32 * TURNS);
    });
}
