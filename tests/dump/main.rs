//! What a dump tells, and that it is true.

use gopark::sync::Mutex;
use std::sync::Arc;
use std::time::Duration;

#[test]
fn first() {
    gopark::run(|| {
        let mutex = Arc::new(Mutex::new(()));
        let held = mutex.lock();
        let same = mutex.clone();
        let waits = gopark::go(move || drop(same.lock()));
        let (s, r) = gopark::chan::bounded::<u32>(0);
        let recv = gopark::go(move || r.recv());
        let sleeper = gopark::go(|| gopark::time::sleep(Duration::from_millis(300)));
        let stuck = gopark::go(|| std::thread::sleep(Duration::from_millis(300)));
        let hog = gopark::go(|| {
            let begin = std::time::Instant::now();
            let mut x = 1u64;
            while begin.elapsed().as_millis() < 300 {
                for i in 0..1000 {
                    x = x.wrapping_mul(i | 1);
                    std::hint::black_box(x);
                }
            }
        });
        let joins = gopark::go(move || sleeper.join());
        std::thread::sleep(Duration::from_millis(200));
        let dump = gopark::dump();
        println!("{dump}");
        drop(held);
        drop(s);
        waits.join().unwrap();
        stuck.join().unwrap();
        hog.join().unwrap();
        recv.join().unwrap().unwrap_err();
        joins.join().unwrap().unwrap();
    });
}
