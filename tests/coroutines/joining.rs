//! `JoinHandle`: results, waiting for them in every way, and not waiting.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{JoinHandle, park};
use gopark::{go, yield_now};
use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// A coroutine that ends with `value` once it has been told to.
fn held<T: Send + 'static>(value: T) -> (Arc<AtomicBool>, JoinHandle<T>) {
    let told = Arc::new(AtomicBool::new(false));
    let hears = told.clone();
    let handle = go(move || {
        while !hears.load(Ordering::SeqCst) {
            park();
        }
        value
    });
    (told, handle)
}

fn tell<T>((told, handle): &(Arc<AtomicBool>, JoinHandle<T>)) {
    told.store(true, Ordering::SeqCst);
    handle.coroutine().unpark();
}

#[test]
fn results_come_back_in_any_order_of_joining() {
    bounded(|| {
        runtime(2).run(|| {
            let mut handles: Vec<_> = (0..1000_usize).map(|i| (i, go(move || i * i))).collect();
            handles.rotate_left(333);
            for (i, handle) in handles.into_iter().rev() {
                assert_eq!(handle.join().expect("no panic"), i * i);
            }
        });
    });
}

#[test]
fn results_of_every_size_and_alignment_arrive_whole() {
    #[derive(Clone, PartialEq, Debug)]
    #[repr(align(4096))]
    struct Page([u8; 4096]);

    bounded(|| {
        runtime(2).run(|| {
            go(|| ()).join().expect("no panic");
            let page = Page(std::array::from_fn(|i| i as u8));
            let sent = page.clone();
            let (address, received) =
                go(move || (&raw const sent as usize, sent.clone())).join().expect("no panic");
            assert_eq!(address % 4096, 0);
            assert_eq!(received, page);
            let large: Box<dyn Fn() -> usize + Send> = Box::new(|| 9);
            assert_eq!(go(move || large).join().expect("no panic")(), 9);
        });
    });
}

#[test]
fn a_panic_comes_back_as_its_payload() {
    bounded(|| {
        runtime(2).run(|| {
            let literal = go(|| panic!("literal")).join().expect_err("a panic");
            assert_eq!(literal.downcast_ref::<&str>(), Some(&"literal"));
            let any = go(|| panic_any(vec![1, 2, 3])).join().expect_err("a panic");
            assert_eq!(any.downcast_ref::<Vec<i32>>(), Some(&vec![1, 2, 3]));
        });
    });
}

#[test]
fn dropping_the_handle_lets_the_coroutine_go_on() {
    bounded(|| {
        let runtime = runtime(2);
        let (send, receive) = channel();
        runtime.run(move || {
            let waits = held(());
            let hears = waits.0.clone();
            let coroutine = waits.1.coroutine().clone();
            drop(go(move || {
                drop(waits.1.join());
                send.send("later").expect("the receiver waits");
            }));
            hears.store(true, Ordering::SeqCst);
            coroutine.unpark();
            while !matches!(receive.try_recv(), Ok("later")) {
                yield_now();
            }
        });
    });
}

#[test]
fn join_timeout_gives_up_and_leaves_the_result() {
    bounded(|| {
        runtime(2).run(|| {
            let waits = held(String::from("result"));
            assert!(!waits.1.join_timeout(Duration::ZERO));
            let start = Instant::now();
            assert!(!waits.1.join_timeout(Duration::from_millis(5)));
            assert!(start.elapsed() >= Duration::from_millis(5), "it gave up after {:?}", start.elapsed());
            assert!(!waits.1.is_finished());
            tell(&waits);
            assert!(waits.1.join_timeout(Duration::MAX));
            assert!(waits.1.join_timeout(Duration::ZERO), "what has ended stays so");
            assert!(waits.1.is_finished());
            assert_eq!(waits.1.join().expect("no panic"), "result");
        });
    });
}

/// The handle is `Sync`, so several may wait by it: some briefly again and again, and one for long.
#[test]
fn join_timeout_of_two_at_once_tells_both_the_truth() {
    bounded(|| {
        let runtime = runtime(2);
        let entered = runtime.enter();
        let waits = held(());
        drop(entered);
        thread::scope(|scope| {
            let long = scope.spawn(|| {
                let claimed = waits.1.join_timeout(Duration::MAX);
                (claimed, waits.1.is_finished())
            });
            let brief = |_| {
                let claimed = waits.1.join_timeout(Duration::from_millis(1));
                claimed && !waits.1.is_finished()
            };
            let untrue = (0..50).map(brief).filter(|untrue| *untrue).count();
            tell(&waits);
            let (claimed, ended) = long.join().expect("no panic");
            assert_eq!(untrue, 0, "of 50 brief waits said that the coroutine had ended");
            assert!(claimed && ended, "the long wait was over before the coroutine");
        });
    });
}

#[test]
fn plain_threads_join() {
    bounded(|| {
        let runtime = runtime(2);
        assert_eq!(runtime.spawn(|| 5).join().expect("no panic"), 5);
        let entered = runtime.enter();
        let waits = held(6);
        drop(entered);
        assert!(!waits.1.join_timeout(Duration::from_millis(2)));
        thread::scope(|scope| {
            scope.spawn(|| tell(&waits));
        });
        assert!(waits.1.join_timeout(Duration::MAX));
        assert_eq!(waits.1.join().expect("no panic"), 6);
    });
}

#[test]
fn a_handle_may_be_joined_by_another_thread_or_runtime() {
    bounded(|| {
        let (one, other) = (runtime(2), runtime(1));
        let handle = one.spawn(|| "to a thread");
        assert_eq!(
            thread::spawn(|| handle.join()).join().expect("no panic").expect("no panic"),
            "to a thread"
        );

        let handle = one.spawn(|| "to a runtime");
        assert_eq!(other.run(|| handle.join()).expect("no panic"), "to a runtime");

        let entered = one.enter();
        let waits = held("from afar");
        drop(entered);
        let (told, coroutine) = (waits.0.clone(), waits.1.coroutine().clone());
        let joins = other.spawn(move || waits.1.join());
        told.store(true, Ordering::SeqCst);
        coroutine.unpark();
        assert_eq!(joins.join().expect("no panic").expect("no panic"), "from afar");
    });
}

#[test]
fn a_chain_of_joins_unwinds_from_its_end() {
    bounded(|| {
        runtime(2).run(|| {
            let mut last = go(|| 0_u32);
            for _ in 0..500 {
                let before = last;
                last = go(move || before.join().expect("no panic") + 1);
            }
            assert_eq!(last.join().expect("no panic"), 500);
        });
    });
}
