//! `JoinHandle::cancel` and `coroutine::cancelled`: a cancellation is a value that calls may look at, and nothing else.

use crate::sockets::{assert_cancelled, listener, pair};
use crate::waiting::until_parked;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{Reason, cancelled, current, park, park_timeout};
use gopark::time::sleep;
use gopark::{go, yield_now};
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// Waits until the running coroutine is cancelled.
fn until_cancelled() {
    while cancelled().is_none() {
        sleep(Duration::from_micros(200));
    }
}

#[test]
fn cancelled_tells_from_then_on_and_why() {
    bounded(|| {
        runtime(1).run(|| {
            assert_eq!(cancelled(), None);
            let main = current().expect("inside");
            let child = go(move || {
                let before = cancelled();
                main.unpark();
                until_cancelled();
                let after = cancelled();
                sleep(Duration::from_millis(1));
                (before, after, cancelled())
            });
            park();
            child.cancel();
            child.cancel();
            let told = child.join().expect("no panic");
            assert_eq!(told, (None, Some(Reason::Cancelled), Some(Reason::Cancelled)));
            assert_eq!(cancelled(), None, "the canceller is not");
        });
    });
}

#[test]
fn a_plain_thread_is_never_cancelled() {
    bounded(|| {
        assert_eq!(cancelled(), None);
        let runtime = runtime(1);
        let _current = runtime.enter();
        go(|| ()).cancel();
        assert_eq!(cancelled(), None);
    });
}

#[test]
fn from_threads_and_from_other_runtimes() {
    bounded(|| {
        let (runtime, other) = (runtime(2), runtime(1));
        for round in 0..50 {
            let waits = runtime.spawn(until_cancelled);
            let waits = Arc::new(waits);
            let cancel = waits.clone();
            match round % 3 {
                0 => waits.cancel(),
                1 => thread::spawn(move || cancel.cancel()).join().expect("no panic"),
                _ => other.run(|| waits.cancel()),
            }
            assert!(waits.join_timeout(Duration::MAX));
        }
    });
}

/// A runtime cancels its own, and only those.
#[test]
fn a_shutdown_leaves_other_runtimes_alone() {
    bounded(|| {
        let (stays, goes) = (runtime(1), runtime(1));
        let of_the_other = stays.spawn(|| {
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_millis(60) {
                assert_eq!(cancelled(), None);
                sleep(Duration::from_millis(1));
            }
        });
        let own = goes.spawn(until_cancelled);
        until_parked(&goes, 1);
        assert_eq!(goes.shutdown(Duration::from_secs(30)).abandoned.len(), 0);
        own.join().expect("no panic");
        of_the_other.join().expect("never cancelled");
        assert!(stays.run(|| cancelled().is_none()));
    });
}

#[test]
fn one_that_has_not_started_finds_itself_cancelled() {
    bounded(|| {
        runtime(1).run(|| {
            let fresh = go(|| {
                assert_cancelled("accept", listener().0.accept());
                cancelled()
            });
            fresh.cancel();
            assert_eq!(fresh.join().expect("it ran all the same"), Some(Reason::Cancelled));
        });
    });
}

#[test]
fn children_do_not_inherit_it() {
    bounded(|| {
        let child = runtime(2).run(|| {
            let parent = go(|| {
                until_cancelled();
                go(cancelled).join().expect("no panic")
            });
            parent.cancel();
            parent.join().expect("no panic")
        });
        assert_eq!(child, None);
    });
}

/// Its place goes to another coroutine, which must not be meant.
#[test]
fn after_the_end_it_reaches_nobody() {
    bounded(|| {
        runtime(2).run(|| {
            let ended: Vec<_> = (0..100).map(|_| go(|| ())).collect();
            ended.iter().for_each(|handle| assert!(handle.join_timeout(Duration::MAX)));
            let tenants: Vec<_> = (0..200)
                .map(|_| {
                    go(|| {
                        let begun = Instant::now();
                        while begun.elapsed() < Duration::from_millis(50) {
                            if cancelled().is_some() {
                                return false;
                            }
                            sleep(Duration::from_millis(1));
                        }
                        true
                    })
                })
                .collect();
            for _ in 0..20 {
                ended.iter().for_each(gopark::JoinHandle::cancel);
                yield_now();
            }
            for tenant in tenants {
                assert!(tenant.join().expect("no panic"), "cancelled in its predecessor's stead");
            }
        });
    });
}

/// Calls that cannot fail neither end early nor take notice.
#[test]
fn infallible_waits_go_on() {
    const TIME: Duration = Duration::from_millis(40);
    bounded(|| {
        runtime(2).run(|| {
            let takes_time: [(&str, fn()); 5] = [
                ("sleep", || sleep(TIME)),
                ("sleep_until", || gopark::time::sleep_until(Instant::now() + TIME)),
                ("park_timeout", || park_timeout(TIME)),
                ("join", || go(|| sleep(TIME)).join().expect("no panic")),
                ("run", || crate::run::run(|| sleep(TIME))),
            ];
            for (name, wait) in takes_time {
                for before in [true, false] {
                    let waits = go(move || {
                        if before {
                            until_cancelled();
                        }
                        let begun = Instant::now();
                        wait();
                        (begun.elapsed(), cancelled())
                    });
                    sleep(TIME / 4);
                    waits.cancel();
                    let (took, told) = waits.join().expect("no panic");
                    assert!(took >= TIME, "{name} was cut short to {took:?}");
                    assert_eq!(told, Some(Reason::Cancelled));
                }
            }
        });
    });
}

#[test]
fn a_park_waits_for_its_token_all_the_same() {
    bounded(|| {
        let runtime = runtime(2);
        let woken = Arc::new(AtomicBool::new(false));
        let flag = woken.clone();
        let parks = runtime.spawn(move || {
            while !flag.load(Ordering::SeqCst) {
                park();
            }
        });
        until_parked(&runtime, 1);
        parks.cancel();
        assert!(!parks.join_timeout(Duration::from_millis(50)));
        woken.store(true, Ordering::SeqCst);
        parks.coroutine().unpark();
        parks.join().expect("no panic");
    });
}

/// The token is the user's: a cancellation neither takes it nor leaves one behind.
#[test]
fn it_has_nothing_to_do_with_the_token() {
    bounded(|| {
        runtime(1).run(|| {
            let token_is_there = || {
                let begun = Instant::now();
                park_timeout(Duration::from_millis(10));
                begun.elapsed() < Duration::from_millis(10)
            };
            let child = go(move || {
                assert_cancelled("accept", listener().0.accept());
                let without = token_is_there();
                current().expect("inside").unpark();
                assert_cancelled("accept", listener().0.accept());
                (without, token_is_there())
            });
            sleep(Duration::from_millis(5));
            child.cancel();
            assert_eq!(child.join().expect("no panic"), (false, true));
        });
    });
}

/// The main coroutine of an inner `run` is another one: it is not cancelled with the one that waits for it.
#[test]
fn a_nested_run_has_a_coroutine_of_its_own() {
    bounded(|| {
        let outer = runtime(1);
        let (mut near, far) = pair();
        let (begin, begun) = channel();
        let nested = outer.spawn(move || {
            let (told, read) = crate::run::run(|| {
                begin.send(()).expect("the test waits");
                let read = near.read(&mut [0; 8]);
                (cancelled(), read)
            });
            let mine = near.read(&mut [0; 8]);
            (told, read, cancelled(), mine)
        });
        begun.recv().expect("it starts");
        nested.cancel();
        assert!(!nested.join_timeout(Duration::from_millis(30)));
        (&far).write_all(b"four").expect("there is room");
        let (told, read, own, mine) = nested.join().expect("no panic");
        assert_eq!((told, read.expect("the inner one is not cancelled")), (None, 4));
        assert_eq!(own, Some(Reason::Cancelled));
        assert_cancelled("the outer one's read", mine);
    });
}

/// On the larger stack it is still the same coroutine.
#[test]
fn it_is_seen_on_a_grown_stack() {
    bounded(|| {
        let runtime = runtime(2);
        let grown = runtime.spawn(|| {
            gopark::stack::grow(1 << 20, || {
                assert_cancelled("accept", listener().0.accept());
                cancelled()
            })
        });
        until_parked(&runtime, 1);
        grown.cancel();
        assert_eq!(grown.join().expect("no panic"), Some(Reason::Cancelled));
    });
}
