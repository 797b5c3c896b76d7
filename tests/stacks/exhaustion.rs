//! Running out of stacks of one size: an error, nothing lost, and room again when others end.

use std::io::ErrorKind;
use std::panic::catch_unwind;
use std::sync::Arc;

use gopark::{JoinHandle, coroutine, run, stack};

use crate::child::in_child;
use crate::eventually::eventually;

/// The largest size, of which there are fewest.
const LARGEST: usize = 1 << 30;

/// More than there can be.
const MOST: usize = 100_000;

fn spawn_parked(token: &Arc<()>) -> std::io::Result<JoinHandle<()>> {
    let held = token.clone();
    coroutine::Builder::new().stack_size(LARGEST).spawn(move || {
        coroutine::park();
        drop(held);
    })
}

/// Spawns coroutines that park, until there is no room for another one.
fn fill(token: &Arc<()>) -> Vec<JoinHandle<()>> {
    let mut parked = Vec::new();
    let refused = loop {
        match spawn_parked(token) {
            Ok(handle) => parked.push(handle),
            Err(error) => break error,
        }
        assert!(parked.len() < MOST, "{MOST} stacks of a gibibyte, and still no error");
    };
    assert_eq!(refused.kind(), ErrorKind::OutOfMemory, "{refused}");
    assert!(refused.to_string().contains("stack"), "{refused}");
    assert!(refused.to_string().contains("1048576 KiB"), "{refused}");
    assert!(!parked.is_empty());
    parked
}

fn end(handle: JoinHandle<()>) {
    handle.coroutine().unpark();
    handle.join().unwrap();
}

#[test]
fn is_an_error_that_drops_the_closure() {
    in_child(is_an_error_that_drops_the_closure, &[], || {
        run(|| {
            let token = Arc::new(());
            let parked = fill(&token);
            assert_eq!(Arc::strong_count(&token), parked.len() + 1);
            for _ in 0..100 {
                assert!(spawn_parked(&token).is_err());
            }
            assert_eq!(Arc::strong_count(&token), parked.len() + 1, "a refused closure is dropped");
            println!("stacks of 1 GiB: {}", parked.len());

            parked.into_iter().for_each(end);
            assert_eq!(Arc::strong_count(&token), 1, "and one that has run as well");
        });
    })
    .succeeded();
}

#[test]
fn other_sizes_have_room() {
    in_child(other_sizes_have_room, &[], || {
        run(|| {
            let parked = fill(&Arc::new(()));
            for size in [64 << 10, 1 << 20, 256 << 20] {
                let spawned = coroutine::Builder::new().stack_size(size).spawn(move || size);
                assert_eq!(spawned.unwrap().join().unwrap(), size);
            }
            gopark::go(|| ()).join().unwrap();
            parked.into_iter().for_each(end);
        });
    })
    .succeeded();
}

#[test]
fn grow_panics_and_its_caller_lives() {
    in_child(grow_panics_and_its_caller_lives, &[], || {
        run(|| {
            let parked = fill(&Arc::new(()));
            let panic = catch_unwind(|| stack::grow(LARGEST, || ())).unwrap_err();
            let message = panic.downcast_ref::<String>().expect("a text");
            assert!(message.contains("no room for another stack"), "{message}");

            parked.into_iter().for_each(end);
            eventually("there is room for grow", || catch_unwind(|| stack::grow(LARGEST, || ())).is_ok());
        });
    })
    .succeeded();
}

/// A slot of a coroutine that has been joined is free: a program that keeps within the limit meets no error.
#[test]
fn each_end_makes_room_for_one() {
    in_child(each_end_makes_room_for_one, &[], || {
        run(|| {
            let token = Arc::new(());
            let mut parked = fill(&token);
            for round in 0..500 {
                end(parked.swap_remove(round * 7 % parked.len()));
                let spawned = spawn_parked(&token);
                parked.push(spawned.unwrap_or_else(|error| panic!("in round {round}: {error}")));
            }
            let all = parked.len();
            parked.into_iter().for_each(end);

            let again = fill(&token);
            assert_eq!(again.len(), all, "as many as before");
            again.into_iter().for_each(end);
        });
    })
    .succeeded();
}

/// Spawned on one worker thread and ended on another, the places find their way back.
#[test]
fn places_come_back_from_other_workers() {
    in_child(places_come_back_from_other_workers, &[("GOPARK_WORKERS", "4")], || {
        run(|| {
            let token = Arc::new(());
            let all = fill(&token).into_iter().map(end).count();
            for _ in 0..3 {
                eventually("all are there again", || {
                    let parked = fill(&token);
                    let count = parked.len();
                    parked.into_iter().for_each(end);
                    count == all
                });
            }
        });
    })
    .succeeded();
}
