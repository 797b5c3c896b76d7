//! What a dump tells, and that it is true.

use gopark::sync::Mutex;
use std::sync::Arc;

#[test]
fn first() {
    gopark::run(|| {
        let mutex = Arc::new(Mutex::new(()));
        let held = mutex.lock();
        let same = mutex.clone();
        let waits = gopark::go(move || drop(same.lock()));
        let (s, r) = gopark::chan::bounded::<u32>(0);
        let recv = gopark::go(move || r.recv());
        let sleeper = gopark::go(|| gopark::time::sleep(std::time::Duration::from_millis(300)));
        let joins = gopark::go(move || sleeper.join());
        gopark::time::sleep(std::time::Duration::from_millis(100));
        let dump = gopark::dump();
        println!("{dump}");
        println!("{}", dump.to_json());
        drop(held);
        drop(s);
        waits.join().unwrap();
        recv.join().unwrap().unwrap_err();
        joins.join().unwrap().unwrap();
    });
}
