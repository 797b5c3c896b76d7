//! What a signal does besides, before somebody asks for it and afterwards.

use crate::child::in_child;
use crate::raise::raise;
use gopark::signal::{SIGALRM, SIGPIPE, SIGTERM, SIGUSR1, notify};
use std::os::unix::process::ExitStatusExt;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

/// Longer than a signal takes to its end.
const WHILE: Duration = Duration::from_secs(20);

#[test]
fn the_default_comes_back_with_the_last_receiver() {
    let ended = in_child(the_default_comes_back_with_the_last_receiver, &[], || {
        let (first, second) = (notify(&[SIGTERM]), notify(&[SIGTERM]));
        raise(SIGTERM);
        assert_eq!((first.recv(), second.recv()), (Ok(SIGTERM), Ok(SIGTERM)));
        drop(first);
        raise(SIGTERM);
        assert_eq!(second.recv(), Ok(SIGTERM));
        println!("alive");
        drop(second);
        raise(SIGTERM);
        thread::sleep(WHILE);
    });
    assert!(ended.stdout.contains("alive"), "{}{}", ended.stdout, ended.stderr);
    assert_eq!(ended.status.signal(), Some(SIGTERM.number()));
}

/// Asked for again, it is no end again.
#[test]
fn a_new_receiver_holds_it_off_again() {
    in_child(a_new_receiver_holds_it_off_again, &[], || {
        drop(notify(&[SIGTERM]));
        let again = notify(&[SIGTERM]);
        raise(SIGTERM);
        assert_eq!(again.recv(), Ok(SIGTERM));
    })
    .succeeded();
}

/// Rust's programs ignore `SIGPIPE`.
#[test]
fn what_was_ignored_is_ignored_afterwards() {
    in_child(what_was_ignored_is_ignored_afterwards, &[], || {
        let (pipes, marks) = (notify(&[SIGPIPE]), notify(&[SIGALRM]));
        raise(SIGPIPE);
        assert_eq!(pipes.recv(), Ok(SIGPIPE));
        drop(pipes);
        raise(SIGPIPE);
        // The higher number is delivered later.
        raise(SIGALRM);
        assert_eq!(marks.recv(), Ok(SIGALRM));
    })
    .succeeded();
}

static CALLS: AtomicU32 = AtomicU32::new(0);

extern "C" fn count(_signal: libc::c_int) {
    CALLS.fetch_add(1, Ordering::SeqCst);
}

#[test]
fn a_handler_that_was_there_is_called_as_before() {
    in_child(a_handler_that_was_there_is_called_as_before, &[], || {
        // SAFETY: a sigaction of zeros is valid; the handler does nothing but add to an atomic.
        let result = unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = count as extern "C" fn(libc::c_int) as usize;
            libc::sigaction(libc::SIGUSR1, &action, ptr::null_mut())
        };
        assert_eq!(result, 0);
        let (signals, marks) = (notify(&[SIGUSR1]), notify(&[SIGPIPE]));
        raise(SIGUSR1);
        assert_eq!((signals.recv(), CALLS.load(Ordering::SeqCst)), (Ok(SIGUSR1), 1));
        drop(signals);
        raise(SIGUSR1);
        raise(SIGPIPE);
        assert_eq!((marks.recv(), CALLS.load(Ordering::SeqCst)), (Ok(SIGPIPE), 2));
    })
    .succeeded();
}
