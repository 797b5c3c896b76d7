//! What cannot be received.

use gopark::signal::{SIGUSR1, Signal, notify};
use std::panic::{AssertUnwindSafe, catch_unwind};

fn refusal(number: i32) -> String {
    let payload = catch_unwind(AssertUnwindSafe(|| notify(&[SIGUSR1, Signal::from(number)])))
        .expect_err("it cannot be received");
    payload.downcast_ref::<String>().expect("a message").clone()
}

#[test]
fn those_that_cannot_be_caught() {
    for (number, name) in [(libc::SIGKILL, "SIGKILL"), (libc::SIGSTOP, "SIGSTOP")] {
        assert_eq!(refusal(number), format!("{name} cannot be received from a channel"));
    }
}

#[test]
fn those_that_tell_of_a_fault() {
    for number in [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE] {
        assert_eq!(refusal(number), format!("{} cannot be received from a channel", Signal::from(number)));
    }
}

#[test]
fn those_that_do_not_exist() {
    for number in [i32::MIN, -1, 0, 65, 128, i32::MAX] {
        assert_eq!(refusal(number), format!("there is no signal {number}"));
    }
}
