//! Calls that wait when the ambient deadline comes, or a cancellation.

use crate::activity::until_parked;
use crate::calls;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan;
use gopark::coroutine::{Reason, cancelled};
use gopark::time::sleep;
use gopark::{go, with_deadline, with_timeout};
use std::thread;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_millis(20);

/// A thousand times as long; without the deadline they wait for an hour.
const LATE: Duration = Duration::from_secs(20);

/// Lets `call` fail at a deadline, and not before.
fn fails_in_time(name: &str, call: impl FnOnce()) {
    let begun = Instant::now();
    with_timeout(SOON, || {
        assert_eq!(cancelled(), None, "{name}: it has begun in time");
        call();
        assert_eq!(cancelled(), Some(Reason::DeadlineExceeded), "{name}");
    });
    let took = begun.elapsed();
    assert!(took >= SOON && took < LATE, "{name} took {took:?}");
    assert_eq!(cancelled(), None, "{name}: the deadline is behind it");
}

#[test]
fn every_call_ends_at_the_deadline_in_coroutines() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let all: Vec<_> = calls::all(Reason::DeadlineExceeded)
                .into_iter()
                .map(|(name, call)| runtime.spawn(move || fails_in_time(name, call)))
                .collect();
            all.into_iter().for_each(|one| one.join().expect("it has failed as it should"));
        }
    });
}

#[test]
fn every_call_ends_at_the_deadline_on_plain_threads() {
    bounded(|| {
        let all: Vec<_> = calls::all(Reason::DeadlineExceeded)
            .into_iter()
            .map(|(name, call)| thread::spawn(move || fails_in_time(name, call)))
            .collect();
        all.into_iter().for_each(|one| one.join().expect("it has failed as it should"));
    });
}

#[test]
fn every_call_ends_when_it_is_cancelled() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let all: Vec<_> = calls::all(Reason::Cancelled)
                .into_iter()
                .map(|(name, call)| {
                    runtime.spawn(move || {
                        call();
                        assert_eq!(cancelled(), Some(Reason::Cancelled), "{name}");
                    })
                })
                .collect();
            until_parked(&runtime, all.len() as u64);
            assert!(all.iter().all(|one| !one.is_finished()), "nobody has cancelled them yet");
            all.iter().for_each(|one| one.cancel());
            all.into_iter().for_each(|one| one.join().expect("it has failed as it should"));
        }
    });
}

#[test]
fn a_value_that_comes_in_time_is_received() {
    bounded(|| {
        runtime(2).run(|| {
            for limit in [LATE, Duration::MAX] {
                let (sender, receiver) = chan::bounded(0);
                let sends = go(move || sender.send(7));
                assert_eq!(with_timeout(limit, || receiver.recv()), Ok(7));
                assert_eq!(sends.join().expect("no panic"), Ok(()));
            }
        });
    });
}

/// A receiver waits, and its deadline is so far away that there is none.
#[test]
fn the_longest_timeout_is_none() {
    bounded(|| {
        let runtime = runtime(1);
        let (sender, receiver) = chan::bounded(0);
        let waits = runtime.spawn(move || with_timeout(Duration::MAX, || receiver.recv()));
        until_parked(&runtime, 1);
        assert!(!waits.is_finished());
        sender.send(7).expect("it waits");
        assert_eq!(waits.join().expect("no panic"), Ok(7));
    });
}

/// What `with_timeout` does from now on, `with_deadline` does until then.
#[test]
fn an_instant_is_a_deadline() {
    bounded(|| {
        runtime(1).run(|| {
            let until = Instant::now() + SOON;
            with_deadline(until, || assert!(chan::never::<u8>().recv().is_err()));
            assert!(Instant::now() >= until);
        });
    });
}

/// The call's own time is over first: that is its usual answer, and nothing was stopped.
#[test]
fn a_timeout_of_the_call_itself_is_no_deadline() {
    bounded(|| {
        runtime(1).run(|| {
            with_timeout(LATE, || {
                let (_sender, receiver) = chan::bounded::<u8>(0);
                let late = receiver.recv_timeout(Duration::from_millis(2));
                assert_eq!(late, Err(chan::RecvTimeoutError::Timeout));
                assert_eq!(cancelled(), None);
            });
        });
    });
}

/// One in an infallible call is woken by who ends that, and learns of the cancellation afterwards.
#[test]
fn one_that_sleeps_learns_of_it_afterwards() {
    bounded(|| {
        runtime(1).run(|| {
            let sleeper = go(|| {
                let begun = Instant::now();
                sleep(SOON);
                (begun.elapsed(), cancelled())
            });
            gopark::yield_now();
            sleeper.cancel();
            let (slept, why) = sleeper.join().expect("no panic");
            assert!(slept >= SOON, "{slept:?}");
            assert_eq!(why, Some(Reason::Cancelled));
        });
    });
}
