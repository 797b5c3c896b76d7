//! What a scope's children may do: borrow, return, start others.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan;
use gopark::coroutine::{Scope, current};
use gopark::time::sleep;
use gopark::{go, scope, yield_now};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// On one worker, where children start when their parent waits, and on two.
fn everywhere(body: fn()) {
    bounded(move || [1, 2].into_iter().for_each(|workers| runtime(workers).run(body)));
}

#[test]
fn children_borrow() {
    everywhere(|| {
        let words = ["one".to_owned(), "three".to_owned()];
        let mut places = [0; 8];
        let total = AtomicUsize::new(0);
        scope(|s| {
            for (number, place) in places.iter_mut().enumerate() {
                let (words, total) = (&words, &total);
                s.go(move || {
                    yield_now();
                    *place = number * words[1].len();
                    total.fetch_add(*place, Ordering::SeqCst);
                });
            }
        });
        assert_eq!(places, [0, 5, 10, 15, 20, 25, 30, 35]);
        assert_eq!(total.into_inner(), 140);
        assert_eq!(words[0], "one");
    });
}

#[test]
fn results_come_back() {
    everywhere(|| {
        let text = String::from("borrowed");
        let length = scope(|s| {
            let first = s.go(|| text.as_str());
            let second = s.go(|| {
                sleep(Duration::from_millis(1));
                text.len()
            });
            assert_eq!(first.join().expect("no panic"), "borrowed");
            second.join().expect("no panic")
        });
        assert_eq!(length, 8);
    });
}

#[test]
fn a_handle_says_who_and_whether() {
    everywhere(|| {
        let (open, gate) = chan::bounded::<()>(0);
        scope(|s| {
            let child = s.go(|| (gate.recv(), current().expect("a coroutine").id()));
            assert!(!child.is_finished(), "the gate is closed");
            open.send(()).expect("it waits, or will");
            let id = child.coroutine().id();
            while !child.is_finished() {
                yield_now();
            }
            assert_eq!(child.join().expect("no panic"), (Ok(()), id));
        });
    });
}

#[test]
fn a_child_is_cancelled_alone() {
    everywhere(|| {
        scope(|s| {
            let (_sender, silent) = chan::bounded::<()>(0);
            let (sender, receiver) = chan::bounded(0);
            let meant = s.go(move || silent.recv());
            let other = s.go(move || receiver.recv());
            meant.cancel();
            assert!(meant.join().expect("no panic").is_err());
            sender.send(7).expect("it was not meant");
            assert_eq!(other.join().expect("no panic"), Ok(7));
        });
    });
}

#[test]
fn all_are_joined_at_the_end() {
    everywhere(|| {
        let ended = AtomicUsize::new(0);
        scope(|s| {
            for number in 0..1000 {
                let ended = &ended;
                s.go(move || {
                    match number % 4 {
                        0 => {}
                        1 => yield_now(),
                        2 => sleep(Duration::from_micros(number)),
                        _ => drop(go(yield_now).join()),
                    }
                    ended.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        assert_eq!(ended.into_inner(), 1000);
    });
}

#[test]
fn scopes_nest() {
    everywhere(|| {
        let mut rows = [[0; 4]; 4];
        scope(|s| {
            for (y, row) in rows.iter_mut().enumerate() {
                s.go(move || {
                    scope(|s| {
                        for (x, cell) in row.iter_mut().enumerate() {
                            s.go(move || {
                                yield_now();
                                *cell = 10 * y + x;
                            });
                        }
                    });
                    assert_eq!(row[3], 10 * y + 3, "the inner scope has ended");
                });
            }
        });
        assert_eq!(rows[3], [30, 31, 32, 33]);
    });
}

/// A tree of them, all in one scope: each starts two more until there are 1,023.
#[test]
fn children_start_children() {
    fn grow<'scope>(s: &'scope Scope<'scope, '_>, depth: u32, count: &'scope AtomicUsize) {
        count.fetch_add(1, Ordering::SeqCst);
        if depth > 0 {
            s.go(move || grow(s, depth - 1, count));
            yield_now();
            s.go(move || grow(s, depth - 1, count));
        }
    }
    everywhere(|| {
        let count = AtomicUsize::new(0);
        scope(|s| {
            s.go(|| grow(s, 9, &count));
        });
        assert_eq!(count.into_inner(), 1023);
    });
}

#[test]
fn an_empty_scope_is_its_body() {
    everywhere(|| assert_eq!(scope(|_| 7), 7));
    assert_eq!(scope(|_| "without a runtime"), "without a runtime");
}

/// The thread blocks at the end, and its children borrow from its stack.
#[test]
fn plain_threads_have_scopes() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let _current = runtime.enter();
            let names = Mutex::new(Vec::new());
            let mine = thread::current().id();
            scope(|s| {
                for _ in 0..100 {
                    s.go(|| {
                        sleep(Duration::from_millis(1));
                        names.lock().unwrap().push(thread::current().id());
                    });
                }
                assert_eq!(s.go(|| 7).join().expect("no panic"), 7);
            });
            let names = names.into_inner().unwrap();
            assert_eq!(names.len(), 100);
            assert!(names.iter().all(|&name| name != mine), "children run on workers");
        }
    });
}
