//! The owner of places, as `pool/src/shared.rs` is: the same calls in the same order under the same lock, without
//! coroutines. Each job is a thread of the model, which waits until it is started.

use std::rc::Rc;

use super::book::{Book, Job};
use super::places::{Places, Target};
use super::semaphore_word::Permits;
use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::lock::{Guard, Lock};
use gopark_loom_tests::signal::Signal;
use gopark_loom_tests::waiting::{self, NEVER};

pub(crate) struct Pool {
    pub(crate) state: Lock<State>,
    pub(crate) room: Permits,
    pub(crate) idle: Permits,
    jobs: Vec<Thread>,
    /// Nobody of the group is left.
    none_left: Signal,
}

pub(crate) struct State {
    pub(crate) places: Places<Job>,
    pub(crate) book: Book,
    pub(crate) is_closed: bool,
    pub(crate) closers: usize,
    /// Jobs that are not to begin.
    pub(crate) dead: Vec<Job>,
    /// Jobs of the group that have not ended. (`pool/src/group.rs`.)
    group: usize,
}

/// Of a job.
#[derive(Default)]
struct Thread {
    begin: Signal,
    end: Signal,
}

/// What who waits for the group waits for.
pub(crate) const GROUP: Target = 1 << 63;

/// What who waits until the pool is idle waits for.
pub(crate) const END: Target = GROUP + 1;

/// What who joins `job` waits for.
pub(crate) fn target(job: Job) -> Target {
    job as Target + 1
}

impl Pool {
    /// With so many jobs, none of which was submitted.
    pub(crate) fn new(max: usize, room: usize, jobs: usize) -> Rc<Pool> {
        waiting::reset();
        let (is_closed, closers, dead, group) = Default::default();
        let (places, book) = (Places::new(max, room), Book::new(room));
        let state = Lock::new(State { places, book, is_closed, closers, dead, group });
        let jobs = (0..jobs).map(|_| Thread::default()).collect();
        Rc::new(Pool {
            state,
            room: Permits::new(0),
            idle: Permits::new(0),
            jobs,
            none_left: Signal::default(),
        })
    }

    /// What `job` does when it is started.
    pub(crate) fn job(self: &Rc<Pool>, crew: &Crew, job: Job, work: impl FnOnce(&Pool) + 'static) {
        self.thread(crew, job, false, work);
    }

    /// One of the group, which does nothing.
    pub(crate) fn of_group(self: &Rc<Pool>, crew: &Crew, job: Job) {
        self.state.lock().group += 1;
        self.thread(crew, job, true, |_| ());
    }

    fn thread(self: &Rc<Pool>, crew: &Crew, job: Job, is_of_group: bool, work: impl FnOnce(&Pool) + 'static) {
        let pool = self.clone();
        crew.member(move || {
            pool.jobs[job].begin.wait();
            work(&pool);
            pool.leave(job, is_of_group);
        });
    }

    /// It does not begin, if it comes to its turn later. It needs no thread.
    pub(crate) fn submit_dead(&self, job: Job) {
        self.state.lock().dead.push(job);
        self.submit(job);
    }

    /// At the end: all have begun and ended, and nobody has or waits for anything.
    pub(crate) fn is_over(&self) {
        let state = self.state.lock();
        assert!((0..self.jobs.len()).all(|job| state.book.has_ended(job)), "one has not ended");
        assert!(state.places.is_idle(END) && state.places.lent() == 0, "something is left");
        assert_eq!((self.room.count(), self.idle.count()), (0, 0), "a permit is left");
        drop(state);
        waiting::reset();
    }

    /// After it was idle. It takes nobody any more, so it stays so.
    pub(crate) fn was_idle(&self, others_than: usize) {
        assert_eq!(self.state.lock().book.alive(), others_than, "one has not ended");
    }

    pub(crate) fn submit(&self, job: Job) {
        assert_eq!(self.reserve_within(NEVER), Ok(()));
        self.enter(job);
    }

    /// Waits for its end, with the place of the caller, who has one.
    pub(crate) fn join(&self, job: Job) {
        self.lending(target(job), || self.jobs[job].end.wait());
    }

    /// Waits until all of the group have ended.
    pub(crate) fn wait_for_group(&self) {
        self.lending(GROUP, || self.none_left.wait());
    }

    pub(crate) fn lending<R>(&self, target: Target, wait: impl FnOnce() -> R) -> R {
        let (loan, is_late) = self.lend(target);
        let result = wait();
        self.take_back(loan, target, is_late);
        result
    }

    /// Lends the place of the caller, who has one. Tells too whether what it is lent for has ended.
    fn lend(&self, target: Target) -> (u64, bool) {
        let mut state = self.state.lock();
        let loan = state.step(|places| places.lend(target));
        let is_late = state.book.is_over(target);
        self.settle(state);
        (loan, is_late)
    }

    /// Only who gave its place away too late, or does not wait for a job to its end, may take one that is not free.
    fn take_back(&self, loan: u64, target: Target, was_late: bool) {
        let mut state = self.state.lock();
        if !was_late && state.book.is_over(target) {
            state.step(|places| places.take_back(loan));
        } else {
            state.places.take_back(loan);
        }
        self.unlock(state);
    }

    /// With a reservation.
    pub(crate) fn enter(&self, job: Job) {
        let mut state = self.state.lock();
        let before = state.book.load(&state.places);
        state.book.reserved -= 1;
        let starts = state.places.enter(job);
        state.book.is_bounded(&state.places, &before);
        match starts {
            Some(job) => state.book.begin(job),
            None => state.book.queue(job),
        }
        self.unlock(state);
        starts.into_iter().for_each(|job| self.jobs[job].begin.give());
    }

    fn leave(&self, job: Job, is_of_group: bool) {
        let mut state = self.state.lock();
        state.group -= usize::from(is_of_group);
        let is_last = is_of_group && state.group == 0;
        let targets = [target(job), if is_last { GROUP } else { 0 }];
        state.book.end(job, targets);
        state.step(|places| places.leave(targets));
        if is_last {
            self.none_left.give();
        }
        self.settle(state);
        self.jobs[job].end.give();
    }

    pub(crate) fn resize(&self, max: usize) {
        let mut state = self.state.lock();
        state.places.resize(max);
        self.settle(state);
    }

    /// Starts whoever can be started, and tells those who wait for room, or for the end.
    pub(crate) fn settle<'a>(&'a self, mut state: Guard<'a, State>) {
        state.book.settling += 1;
        loop {
            let job = state.settle_once(&self.room, &self.idle);
            state.book.settling -= usize::from(job.is_none());
            self.unlock(state);
            let Some(job) = job else { return };
            self.jobs[job].begin.give();
            state = self.state.lock();
        }
    }

    pub(crate) fn unlock(&self, state: Guard<'_, State>) {
        state.book.agrees(&state.places);
    }
}

impl State {
    /// A step that is not to exceed anything.
    pub(crate) fn step<R>(&mut self, step: impl FnOnce(&mut Places<Job>) -> R) -> R {
        let before = self.book.load(&self.places);
        let result = step(&mut self.places);
        self.book.is_bounded(&self.places, &before);
        result
    }

    /// What is done with the lock held once.
    fn settle_once(&mut self, room: &Permits, idle: &Permits) -> Option<Job> {
        let dead = self.dead.clone();
        let dropped = self.places.skip(|job| dead.contains(job));
        dropped.into_iter().for_each(|job| self.book.drop(job));
        let before = self.book.load(&self.places);
        let job = self.places.next();
        job.into_iter().for_each(|job| self.book.begin(job));
        self.book.is_bounded(&self.places, &before);
        let admitted = self.places.admit();
        self.admit(admitted);
        self.book.is_bounded(&self.places, &before);
        if admitted > 0 {
            room.put(admitted);
        }
        if self.closers > 0 && self.places.is_idle(END) {
            idle.put(std::mem::take(&mut self.closers));
        }
        job
    }

    /// So many of those who are blocked have a reservation now.
    pub(crate) fn admit(&mut self, many: usize) {
        assert!(many <= self.book.blocked, "more are admitted than wait");
        self.book.blocked -= many;
        self.book.reserved += many;
    }
}
