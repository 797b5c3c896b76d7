//! Waits for locks: which one, and who has it.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::looks::{seen, wait_of};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::park;
use gopark::dump::{Holder, Lock, WaitsFor};
use gopark::sync::{Condvar, Mutex, Once, RwLock, Semaphore};
use gopark::{JoinHandle, go};

const HOUR: Duration = Duration::from_secs(3600);

/// A coroutine that takes `lock`, leaves it so, and ends when it is unparked; returns when it has it.
fn holder<L: Send + Sync + 'static>(lock: &Arc<L>, take: fn(&L)) -> JoinHandle<()> {
    let lock = lock.clone();
    let (tell, told) = gopark::chan::bounded(1);
    let holder = go(move || {
        take(&lock);
        tell.send(()).unwrap();
        park();
    });
    told.recv().unwrap();
    holder
}

fn let_go(holder: JoinHandle<()>) {
    holder.coroutine().unpark();
    holder.join().unwrap();
}

#[track_caller]
fn id_of(holder: &Option<Holder>) -> u64 {
    match holder {
        Some(Holder::Coroutine { id, .. }) => *id,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn mutex_of(wait: WaitsFor) -> Lock {
    let WaitsFor::Mutex(lock) = wait else { panic!("{wait}") };
    lock
}

/// `lock` and `try_lock_for` wait alike; who has it by `try_lock` has it; and after a hand-over the next has it.
#[test]
fn a_mutex_and_its_next_holder() {
    bounded(|| {
        runtime(2).run(|| {
            let mutex = Arc::new(Mutex::new(()));
            let first = holder(&mutex, |mutex| std::mem::forget(mutex.try_lock().expect("free")));
            let next = mutex.clone();
            let second = go(move || {
                let _held = next.lock();
                park();
            });
            // It is the first in the queue.
            wait_of(&second);
            let third = mutex.clone();
            let third = go(move || third.try_lock_for(HOUR).is_some());
            for waits in [wait_of(&second), wait_of(&third)] {
                assert_eq!(id_of(&mutex_of(waits).holder), first.coroutine().id());
            }
            let text = wait_of(&second).to_string();
            assert!(text.contains(&format!("held by coroutine {} for ", first.coroutine().id())), "{text}");

            // The looks take long, on a busy machine so long that this coroutine keeps its worker, and then the mutex would go to the
            // third, whose worker runs.
            gopark::yield_now();
            // SAFETY: the first has locked it and forgotten its guard.
            unsafe { mutex.force_unlock_fair() };
            let id = second.coroutine().id();
            seen(&third, "the second has it", |look| match &look.waits_for {
                Some(WaitsFor::Mutex(lock)) => {
                    matches!(lock.holder, Some(Holder::Coroutine { id: now, .. }) if now == id)
                }
                _ => false,
            });
            assert_eq!(wait_of(&second), WaitsFor::Unpark);
            let_go(second);
            assert!(third.join().unwrap());
            let_go(first);
        });
    });
}

#[test]
fn a_mutex_held_by_a_plain_thread() {
    bounded(|| {
        let mutex = Arc::new(Mutex::new(()));
        let (over, is_over) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        let own = mutex.clone();
        let thread = thread::Builder::new().name("the-keeper".to_owned()).spawn(move || {
            let _held = own.lock();
            // SAFETY: it takes nothing.
            tell.send(unsafe { libc::gettid() } as u64).unwrap();
            is_over.recv()
        });
        let number = told.recv().unwrap();
        let runtime = runtime(2);
        let waits = runtime.spawn(move || drop(mutex.lock()));
        let wait = wait_of(&waits);
        assert!(wait.to_string().ends_with(&format!("held by thread {number} 'the-keeper'")), "{wait}");
        let name = Some("the-keeper".to_owned());
        assert_eq!(mutex_of(wait).holder, Some(Holder::Thread { number, name }));
        drop(over);
        thread.unwrap().join().unwrap().unwrap_err();
        waits.join().unwrap();
    });
}

#[test]
fn readers_and_writers() {
    bounded(|| {
        runtime(2).run(|| {
            let lock = Arc::new(RwLock::new(()));
            let readers = [(); 3].map(|()| holder(&lock, |lock| std::mem::forget(lock.read())));
            let write = lock.clone();
            let writer = go(move || {
                let _held = write.write();
                park();
            });
            let wait = wait_of(&writer);
            let WaitsFor::Write(seen) = &wait else { panic!("{wait}") };
            assert_eq!(seen.readers, 3);
            assert_eq!(id_of(&seen.holder), readers[2].coroutine().id());
            assert!(wait.to_string().contains("held by 3 readers, the last of them coroutine"), "{wait}");

            for left in (1..3).rev() {
                // SAFETY: three have read, forgotten their guards, and never give back by themselves.
                unsafe { lock.force_unlock_read() };
                let WaitsFor::Write(seen) = wait_of(&writer) else { panic!("it waits") };
                assert_eq!(seen.readers, left);
            }
            // SAFETY: as above; this is the third.
            unsafe { lock.force_unlock_read() };
            let id = writer.coroutine().id();
            seen_parked(&writer);
            let read = lock.clone();
            let reader = go(move || drop(read.read()));
            let WaitsFor::Read(seen) = wait_of(&reader) else { panic!("it waits to read") };
            assert_eq!((id_of(&seen.holder), seen.readers), (id, 0));
            let upgradable = lock.clone();
            let upgradable = go(move || drop(upgradable.upgradable_read()));
            let WaitsFor::Write(seen) = wait_of(&upgradable) else { panic!("it waits to look") };
            assert_eq!((id_of(&seen.holder), seen.readers), (id, 0));
            let timed = lock.clone();
            let timed = go(move || timed.try_write_for(HOUR).is_some());
            assert!(matches!(wait_of(&timed), WaitsFor::Write(_)));
            let_go(writer);
            [reader, upgradable].into_iter().for_each(|one| one.join().unwrap());
            assert!(timed.join().unwrap());
            readers.into_iter().for_each(let_go);
        });
    });
}

#[track_caller]
fn seen_parked(whom: &JoinHandle<()>) {
    seen(whom, "it has it", |look| look.waits_for == Some(WaitsFor::Unpark));
}

#[test]
fn a_condition() {
    bounded(|| {
        runtime(2).run(|| {
            let pair = Arc::new((Mutex::new(false), Condvar::new()));
            let waits = [None, Some(HOUR)].map(|timeout| {
                let pair = pair.clone();
                go(move || {
                    let mut is_told = pair.0.lock();
                    match timeout {
                        None => pair.1.wait_while(&mut is_told, |is_told| !*is_told),
                        Some(time) => drop(pair.1.wait_while_for(&mut is_told, |is_told| !*is_told, time)),
                    }
                })
            });
            let [one, other] = waits.each_ref().map(|one| match wait_of(one) {
                WaitsFor::Condvar { address } => address,
                other => panic!("{other}"),
            });
            assert_eq!(one, other);
            *pair.0.lock() = true;
            pair.1.notify_all();
            waits.into_iter().for_each(|one| one.join().unwrap());
        });
    });
}

#[test]
fn permits() {
    bounded(|| {
        runtime(2).run(|| {
            let semaphore = Arc::new(Semaphore::new(2));
            let same = semaphore.clone();
            let many = go(move || drop(same.acquire_many(5)));
            let WaitsFor::Permits { address, available } = wait_of(&many) else { panic!("it waits") };
            assert_eq!(available, 2);
            let same = semaphore.clone();
            let timed = go(move || same.acquire_timeout(HOUR).is_ok());
            assert!(matches!(wait_of(&timed), WaitsFor::Permits { address: same, .. } if same == address));
            semaphore.add_permits(3);
            many.join().unwrap();
            assert!(timed.join().unwrap());
        });
    });
}

#[test]
fn what_is_done_once() {
    bounded(|| {
        runtime(2).run(|| {
            let once = Arc::new(Once::new());
            let same = once.clone();
            let does = go(move || same.call_once(park));
            seen_parked(&does);
            let waits = go(move || once.call_once(|| unreachable!("it is done already")));
            let wait = wait_of(&waits);
            let WaitsFor::Once(seen) = &wait else { panic!("{wait}") };
            assert_eq!(id_of(&seen.holder), does.coroutine().id());
            let_go(does);
            waits.join().unwrap();
        });
    });
}
