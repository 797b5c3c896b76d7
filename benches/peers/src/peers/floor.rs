//! What the switch costs, or the sockets, and nothing else: coroutines of corosensei in a queue that one thread has for itself. No library with
//! a scheduler can be faster.

use std::collections::VecDeque;
use std::hint::black_box;
use std::time::{Duration, Instant};

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult};

use crate::figure::{Figures, Metric};
use crate::load::Kind;
use crate::served::{self, floor};
use crate::workload::Workload;

type Yields = Coroutine<(), (), (), DefaultStack>;

const STACK: usize = 64 << 10;

pub fn measure(workload: Workload) -> Option<Figures> {
    let events = workload.events();
    let time = match workload {
        Workload::Yield2 => yields(2, events),
        Workload::Yield1000 => yields(1000, events),
        Workload::SpawnJoin => spawn_join(events),
        _ => {
            let kind = workload.load()?;
            let serve = match kind {
                Kind::Echo | Kind::Idle => floor::echo,
                Kind::Http => floor::http,
                Kind::FanOut => floor::fan_out,
                // TLS is no part of the floor; one loop has one thread, and those above it two.
                Kind::IdleTls | Kind::Skew => return None,
            };
            return Some(served::measure(kind, events, serve));
        }
    };
    Some(vec![(Metric::Time, time.as_nanos() as f64 / f64::from(events))])
}

fn yields(coroutines: u32, events: u32) -> Duration {
    let each = events / coroutines;
    let yields = |_| {
        let stack = DefaultStack::new(STACK).expect("a stack");
        Coroutine::with_stack(stack, move |yielder, ()| (0..each).for_each(|_| yielder.suspend(())))
    };
    let mut queue: VecDeque<Yields> = (0..coroutines).map(yields).collect();
    let start = Instant::now();
    while let Some(mut next) = queue.pop_front() {
        if let CoroutineResult::Yield(()) = next.resume(()) {
            queue.push_back(next);
        }
    }
    start.elapsed()
}

/// One stack, which is used again and again.
fn spawn_join(events: u32) -> Duration {
    let mut stack = DefaultStack::new(STACK).expect("a stack");
    let start = Instant::now();
    for i in 0..events {
        let mut coroutine: Coroutine<u32, (), u32, DefaultStack> =
            Coroutine::with_stack(stack, |_, i| black_box(i));
        black_box(coroutine.resume(i).as_return());
        stack = coroutine.into_stack();
    }
    start.elapsed()
}
