//! The size in the report of an overflow is the one that was asked for, whoever asked.

use std::hint::black_box;

use gopark::{Runtime, coroutine, go, run, stack};

use crate::child::in_child;
use crate::overflow::{check_report, dive, expect, expect_own_id, expect_spawned_below, overflow};

/// As the documentation of `runtime::Builder::stack_size` has it.
const DEFAULT: &str = if cfg!(debug_assertions) { "1024 KiB" } else { "256 KiB" };

#[test]
fn the_default() {
    let ended = in_child(the_default, &[], || {
        run(|| {
            expect(DEFAULT);
            expect_own_id();
            dive(0)
        });
    });
    check_report(&ended);
}

#[test]
fn of_the_environment() {
    let ended = in_child(of_the_environment, &[("GOPARK_STACK", "4194304")], || {
        run(|| {
            go(|| {
                expect("4096 KiB");
                expect_own_id();
                dive(0)
            })
            .join()
        })
    });
    check_report(&ended);
}

/// The builder of the runtime beats the environment, and 65 KiB are rounded up.
#[test]
fn of_the_runtime() {
    let ended = in_child(of_the_runtime, &[("GOPARK_STACK", "4194304")], || {
        let runtime = Runtime::builder().stack_size(65 << 10).build().unwrap();
        let body = || {
            expect("256 KiB");
            expect_own_id();
            dive(0)
        };
        expect_spawned_below(1);
        black_box(runtime.spawn(body).join().unwrap());
    });
    check_report(&ended);
}

#[test]
fn the_smallest() {
    let ended = in_child(the_smallest, &[], || {
        run(|| {
            let body = || {
                // Printing is too deep for it in unoptimised builds.
                stack::grow(1 << 20, || {
                    expect("overflowed its stack of 64 KiB");
                    expect_own_id();
                });
                dive(0)
            };
            coroutine::Builder::new().name("small").stack_size(1).spawn(body).unwrap().join()
        })
    });
    check_report(&ended);
}

#[test]
fn a_large_one() {
    let ended = in_child(a_large_one, &[], || {
        let builder = coroutine::Builder::new().name("large").stack_size(16 << 20);
        run(|| overflow(builder, &["overflowed its stack of 16384 KiB"], || dive(0)))
    });
    check_report(&ended);
}

/// A name has no limit. Whatever is cut, who reads the report wants place and size.
#[test]
fn of_a_coroutine_with_an_endless_name() {
    let ended = in_child(of_a_coroutine_with_an_endless_name, &[], || {
        let builder = coroutine::Builder::new().name("n".repeat(5000)).stack_size(1 << 20);
        run(|| overflow(builder, &["nnnnnnnnnnnnnnnn", "1024 KiB"], || dive(0)))
    });
    check_report(&ended);
}
