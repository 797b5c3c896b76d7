//! The environment variables `GOPARK_WORKERS` and `GOPARK_STACK`.

use crate::child::in_child;
use std::io::ErrorKind;
use std::panic::catch_unwind;

/// What is not a number of either.
const GARBAGE: [&str; 6] = ["", "two", "-1", "1.5", "0x10", "99999999999999999999999"];

#[test]
fn garbage_is_an_error_that_names_the_variable() {
    for variable in ["GOPARK_WORKERS", "GOPARK_STACK"] {
        for value in GARBAGE {
            let child = in_child(garbage_is_an_error_that_names_the_variable, &[(variable, value)], || {
                let error = crate::policy::builder().build().expect_err("garbage");
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
                eprintln!("built: {error}");
                assert!(catch_unwind(|| crate::run::run(|| ())).is_err());
            });
            assert!(child.stderr.contains(&format!("built: {variable}={value}")), "{}", child.stderr);
            assert!(child.stderr.matches(variable).count() >= 2, "run does not say it: {}", child.stderr);
            child.succeeded();
        }
    }
}

#[test]
fn zero_is_refused() {
    for variable in ["GOPARK_WORKERS", "GOPARK_STACK"] {
        let child = in_child(zero_is_refused, &[(variable, "0")], || {
            let error = crate::policy::builder().build().expect_err("zero");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        });
        child.succeeded();
    }
}

#[test]
fn numbers_are_taken_and_the_builder_goes_first() {
    let environment = [("GOPARK_WORKERS", "3"), ("GOPARK_STACK", "1048576")];
    let child = in_child(numbers_are_taken_and_the_builder_goes_first, &environment, || {
        assert_eq!(crate::run::run(|| gopark::metrics().machines.len()), 3);
        let runtime = crate::policy::builder().workers(1).stack_size(64 << 10).build().expect("a runtime");
        assert_eq!(runtime.metrics().machines.len(), 1);
    });
    child.succeeded();
}
