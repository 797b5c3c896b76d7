//! What a coroutine that waits costs, and that stacks are used again.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use gopark::{Runtime, coroutine, go};

use crate::child::in_child;
use crate::eventually::eventually;
use crate::mappings;
use crate::memory::resident;

/// 4.8 KiB. Unoptimised frames are several times as large, and may need a second page.
const MOST_BYTES: u64 = if cfg!(debug_assertions) { 6 << 10 } else { 4915 };

/// On 256 KiB stacks, which optimised builds have anyway: a page of its stack and what belongs to it.
#[test]
fn a_parked_coroutine_costs_a_page() {
    const COUNT: u64 = 50_000;
    in_child(a_parked_coroutine_costs_a_page, &[], || {
        static WAITS: AtomicU64 = AtomicU64::new(0);
        let runtime = Runtime::builder().workers(2).stack_size(256 << 10).build().unwrap();
        runtime.run(|| ());
        let mut parked = Vec::with_capacity(COUNT as usize);
        let (bytes_before, mappings_before) = (resident(), mappings::count());
        for _ in 0..COUNT {
            parked.push(runtime.spawn(|| {
                WAITS.fetch_add(1, SeqCst);
                coroutine::park();
            }));
        }
        eventually("all wait", || WAITS.load(SeqCst) == COUNT);
        let each = || resident().saturating_sub(bytes_before) / COUNT;
        println!("resident bytes of a parked coroutine, page tables included, at once: {}", each());
        eventually("a coroutine takes little more than a page", || each() <= MOST_BYTES);
        println!("and in the end: {}", each());
        if mappings::kernel_has_light_guards() {
            let added = mappings::count() - mappings_before;
            println!("mappings of {COUNT} stacks: {added}");
            assert!(added < 100, "{added} more mappings for {COUNT} stacks");
        }
        assert_eq!(runtime.metrics().live, COUNT);

        parked.iter().for_each(|handle| handle.coroutine().unpark());
        parked.into_iter().for_each(|handle| handle.join().unwrap());
        eventually("all are gone", || runtime.metrics().live == 0);
    })
    .succeeded();
}

/// A million coroutines, never more than a thousand at once: the stacks of a thousand.
#[test]
fn stacks_are_used_again() {
    const WAVES: usize = 1000;
    const WAVE: usize = 1000;
    in_child(stacks_are_used_again, &[], || {
        let runtime = Runtime::builder().workers(2).stack_size(256 << 10).build().unwrap();
        runtime.run(|| {
            let mut after_some_waves = None;
            for wave in 0..WAVES {
                // Half of the waves run to their ends at once, half of them wait in between.
                let parks = wave % 2 == 0;
                let body = move || {
                    if parks {
                        coroutine::park();
                    }
                };
                let handles: Vec<_> = (0..WAVE).map(|_| go(body)).collect();
                handles.iter().filter(|_| parks).for_each(|handle| handle.coroutine().unpark());
                handles.into_iter().for_each(|handle| handle.join().unwrap());
                if wave == 20 {
                    after_some_waves = Some((gopark::metrics().stacks_opened, resident()));
                }
            }
            let (opened_before, bytes_before) = after_some_waves.unwrap();
            let metrics = gopark::metrics();
            println!("stacks for {} coroutines: {}", metrics.finished, metrics.stacks_opened);
            assert!(metrics.finished >= (WAVES * WAVE) as u64);
            // The scheduler may have had some more of a wave under way than in the first ones.
            assert!(
                metrics.stacks_opened <= opened_before + WAVE as u64,
                "{opened_before}, then {metrics:?}"
            );
            assert!(metrics.stacks_opened <= 4 * WAVE as u64, "{metrics:?}");
            assert!(resident() <= bytes_before + (16 << 20), "{bytes_before} bytes, then {}", resident());
        });
    })
    .succeeded();
}

/// The stacks of a runtime that has ended serve the next ones.
#[test]
fn runtimes_leave_no_stacks_behind() {
    in_child(runtimes_leave_no_stacks_behind, &[], || {
        let round = || {
            let runtime = Runtime::builder().workers(2).stack_size(256 << 10).build().unwrap();
            runtime.run(|| {
                let handles: Vec<_> = (0..500).map(|_| go(gopark::yield_now)).collect();
                handles.into_iter().for_each(|handle| handle.join().unwrap());
            });
            runtime.metrics().stacks_opened
        };
        let first = (0..3).map(|_| round()).max();
        let last = (0..100).map(|_| round()).max();
        assert!(last <= first.map(|opened| opened + 500), "{first:?} stacks, then {last:?}");

        let idle = Runtime::builder().workers(1).build().unwrap();
        assert_eq!(idle.metrics().stacks_claimed, 0, "nobody has one");
    })
    .succeeded();
}
