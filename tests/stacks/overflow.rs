//! Who overflows its stack is named: the coroutine, where it was spawned, how large its stack is, what to change.

use std::hint::black_box;
use std::os::unix::process::ExitStatusExt;
use std::panic::Location;

use gopark::{coroutine, go, run, stack};

use crate::child::{Ended, in_child};

/// Says what the report of the overflow must contain. Printed by the child, checked by the parent.
const EXPECTED: &str = "expected in the report: ";

/// Uses up any stack, frame by frame.
#[inline(never)]
pub(crate) fn dive(depth: u64) -> u64 {
    let frame = black_box([depth; 32]);
    if depth == u64::MAX { 0 } else { 1 + dive(depth + 1) + frame[7] - depth }
}

/// Uses up any stack in one step, by a frame far larger than every guard.
#[inline(never)]
fn sprawl() -> u8 {
    let mut frame = [1_u8; 8 << 20];
    black_box(&mut frame)[4711]
}

pub(crate) fn expect(text: impl std::fmt::Display) {
    println!("{EXPECTED}{text}");
}

/// As reports name the running coroutine.
pub(crate) fn expect_own_id() {
    expect(format_args!("coroutine {}", coroutine::current().unwrap().id()));
}

/// `lines` below the caller stands the spawn.
#[track_caller]
pub(crate) fn expect_spawned_below(lines: u32) {
    let here = Location::caller();
    expect(format_args!("{}:{}:", here.file(), here.line() + lines));
}

/// Spawns a coroutine that overflows its stack in `deep`, and waits for it. The report must have what is `expected`,
/// and name the coroutine and this spawn.
pub(crate) fn overflow<R: Send + 'static>(
    builder: coroutine::Builder,
    expected: &'static [&'static str],
    deep: impl FnOnce() -> R + Send + 'static,
) -> R {
    let body = || {
        expected.iter().for_each(expect);
        expect_own_id();
        deep()
    };
    expect_spawned_below(1);
    builder.spawn(body).unwrap().join().unwrap()
}

/// Where there is no coroutine that could be named.
fn overflow_in_grow() {
    expect("4096 KiB");
    expect("stack::grow");
    black_box(stack::grow(4 << 20, || dive(0)));
}

/// The child was ended by this signal.
#[track_caller]
pub(crate) fn died_of(ended: &Ended, signal: i32) {
    let right = ended.status.signal() == Some(signal);
    assert!(right, "{} instead of signal {signal}\n{}{}", ended.status, ended.stdout, ended.stderr);
}

/// The report says all that the child expected, and the process is gone by SIGABRT.
#[track_caller]
pub(crate) fn check_report(ended: &Ended) {
    died_of(ended, libc::SIGABRT);
    let report = &ended.stderr;
    let expected: Vec<_> = ended.stdout.lines().filter_map(|line| line.split_once(EXPECTED)).collect();
    assert!(!expected.is_empty(), "the child came to nothing:\n{}", ended.stdout);
    for (_, text) in expected {
        assert!(report.contains(text), "{text:?} is missing in:\n{report}");
    }
    for text in ["overflowed its stack", "stack_size", "GOPARK_STACK", "stack::grow"] {
        assert!(report.contains(text), "{text:?} is missing in:\n{report}");
    }
    assert_eq!(report.matches("overflowed").count(), 1, "reported once, by one:\n{report}");
}

#[test]
fn by_recursion_in_a_named_coroutine() {
    let ended = in_child(by_recursion_in_a_named_coroutine, &[], || {
        let builder = coroutine::Builder::new().name("diver").stack_size(256 << 10);
        run(|| overflow(builder, &["'diver'", "256 KiB"], || dive(0)))
    });
    check_report(&ended);
}

#[test]
fn by_recursion_in_an_unnamed_coroutine() {
    let ended = in_child(by_recursion_in_an_unnamed_coroutine, &[], || {
        run(|| {
            let body = || {
                expect_own_id();
                dive(0)
            };
            expect_spawned_below(1);
            go(body).join()
        })
    });
    check_report(&ended);
    assert!(!ended.stderr.contains('\''), "nobody gave a name:\n{}", ended.stderr);
}

#[test]
fn by_a_large_array() {
    let ended = in_child(by_a_large_array, &[], || {
        let builder = coroutine::Builder::new().name("sprawler");
        run(|| overflow(builder, &["'sprawler'"], sprawl))
    });
    check_report(&ended);
}

#[test]
fn in_the_main_coroutine() {
    let ended = in_child(in_the_main_coroutine, &[], || {
        let body = || {
            expect_own_id();
            dive(0)
        };
        expect_spawned_below(1);
        black_box(run(body));
    });
    check_report(&ended);
}

#[test]
fn inside_grow() {
    let ended = in_child(inside_grow, &[], || {
        let builder = coroutine::Builder::new().name("grower").stack_size(256 << 10);
        run(|| overflow(builder, &["'grower'", "4096 KiB"], || stack::grow(4 << 20, || dive(0))))
    });
    check_report(&ended);
}

#[test]
fn by_a_large_array_inside_grow() {
    let ended = in_child(by_a_large_array_inside_grow, &[], || {
        run(|| {
            expect("1024 KiB");
            expect_own_id();
            stack::grow(1 << 20, sprawl)
        });
    });
    check_report(&ended);
}

/// After `grow` has returned, the limit is the coroutine's own again.
#[test]
fn after_grow() {
    let ended = in_child(after_grow, &[], || {
        let builder = coroutine::Builder::new().stack_size(256 << 10);
        let deep = || {
            stack::grow(16 << 20, || ());
            dive(0)
        };
        run(|| overflow(builder, &["256 KiB"], deep))
    });
    check_report(&ended);
}

#[test]
fn inside_grow_on_a_plain_thread() {
    let ended = in_child(inside_grow_on_a_plain_thread, &[], || {
        run(|| ());
        overflow_in_grow();
    });
    check_report(&ended);
}

/// A program that uses coroutines' stacks by `grow` alone has overflows as well.
#[test]
fn inside_grow_where_no_runtime_has_been() {
    let ended = in_child(inside_grow_where_no_runtime_has_been, &[], overflow_in_grow);
    check_report(&ended);
}

/// Whoever runs when another coroutine of the same thread has parked is named, not the other one.
#[test]
fn beside_parked_neighbours() {
    let ended = in_child(beside_parked_neighbours, &[], || {
        let runtime = gopark::Runtime::builder().workers(1).build().unwrap();
        runtime.run(|| {
            let parked: Vec<_> = (0..8)
                .map(|i| coroutine::Builder::new().name(format!("sleeper {i}")).spawn(coroutine::park))
                .collect();
            gopark::yield_now();
            let builder = coroutine::Builder::new().name("diver");
            let deep = || {
                // Comes back from a wait first, so that the others have run in between.
                gopark::yield_now();
                dive(0)
            };
            overflow(builder, &["'diver'"], deep);
            drop(parked);
        });
    });
    check_report(&ended);
    assert!(!ended.stderr.contains("sleeper"), "{}", ended.stderr);
}
