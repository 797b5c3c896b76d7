//! A 4-ary min-heap of the entries that stand for timers. It knows nothing of slots: whether an entry still counts
//! is the queue's to say.
//!
//! # Invariants
//!
//! Numbered on from those in `queue.rs`.
//!
//! 7. No entry is before its parent, which has the index `(index - 1) / ARITY`. So the first is the least.
//!
//! # Rejected
//!
//! - A heap that knows positions, so that cancel removes (Go before 1.14, its `timer.i`): each step of each sift
//!   writes the position into a slot somewhere else, a cache miss per level instead of one per timer.
//! - Two children (`BinaryHeap`): twice the levels. Eight: a tenth faster at a million, slower by half at a thousand.

/// Children of a heap node, as in Go. Four entries are 64 bytes, so a level costs about one cache line.
pub(super) const ARITY: usize = 4;

#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) deadline: u64,
    pub(super) stamp: u32,
    pub(super) slot: u32,
}

impl Entry {
    /// Deadline first, then age. The difference of stamps is signed so that the order survives their wrap.
    /// Without branches: which of four children is the least is a coin toss to the predictor.
    #[inline]
    pub(super) fn before(&self, other: &Entry) -> bool {
        let older = self.stamp.wrapping_sub(other.stamp).cast_signed() < 0;
        (self.deadline < other.deadline) | ((self.deadline == other.deadline) & older)
    }
}

/// The entries. See the head of this file.
pub(super) struct Heap {
    /// Others read them, shrink their room or drop them all; they come, go and move by the calls below, for 7.
    pub(super) entries: Vec<Entry>,
}

impl Heap {
    pub(super) const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    #[inline]
    pub(super) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
        self.sift_up(self.entries.len() - 1);
    }

    /// The last entry fills the gap, or goes where it belongs from there.
    #[inline]
    pub(super) fn remove(&mut self, index: usize) {
        self.entries.swap_remove(index);
        if index < self.entries.len() {
            self.mend(index);
        }
    }

    /// Gives the first entry another deadline.
    #[inline]
    pub(super) fn move_first(&mut self, deadline: u64) {
        self.entries[0].deadline = deadline;
        self.mend(0);
    }

    fn sift_up(&mut self, mut hole: usize) {
        let heap = self.entries.as_mut_slice();
        let entry = heap[hole];
        while hole > 0 {
            let parent = (hole - 1) / ARITY;
            if !entry.before(&heap[parent]) {
                break;
            }
            heap[hole] = heap[parent];
            hole = parent;
        }
        heap[hole] = entry;
    }

    /// Puts the entry at `hole` where it belongs, below or above. It goes to the bottom first and then back up:
    /// entries that fill a gap or move later mostly belong there, and so no level asks whether to stop.
    fn mend(&mut self, mut hole: usize) {
        let heap = self.entries.as_mut_slice();
        let entry = heap[hole];
        loop {
            let first = hole * ARITY + 1;
            let least = match heap.get(first..).map(|rest| rest.first_chunk::<ARITY>()) {
                Some(Some(c)) => {
                    let left = usize::from(c[1].before(&c[0]));
                    let right = 2 + usize::from(c[3].before(&c[2]));
                    first + if c[right].before(&c[left]) { right } else { left }
                }
                // The last parent may have fewer children; a leaf has none.
                _ => match (first..heap.len()).reduce(|a, b| if heap[b].before(&heap[a]) { b } else { a }) {
                    Some(least) => least,
                    None => break,
                },
            };
            heap[hole] = heap[least];
            hole = least;
        }
        heap[hole] = entry;
        self.sift_up(hole);
    }
}
