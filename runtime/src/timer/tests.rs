//! The queue against a model that keeps everything sorted and forgets nothing.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::timer::heap::ARITY;

impl<T: Copy> TimerQueue<T> {
    /// The invariants of the three file heads, by their numbers.
    fn check(&self) {
        let counting = self.heap.entries.iter().filter(|entry| self.deadline_of(**entry).is_some()).count();
        let armed = self.slab.slots.iter().filter(|slot| slot.stamp != NONE).count();
        assert_eq!((counting, armed), (self.slab.live, self.slab.live), "1");
        for (index, entry) in self.heap.entries.iter().enumerate() {
            assert!(self.deadline_of(*entry).is_none_or(|deadline| entry.deadline <= deadline), "2");
            assert!(
                index == 0 || !entry.before(&self.heap.entries[(index - 1) / ARITY]),
                "the heap is out of order"
            );
        }
        let (mut previous, mut vacant, mut listed) = (NONE, self.slab.vacant, 0);
        while vacant != NONE {
            let slot = &self.slab.slots[vacant as usize];
            let (before, after) = self.slab.links(vacant);
            assert_eq!((slot.stamp, slot.generation, before), (NONE, NONE, previous), "5");
            (previous, vacant, listed) = (vacant, after, listed + 1);
        }
        assert_eq!(listed + armed, self.slab.slots.len(), "5");
        assert!(self.slab.slots.capacity() <= 4 * (self.slab.slots.len() + SLACK), "6");
    }

    fn room(&self) -> usize {
        self.heap.entries.capacity() * size_of::<Entry>() + self.slab.slots.capacity() * size_of::<Slot<T>>()
    }
}

/// Timers are numbered by insertion, and the number is the payload.
struct Model {
    queue: TimerQueue<usize>,
    keys: Vec<TimerKey>,
    /// Where each timer stands in `due`, while it is armed.
    places: Vec<Option<(u64, u64)>>,
    due: BTreeMap<(u64, u64), usize>,
    stamp: u64,
}

#[derive(Clone, Debug)]
enum Step {
    Insert(u64),
    /// The timer is any that ever was, so that many keys are stale. The new deadline is a free choice.
    Rearm(prop::sample::Index, u64),
    Push(prop::sample::Index, u64),
    Cancel(prop::sample::Index),
    Expire(u64, usize),
    NextDeadline,
}

impl Model {
    /// `stamp` is where the queue begins to count, so that the wrap is within reach.
    fn new(stamp: u32) -> Self {
        let queue = TimerQueue { stamp, ..TimerQueue::new() };
        Self { queue, keys: Vec::new(), places: Vec::new(), due: BTreeMap::new(), stamp: 0 }
    }

    fn insert(&mut self, deadline: u64) {
        let timer = self.keys.len();
        self.keys.push(self.queue.insert(deadline, timer));
        self.places.push(None);
        self.place(timer, deadline);
    }

    fn place(&mut self, timer: usize, deadline: u64) {
        self.stamp += 1;
        self.places[timer] = Some((deadline, self.stamp));
        self.due.insert((deadline, self.stamp), timer);
    }

    fn rearm(&mut self, timer: usize, deadline: u64) {
        assert_eq!(self.queue.rearm(self.keys[timer], deadline), self.places[timer].is_some());
        let Some(place @ (old, stamp)) = self.places[timer] else { return };
        self.due.remove(&place);
        if deadline < old {
            self.place(timer, deadline);
        } else {
            self.places[timer] = Some((deadline, stamp));
            self.due.insert((deadline, stamp), timer);
        }
    }

    fn cancel(&mut self, timer: usize) {
        let place = self.places[timer].take();
        assert_eq!(self.queue.cancel(self.keys[timer]), place.map(|_| timer));
        if let Some(place) = place {
            self.due.remove(&place);
        }
    }

    fn expire(&mut self, now: u64, limit: usize) {
        let mut fired = vec![usize::MAX];
        let count = self.queue.expire(now, limit, |deadline, timer| {
            assert!(deadline <= now);
            fired.push(timer);
        });
        let mut expected = vec![usize::MAX];
        while expected.len() <= limit
            && let Some(first) = self.due.first_entry().filter(|first| first.key().0 <= now)
        {
            expected.push(first.remove());
        }
        for &timer in &expected[1..] {
            self.places[timer] = None;
        }
        assert_eq!(count + 1, expected.len());
        assert_eq!(fired, expected);
        assert!(
            count == limit || self.queue.heap.entries.first().is_none_or(|top| top.deadline > now),
            "it would spin"
        );
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Insert(deadline) => self.insert(deadline),
            Step::Expire(now, limit) => self.expire(now, limit),
            Step::NextDeadline => {
                let exact = self.due.keys().next().map(|place| place.0);
                let bound = self.queue.next_deadline();
                assert!(bound.is_some() == exact.is_some() && bound <= exact, "{bound:?} for {exact:?}");
            }
            Step::Rearm(..) | Step::Push(..) | Step::Cancel(..) if self.keys.is_empty() => {}
            Step::Rearm(timer, deadline) => self.rearm(timer.index(self.keys.len()), deadline),
            Step::Push(timer, by) => {
                let timer = timer.index(self.keys.len());
                let deadline = self.places[timer].map_or(by, |place| place.0.saturating_add(by));
                self.rearm(timer, deadline);
            }
            Step::Cancel(timer) => self.cancel(timer.index(self.keys.len())),
        }
        assert_eq!(self.queue.len(), self.due.len());
        self.queue.check();
    }
}

/// Few instants, so that many are equal, and both ends of time.
fn instant() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..40_u64, 1 => Just(u64::MAX), 1 => any::<u64>()]
}

fn step() -> impl Strategy<Value = Step> {
    let timer = any::<prop::sample::Index>;
    prop_oneof![
        6 => instant().prop_map(Step::Insert),
        2 => (timer(), instant()).prop_map(|(timer, deadline)| Step::Rearm(timer, deadline)),
        2 => (timer(), 0..20_u64).prop_map(|(timer, by)| Step::Push(timer, by)),
        4 => timer().prop_map(Step::Cancel),
        1 => (0..30_u64, 0..6_usize).prop_map(|(now, limit)| Step::Expire(now, limit)),
        1 => Just(Step::NextDeadline),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn behaves_as_the_model(
        stamp in prop_oneof![Just(0), NONE - 60..NONE],
        steps in prop::collection::vec(step(), 0..200),
    ) {
        let mut model = Model::new(stamp);
        for step in steps {
            model.step(step);
        }
        model.expire(u64::MAX, usize::MAX);
        prop_assert_eq!((model.queue.len(), model.queue.next_deadline()), (0, None));
    }
}

#[test]
fn both_ends_of_time() {
    let mut queue = TimerQueue::new();
    let mut fired = Vec::new();
    let mut fire = |_, timer| fired.push(timer);
    let never = queue.insert(u64::MAX, 'n');
    queue.insert(0, 'z');
    queue.insert(0, 'y');
    assert_eq!(queue.next_deadline(), Some(0));
    assert_eq!(queue.expire(0, 0, &mut fire), 0);
    assert_eq!(queue.expire(u64::MAX - 1, 9, &mut fire), 2);
    assert!(queue.rearm(never, 0) && queue.rearm(never, u64::MAX));
    assert_eq!((queue.expire(u64::MAX - 1, 9, &mut fire), queue.next_deadline()), (0, Some(u64::MAX)));
    assert_eq!(queue.expire(u64::MAX, 9, &mut fire), 1);
    assert_eq!(fired, ['z', 'y', 'n']);
}

#[test]
fn an_old_key_does_not_open_a_slot_again() {
    let mut queue = TimerQueue::new();
    let first = queue.insert(10, 'a');
    let kept = queue.insert(15, 'k');
    queue.cancel(first);
    let second = queue.insert(20, 'b');
    assert_eq!(first.slot, second.slot);
    assert_ne!(first, second);
    assert_eq!((queue.rearm(first, 5), queue.cancel(first), queue.len()), (false, None, 2));

    // Not even when the slot was cut off and grew again.
    queue.cancel(second);
    queue.cancel(kept);
    assert!(queue.slab.slots.is_empty());
    assert_eq!((queue.rearm(first, 5), queue.cancel(second)), (false, None));
    let third = queue.insert(30, 'c');
    assert_eq!(first.slot, third.slot);
    assert_eq!((queue.cancel(first), queue.cancel(second), queue.cancel(third)), (None, None, Some('c')));
}

#[test]
fn rearming_later_leaves_the_heap_alone() {
    let mut queue = TimerQueue::new();
    let keys: Vec<_> = (0..100).map(|i| queue.insert(1000 + i, i)).collect();
    let untouched = |queue: &TimerQueue<u64>| {
        queue.heap.entries.len() == 100
            && queue.heap.entries.iter().all(|entry| entry.deadline == 1000 + u64::from(entry.slot))
    };
    for later in 1..=50 {
        for &key in &keys {
            assert!(queue.rearm(key, 1100 + later));
        }
        assert!(untouched(&queue));
    }
    assert_eq!(queue.expire(1150 - 1, usize::MAX, |_, _| ()), 0);
    assert_eq!(queue.next_deadline(), Some(1150));
    assert_eq!(queue.heap.entries.len(), 100);
}

#[test]
fn the_next_deadline_is_a_bound_that_becomes_exact() {
    let mut queue = TimerQueue::new();
    let keys: Vec<_> = (0..100).map(|i| queue.insert(i, i)).collect();
    for &key in &keys[..50] {
        queue.cancel(key);
    }
    for &key in &keys[50..] {
        queue.rearm(key, 1000);
    }
    let bounds: Vec<_> = (0..=100 / PATIENCE).filter_map(|_| queue.next_deadline()).collect();
    assert!(bounds.is_sorted() && bounds[0] < 100 && bounds.last() == Some(&1000), "{bounds:?}");
}

#[test]
fn a_mass_cancel_releases_memory() {
    const MANY: u64 = 20_000;
    let mut queue = TimerQueue::new();
    let least = |queue: &TimerQueue<u64>| queue.room() <= 4 * SLACK * (16 + 24);
    for round in 0..3 {
        let keys: Vec<_> = (0..MANY).map(|i| queue.insert(round + i, i)).collect();
        assert_eq!(queue.slab.slots.len(), MANY as usize);
        for key in keys {
            queue.cancel(key);
        }
        assert!(least(&queue), "{} bytes kept for no timer", queue.room());
    }

    // Survivors in the first slots, and an end of the slab that falls vacant last: the calls that follow catch up.
    let keys: Vec<_> = (0..MANY).map(|i| queue.insert(i, i)).collect();
    for &key in &keys[4..] {
        queue.cancel(key);
    }
    for _ in 0..MANY {
        assert_eq!(queue.next_deadline(), Some(0));
    }
    queue.check();
    assert_eq!(queue.slab.slots.len(), 4);
    assert!(queue.room() <= 4 * (12 + 2 * SLACK) * (16 + 24), "{} bytes kept for four timers", queue.room());
}

#[test]
fn the_dead_do_not_pile_up() {
    let mut queue = TimerQueue::new();
    let mut keys: Vec<_> = (0..1000).map(|i| queue.insert(i, i)).collect();
    // Twice the live, and what dies while a round of the sweep, `STRETCH` entries per call, is under way.
    let bound = 2000 + SLACK + 2600 / STRETCH;
    // Timeouts that never come: far behind everything that could surface.
    for i in 0..50_000 {
        let key = &mut keys[i % 1000];
        queue.cancel(*key);
        *key = queue.insert(1_000_000 + i as u64, 0);
        assert!(queue.heap.entries.len() <= bound, "{} entries for 1000 timers", queue.heap.entries.len());
    }
    // A deadline that moves to and fro leaves a dead entry with every step to an earlier one.
    for i in 0..50_000 {
        assert!(queue.rearm(keys[0], 2_000_000 - i) && queue.rearm(keys[0], 3_000_000));
        assert!(queue.heap.entries.len() <= bound, "{} entries for 1000 timers", queue.heap.entries.len());
    }
    queue.check();
}
