//! `shield`: sections that neither a cancellation nor a deadline disturbs.

use crate::activity::until_parked;
use crate::sockets::{assert_cancelled, pair};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{bounded as channel, never};
use gopark::coroutine::{Reason, cancelled};
use gopark::time::try_sleep;
use gopark::{Cancelled, go, select, shield, try_block_on, with_timeout, yield_now};
use std::io::{Read, Write};
use std::panic::catch_unwind;
use std::time::Duration;

/// Returns in a coroutine that is cancelled.
fn until_cancelled() {
    while cancelled().is_none() {
        yield_now();
    }
}

#[test]
fn every_call_works_inside() {
    bounded(|| {
        runtime(2).run(|| {
            let (near, far) = pair();
            let stopped = go(move || {
                until_cancelled();
                shield(|| {
                    assert_eq!(cancelled(), None);
                    let (sender, receiver) = channel(1);
                    assert_eq!(sender.send(7), Ok(()));
                    assert_eq!(receiver.recv(), Ok(7));
                    select! { send(sender, 8) -> sent => assert_eq!(sent, Ok(())) }
                    select! { recv(receiver) -> value => assert_eq!(value, Ok(8)) }
                    assert_eq!(try_sleep(Duration::from_millis(1)), Ok(()));
                    assert_eq!(try_block_on(async { 9 }), Ok(9));
                    (&near).write_all(b"bye").expect("there is room");
                });
                assert_eq!(cancelled(), Some(Reason::Cancelled));
                assert_cancelled("write", (&near).write(b"no more"));
            });
            stopped.cancel();
            stopped.join().expect("no panic");
            let mut all = Vec::new();
            (&far).read_to_end(&mut all).expect("until it is closed");
            assert_eq!(all, b"bye");
        });
    });
}

/// The cancellation comes while it waits there.
#[test]
fn a_wait_inside_goes_on() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let (sender, receiver) = channel(0);
            let waits = runtime.spawn(move || (shield(|| receiver.recv()), cancelled(), receiver.recv()));
            until_parked(&runtime, 1);
            waits.cancel();
            // Time for it to go wrong; what is asserted does not depend on it.
            std::thread::sleep(Duration::from_millis(5));
            assert_eq!(sender.send(7), Ok(()), "it still waits");
            let (inside, why, outside) = waits.join().expect("no panic");
            assert_eq!((inside, why), (Ok(7), Some(Reason::Cancelled)));
            assert!(outside.is_err());
        }
    });
}

#[test]
fn a_deadline_outside_does_not_count() {
    bounded(|| {
        let check = || {
            with_timeout(Duration::ZERO, || {
                let (sender, receiver) = channel(1);
                assert!(sender.send(1).is_err());
                shield(|| {
                    assert_eq!(cancelled(), None);
                    assert_eq!(sender.send(2), Ok(()));
                    assert_eq!(try_sleep(Duration::from_millis(2)), Ok(()));
                });
                assert!(receiver.recv().is_err(), "behind it the deadline counts");
                assert_eq!(receiver.try_recv(), Ok(2));
                assert_eq!(cancelled(), Some(Reason::DeadlineExceeded));
            });
        };
        runtime(1).run(check);
        check();
    });
}

#[test]
fn a_deadline_inside_counts() {
    bounded(|| {
        runtime(1).run(|| {
            let stopped = go(|| {
                until_cancelled();
                shield(|| {
                    with_timeout(Duration::from_millis(2), || {
                        assert!(never::<u8>().recv().is_err());
                        assert_eq!(cancelled(), Some(Reason::DeadlineExceeded));
                    });
                    assert_eq!(cancelled(), None);
                    assert_eq!(try_sleep(Duration::ZERO), Ok(()));
                });
                assert_eq!(try_sleep(Duration::ZERO), Err(Cancelled));
            });
            stopped.cancel();
            stopped.join().expect("no panic");
        });
    });
}

#[test]
fn they_nest() {
    bounded(|| {
        runtime(1).run(|| {
            let stopped = go(|| {
                until_cancelled();
                shield(|| {
                    shield(|| assert_eq!(try_sleep(Duration::ZERO), Ok(())));
                    assert_eq!(try_sleep(Duration::ZERO), Ok(()), "the outer one still holds");
                    with_timeout(Duration::ZERO, || {
                        shield(|| assert_eq!(try_sleep(Duration::ZERO), Ok(())));
                        assert_eq!(try_sleep(Duration::ZERO), Err(Cancelled));
                    });
                    assert_eq!(cancelled(), None);
                });
                assert_eq!(cancelled(), Some(Reason::Cancelled));
            });
            stopped.cancel();
            stopped.join().expect("no panic");
        });
    });
}

#[test]
fn a_panic_lowers_it() {
    bounded(|| {
        runtime(1).run(|| {
            let stopped = go(|| {
                until_cancelled();
                let panics = catch_unwind(|| shield(|| panic!("inside")));
                assert_eq!(panics.expect_err("it panics").downcast_ref(), Some(&"inside"));
                assert_eq!(cancelled(), Some(Reason::Cancelled));
                assert_eq!(try_sleep(Duration::ZERO), Err(Cancelled));
            });
            stopped.cancel();
            stopped.join().expect("no panic");
        });
    });
}
