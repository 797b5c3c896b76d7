//! Any sequence of calls leaves a queue with what a list would hold, in the same order.

use std::collections::VecDeque;

use gopark_loom_tests::tasks::{Task, number, pointer};
use proptest::collection::vec;
use proptest::prelude::*;

use super::atomic::RING_LEN;
use super::run_queue::RunQueue;

const PROCESSORS: usize = 3;

/// What a processor does, by its number; thieves have a victim.
#[derive(Clone, Debug)]
enum Step {
    Push { owner: usize, count: usize },
    Pop { owner: usize, count: usize },
    SetNext { owner: usize },
    TrySetNext { owner: usize },
    TakeNext { owner: usize },
    Steal { thief: usize, victim: usize },
    StealNext { victim: usize, seen_before: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let owner = 0..PROCESSORS;
    // Up to a ring and a half, so that it overflows at either size.
    let count = 1..RING_LEN * 3 / 2;
    prop_oneof![
        (owner.clone(), count.clone()).prop_map(|(owner, count)| Step::Push { owner, count }),
        (owner.clone(), count).prop_map(|(owner, count)| Step::Pop { owner, count }),
        owner.clone().prop_map(|owner| Step::SetNext { owner }),
        owner.clone().prop_map(|owner| Step::TrySetNext { owner }),
        owner.clone().prop_map(|owner| Step::TakeNext { owner }),
        (owner.clone(), 1..PROCESSORS)
            .prop_map(|(thief, other)| Step::Steal { thief, victim: (thief + other) % PROCESSORS }),
        (owner, any::<bool>()).prop_map(|(victim, seen_before)| Step::StealNext { victim, seen_before }),
    ]
}

/// A processor, and what it should hold.
struct Processor {
    queue: RunQueue<Task>,
    ring: VecDeque<usize>,
    next: Option<usize>,
}

impl Processor {
    fn new() -> Processor {
        Processor { queue: RunQueue::new(), ring: VecDeque::new(), next: None }
    }

    fn push(&mut self, task: usize) {
        let pushed = self.queue.push(pointer(task));
        let spilled = pushed.err().map(|overflow| overflow.entries.map(number).to_vec());
        let expected = (self.ring.len() == RING_LEN).then(|| {
            let older = self.ring.drain(..RING_LEN / 2);
            older.chain([task]).collect()
        });
        if expected.is_none() {
            self.ring.push_back(task);
        }
        assert_eq!(spilled, expected);
    }

    fn pop(&mut self) {
        assert_eq!(self.queue.pop().map(number), self.ring.pop_front());
    }

    fn set_next(&mut self, task: usize) {
        assert_eq!(self.queue.set_next(pointer(task)).map(number), self.next.replace(task));
    }

    fn try_set_next(&mut self, task: usize) {
        let is_free = self.next.is_none();
        assert_eq!(self.queue.try_set_next(pointer(task)), is_free);
        if is_free {
            self.next = Some(task);
        }
    }

    fn take_next(&mut self) {
        assert_eq!(self.queue.take_next().map(number), self.next.take());
    }

    fn steal_next(&mut self, seen_before: bool) {
        let seen = if seen_before { pointer(usize::MAX - 1) } else { self.queue.peek_next() };
        let stolen = self.queue.steal_next(seen);
        assert_eq!(stolen, !seen_before && self.next.is_some(), "it takes what was seen, and nothing else");
        if stolen {
            assert_eq!(Some(number(seen)), self.next.take());
        }
    }

    fn check(&self) {
        assert_eq!(self.queue.len(), self.ring.len());
        assert_eq!(self.queue.is_empty(), self.ring.is_empty() && self.next.is_none());
    }
}

/// The older half, of an odd number the greater one; the thief runs the newest of it.
fn steal(processors: &mut [Processor], thief: usize, victim: usize) {
    if !processors[thief].ring.is_empty() {
        return; // such a processor does not steal
    }
    let stolen = processors[victim].queue.steal_into(&processors[thief].queue).map(number);
    let half = processors[victim].ring.len().div_ceil(2);
    let mut moved: VecDeque<usize> = processors[victim].ring.drain(..half).collect();
    assert_eq!(stolen, moved.pop_back());
    processors[thief].ring = moved;
}

fn run(steps: Vec<Step>) {
    let mut processors: [Processor; PROCESSORS] = std::array::from_fn(|_| Processor::new());
    let mut tasks = 0..;
    let mut new = || tasks.next().expect("numbers enough");
    for step in steps {
        match step {
            Step::Push { owner, count } => (0..count).for_each(|_| processors[owner].push(new())),
            Step::Pop { owner, count } => (0..count).for_each(|_| processors[owner].pop()),
            Step::SetNext { owner } => processors[owner].set_next(new()),
            Step::TrySetNext { owner } => processors[owner].try_set_next(new()),
            Step::TakeNext { owner } => processors[owner].take_next(),
            Step::Steal { thief, victim } => steal(&mut processors, thief, victim),
            Step::StealNext { victim, seen_before } => processors[victim].steal_next(seen_before),
        }
        processors.iter().for_each(Processor::check);
    }
    for mut processor in processors {
        (0..=RING_LEN).for_each(|_| processor.pop());
        processor.take_next();
    }
}

proptest! {
    #[test]
    fn agree_with_lists(steps in vec(step(), 1..100)) {
        run(steps);
    }
}
