//! The memory that a deep call has left behind is given back while its coroutine waits, and nothing else is.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use gopark::{JoinHandle, Runtime, coroutine, go, stack};

use crate::child::in_child;
use crate::eventually::eventually;
use crate::memory::resident;

const COUNT: u64 = 10_000;

/// So much of each stack is touched, and left again.
const DEPTH: usize = 64 << 10;

/// Coroutines wait until it is at least their own phase.
static PHASE: AtomicU64 = AtomicU64::new(0);

/// How many waits have begun.
static WAITS: AtomicU64 = AtomicU64::new(0);

#[inline(never)]
fn touch_deep(with: u8) -> u8 {
    let mut frame = [with; DEPTH];
    black_box(&mut frame)[DEPTH / 2]
}

/// Waits some frames down, each of which has values of its own that must be the same afterwards.
#[inline(never)]
fn wait_below(frames: u64, seed: u64, phase: u64) {
    let values: [u64; 8] = std::array::from_fn(|i| seed ^ (frames * 8 + i as u64));
    let kept = black_box(values);
    if frames > 0 {
        wait_below(frames - 1, seed, phase);
    } else {
        WAITS.fetch_add(1, SeqCst);
        while PHASE.load(SeqCst) < phase {
            coroutine::park();
        }
    }
    assert_eq!(black_box(kept), values);
}

/// 256 KiB: what optimised builds have anyway.
fn runtime() -> Runtime {
    Runtime::builder().workers(2).stack_size(256 << 10).build().unwrap()
}

fn trims(runtime: &Runtime) -> u64 {
    runtime.metrics().machines.iter().map(|machine| machine.trims).sum()
}

/// So many waits have begun, and the stack of each was trimmed.
#[track_caller]
fn await_trimming(runtime: &Runtime, waits: u64) {
    eventually("all wait", || WAITS.load(SeqCst) == waits);
    eventually("each was trimmed", || trims(runtime) >= waits);
}

fn next_phase(parked: &[JoinHandle<()>]) {
    PHASE.fetch_add(1, SeqCst);
    parked.iter().for_each(|handle| handle.coroutine().unpark());
}

/// The plain thread watches, so that the workers have nothing to do.
#[test]
fn parked_stacks_shrink_to_what_is_in_use() {
    in_child(parked_stacks_shrink_to_what_is_in_use, &[], || {
        let runtime = runtime();
        let mut parked = Vec::with_capacity(COUNT as usize);
        let before = resident();
        for i in 0..COUNT {
            parked.push(runtime.spawn(move || {
                touch_deep(1);
                wait_below(3, i, 1);
                // What was given back is there again when it is needed.
                assert_eq!(touch_deep(2), 2);
                wait_below(3, !i, 2);
            }));
        }
        let each = || resident().saturating_sub(before) / COUNT;
        for phase in 1..=2 {
            await_trimming(&runtime, phase * COUNT);
            // One page is in use, two where the frames happen to cross into the next.
            eventually("the memory is given back", || each() < 3 * 4096);
            println!("resident bytes of a coroutine that waits, after {DEPTH} were touched: {}", each());
            next_phase(&parked);
        }
        parked.into_iter().for_each(|handle| handle.join().unwrap());
    })
    .succeeded();
}

/// Those who live on the machine that was made for a stuck one, which is not needed any more.
#[test]
fn stacks_on_a_spare_shrink_too() {
    in_child(stacks_on_a_spare_shrink_too, &[], || {
        const COUNT: u64 = 5000;
        let runtime = Runtime::builder().workers(1).stack_size(256 << 10).on_stall(|_| ()).build().unwrap();
        let hog = runtime.spawn(|| {
            // When it comes back the spare has not yet started all of them.
            while WAITS.load(SeqCst) < COUNT / 2 {
                thread::sleep(Duration::from_micros(10));
            }
        });
        let parked: Vec<_> = (0..COUNT)
            .map(|i| {
                runtime.spawn(move || {
                    touch_deep(1);
                    wait_below(3, i, 1);
                })
            })
            .collect();
        hog.join().unwrap();
        await_trimming(&runtime, COUNT);
        next_phase(&parked);
        parked.into_iter().for_each(|handle| handle.join().unwrap());
    })
    .succeeded();
}

/// A coroutine that waits inside `grow` uses two stacks, and both keep what is in use.
#[test]
fn stacks_beneath_grow_keep_what_is_in_use() {
    in_child(stacks_beneath_grow_keep_what_is_in_use, &[], || {
        const COUNT: u64 = 500;
        let runtime = runtime();
        let parked: Vec<_> = (0..COUNT)
            .map(|i| {
                runtime.spawn(move || {
                    touch_deep(1);
                    let below: [u64; 64] = std::array::from_fn(|at| i ^ at as u64);
                    let kept = black_box(below);
                    stack::grow(1 << 20, || {
                        touch_deep(2);
                        wait_below(5, i, 1);
                    });
                    assert_eq!(black_box(kept), below);
                    touch_deep(3);
                    wait_below(5, i, 2);
                })
            })
            .collect();
        for phase in 1..=2 {
            await_trimming(&runtime, phase * COUNT);
            next_phase(&parked);
        }
        parked.into_iter().for_each(|handle| handle.join().unwrap());
    })
    .succeeded();
}

/// While the worker is busy with others, its parked coroutines are trimmed and woken at the same time.
#[test]
fn trimming_beside_work_harms_nobody() {
    in_child(trimming_beside_work_harms_nobody, &[], || {
        let runtime = runtime();
        PHASE.store(1, SeqCst);
        let busy: Vec<_> = (0..64_u64)
            .map(|i| {
                runtime.spawn(move || {
                    for round in 0..40 {
                        touch_deep(i as u8);
                        let values: [u64; 32] = std::array::from_fn(|at| i * round + at as u64);
                        let kept = black_box(values);
                        gopark::time::sleep(std::time::Duration::from_millis(5 + i % 16));
                        assert_eq!(black_box(kept), values);
                        gopark::yield_now();
                        assert_eq!(black_box(kept), values);
                        go(move || wait_below(2, i, 1)).join().unwrap();
                    }
                })
            })
            .collect();
        busy.into_iter().for_each(|handle| handle.join().unwrap());
        assert!(trims(&runtime) > 0, "more than half a second of this");
    })
    .succeeded();
}

/// What ended coroutines have touched goes back too, but for some stacks that are kept for the next ones.
#[test]
fn the_memory_of_ended_coroutines_is_given_back() {
    in_child(the_memory_of_ended_coroutines_is_given_back, &[], || {
        let runtime = runtime();
        let mut parked = Vec::with_capacity(COUNT as usize);
        let before = resident();
        for i in 0..COUNT {
            parked.push(runtime.spawn(move || {
                wait_below(1, i, 1);
                touch_deep(1);
            }));
        }
        eventually("all wait", || WAITS.load(SeqCst) == COUNT);
        next_phase(&parked);
        parked.into_iter().for_each(|handle| handle.join().unwrap());
        let grown = || resident().saturating_sub(before);
        let most = COUNT * DEPTH as u64;
        eventually("a tenth of the memory is left at most", || grown() < most / 10);
        println!("resident after {COUNT} coroutines that touched {DEPTH} bytes each: {} KiB", grown() >> 10);
        assert_eq!(runtime.metrics().live, 0);
    })
    .succeeded();
}
