//! Guards by `mprotect`, as on kernels before 6.13: the same behaviour, until `vm.max_map_count` is used up. Then
//! starting a coroutine is an error that names this sysctl, and nothing worse.

use std::io::ErrorKind;
use std::panic::catch_unwind;
use std::sync::Arc;

use gopark::{JoinHandle, Runtime, coroutine, go, run, stack};

use crate::child::in_child;
use crate::mappings::{self, Ballast, kernel_has_light_guards};
use crate::overflow::{check_report, dive, overflow};

const MPROTECT: [(&str, &str); 1] = [("GOPARK_STACK_GUARD", "mprotect")];
const MADVISE: [(&str, &str); 1] = [("GOPARK_STACK_GUARD", "madvise")];

/// Enough coroutines for their mappings to stand out, all parked, each with a stack.
fn mappings_of_a_thousand() -> usize {
    let runtime = Runtime::builder().workers(1).stack_size(256 << 10).build().unwrap();
    let before = mappings::count();
    runtime.run(|| {
        let parked: Vec<_> = (0..1000).map(|_| go(coroutine::park)).collect();
        gopark::yield_now();
        let added = mappings::count() - before;
        unpark_and_join(parked);
        added
    })
}

fn unpark_and_join<T>(parked: Vec<JoinHandle<T>>) {
    parked.iter().for_each(|handle| handle.coroutine().unpark());
    parked.into_iter().for_each(|handle| drop(handle.join().unwrap()));
}

/// Spawns coroutines that park until there is no room for another one; returns them, and the error's text.
fn spawn_until_refused(most: usize) -> (Vec<JoinHandle<()>>, String) {
    let mut parked = Vec::with_capacity(most);
    let token = Arc::new(());
    let refused = loop {
        let held = token.clone();
        let body = move || {
            coroutine::park();
            drop(held);
        };
        match coroutine::Builder::new().spawn(body) {
            Ok(handle) => parked.push(handle),
            Err(error) => break error,
        }
        assert!(parked.len() < most, "{most} stacks, and still no error");
    };
    assert_eq!(refused.kind(), ErrorKind::OutOfMemory, "{refused}");
    assert_eq!(Arc::strong_count(&token), parked.len() + 1, "the refused closure is dropped, no other one");
    (parked, refused.to_string())
}

/// `go` cannot return the error, so it panics with it; `grow` as well.
fn check_panics_name_the_limit() {
    let of_go = catch_unwind(|| drop(go(|| ()))).unwrap_err();
    let of_grow = catch_unwind(|| stack::grow(256 << 10, || ())).unwrap_err();
    for payload in [of_go, of_grow] {
        let message = payload.downcast_ref::<String>().expect("a text");
        assert!(message.contains("vm.max_map_count"), "{message}");
    }
}

#[test]
fn mprotect_is_chosen_by_the_environment() {
    in_child(mprotect_is_chosen_by_the_environment, &MPROTECT, || {
        let added = mappings_of_a_thousand();
        assert!(added >= 1900, "two for each stack, but {added} for 1000");
    })
    .succeeded();
}

#[test]
fn madvise_is_chosen_by_the_environment() {
    if !kernel_has_light_guards() {
        println!("skipped: this kernel knows no MADV_GUARD_INSTALL");
        return;
    }
    in_child(madvise_is_chosen_by_the_environment, &MADVISE, || {
        let added = mappings_of_a_thousand();
        assert!(added < 100, "{added} mappings for 1000 stacks");
    })
    .succeeded();
}

#[test]
fn another_choice_is_an_error() {
    in_child(another_choice_is_an_error, &[("GOPARK_STACK_GUARD", "granite")], || {
        let refused = Runtime::builder().workers(1).build().expect_err("there is no such way");
        assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{refused}");
        for text in ["GOPARK_STACK_GUARD", "granite"] {
            assert!(refused.to_string().contains(text), "{refused}");
        }
    })
    .succeeded();
}

#[test]
fn an_overflow_is_caught() {
    let ended = in_child(an_overflow_is_caught, &MPROTECT, || {
        let builder = coroutine::Builder::new().name("diver").stack_size(256 << 10);
        run(|| overflow(builder, &["'diver'", "256 KiB"], || dive(0)))
    });
    check_report(&ended);
}

#[test]
fn ten_thousand_wait_at_once() {
    in_child(ten_thousand_wait_at_once, &MPROTECT, || {
        const COUNT: u64 = 10_000;
        if mappings::limit() < 3 * COUNT as usize {
            println!("skipped: vm.max_map_count is only {}", mappings::limit());
            return;
        }
        let sum = run(|| {
            let body = |i| {
                move || {
                    coroutine::park();
                    i
                }
            };
            let parked: Vec<_> = (0..COUNT).map(|i| go(body(i))).collect();
            parked.iter().for_each(|handle| handle.coroutine().unpark());
            parked.into_iter().map(|handle| handle.join().unwrap()).sum::<u64>()
        });
        assert_eq!(sum, COUNT * (COUNT - 1) / 2);
    })
    .succeeded();
}

/// By stacks alone.
#[test]
fn the_limit_is_an_error_that_names_it() {
    in_child(the_limit_is_an_error_that_names_it, &MPROTECT, || {
        const MOST: usize = 150_000;
        let limit = mappings::limit();
        if limit > MOST {
            println!("skipped: vm.max_map_count is {limit}; reached in a_limit_reached_by_others_is_named");
            return;
        }
        run(move || {
            let (parked, text) = spawn_until_refused(limit);
            assert!(text.contains("vm.max_map_count"), "{text}");
            assert!(parked.len() > limit / 3, "only {} stacks with {limit} mappings", parked.len());
            check_panics_name_the_limit();

            // When they have ended, others have room.
            let room = parked.len();
            unpark_and_join(parked);
            let again: Vec<_> = (0..room / 2).map(|_| go(coroutine::park)).collect();
            unpark_and_join(again);
            println!("stacks within vm.max_map_count = {limit}: {room}");
        });
    })
    .succeeded();
}

/// By mappings that the rest of the process has made: an allocator, a database, other threads.
#[test]
fn a_limit_reached_by_others_is_named() {
    in_child(a_limit_reached_by_others_is_named, &MPROTECT, || {
        const LEFT: usize = 4000;
        let limit = mappings::limit();
        if limit > 300_000 {
            println!("skipped: vm.max_map_count is {limit}");
            return;
        }
        run(move || {
            let ballast = Ballast::new(limit - mappings::count() - LEFT);
            let (parked, text) = spawn_until_refused(LEFT);
            // From here on the process can allocate again.
            drop(ballast);
            assert!(text.contains("vm.max_map_count"), "{text}");

            go(|| ()).join().unwrap();
            unpark_and_join(parked);
        });
    })
    .succeeded();
}
