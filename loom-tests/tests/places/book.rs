//! What is known of a pool without its places: a second account of the same, to compare with.
//!
//! It is kept under the lock of the places, and asks of them only what they show.

use super::places::{Places, Target};

/// Jobs are numbers here.
pub(crate) type Job = usize;

/// The second account.
#[derive(Default)]
pub(crate) struct Book {
    room: usize,
    /// Reservations for which there is no job yet.
    pub(crate) reserved: usize,
    /// Submitters that wait, and for whom no permit was added.
    pub(crate) blocked: usize,
    /// In the order in which they have entered.
    queue: Vec<Job>,
    begun: Vec<Job>,
    ended: Vec<Job>,
    /// Targets that have ended.
    over: Vec<Target>,
    /// Threads that have changed something, and are not done with what follows from it.
    pub(crate) settling: usize,
}

/// What must not grow.
pub(crate) struct Load {
    in_use: usize,
    taken_in: usize,
}

impl Book {
    pub(crate) fn new(room: usize) -> Book {
        Book { room, ..Book::default() }
    }

    pub(crate) fn queue(&mut self, job: Job) {
        self.queue.push(job);
    }

    /// It has a place now; it was the first in the queue, or was not queued and nobody else was.
    pub(crate) fn begin(&mut self, job: Job) {
        assert!(!self.begun.contains(&job), "job {job} begins twice");
        if let Some(at) = self.queue.iter().position(|queued| *queued == job) {
            assert_eq!(at, 0, "2: it was not its turn");
            self.queue.remove(at);
        } else {
            assert!(self.queue.is_empty(), "2: it begins before those who came before it");
        }
        self.begun.push(job);
    }

    /// It was taken out of the queue, and does not begin.
    pub(crate) fn drop(&mut self, job: Job) {
        self.queue.retain(|queued| *queued != job);
    }

    pub(crate) fn end(&mut self, job: Job, targets: [Target; 2]) {
        self.ended.push(job);
        self.over.extend(targets.into_iter().filter(|target| *target != 0));
    }

    /// Jobs that have begun and have not ended.
    pub(crate) fn alive(&self) -> usize {
        self.begun.len() - self.ended.len()
    }

    pub(crate) fn has_ended(&self, job: Job) -> bool {
        self.ended.contains(&job)
    }

    pub(crate) fn is_over(&self, target: Target) -> bool {
        self.over.contains(&target)
    }

    pub(crate) fn load(&self, places: &Places<Job>) -> Load {
        let in_use = places.in_use();
        Load { in_use, taken_in: in_use + places.queued().len() + self.reserved }
    }

    /// After a step that is not to exceed anything: above its bound a load does not grow.
    pub(crate) fn is_bounded(&self, places: &Places<Job>, before: &Load) {
        let now = self.load(places);
        assert!(now.in_use <= places.max().max(before.in_use), "more run than may");
        let most = places.max() + self.room;
        assert!(now.taken_in <= most.max(before.taken_in), "3: more were taken in than there is room for");
    }

    /// Whenever the lock is released.
    pub(crate) fn agrees(&self, places: &Places<Job>) {
        assert_eq!(
            places.in_use() + places.lent(),
            self.alive(),
            "each job that has begun has a place or has lent it"
        );
        assert!(places.queued().iter().eq(&self.queue), "2: the queue is not in order");
        if self.settling == 0 {
            let (in_use, max) = (places.in_use(), places.max());
            assert!(self.queue.is_empty() || in_use >= max, "1: one is queued, and a place is free");
            let taken_in = self.load(places).taken_in;
            assert!(
                self.blocked == 0 || taken_in >= max + self.room,
                "one waits for room, and there is some"
            );
        }
    }
}
