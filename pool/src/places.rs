//! Who may run: the accounting of a pool's places.
//!
//! This file is the protocol and nothing else: no lock (its owner has one around it), no coroutine, no clock. A *job* is
//! whatever its owner starts; a *loan* is a place that its holder has given away while it waits for others.
//!
//! | call | places in use | what the owner does next |
//! |---|---|---|
//! | `reserve` | | makes the job, then `enter`; or `cancel_reservation` |
//! | `enter` | +1 if one is free and nobody is queued | starts what it gets back |
//! | `leave` | -1; or none, if somebody waits for this very job: that one gets the place | `next` |
//! | `lend` | -1 | `next` |
//! | `take_back` | +1, free or not; or none, if it was given the place | goes on |
//! | `next` | +1 for each job that it returns | starts it |
//!
//! # Why nobody waits for ever
//! A job that has begun never waits for a place: what it has lent it takes back at once, also if there are more in use then
//! than there should be; until there are fewer, none begins. So every job that has begun comes to its end as it would
//! without a pool, and each end, and each loan, lets the next one begin. A job waits for a place only before it has begun;
//! and it does only while `max` others have begun, have not ended, and do not wait for others. So if a job waits that waits
//! for a job that is queued, it has lent its place, and either another one runs or the queue moves on.
//!
//! # Invariants
//! 1. A job is queued only while `in_use >= max` (whoever frees a place calls `next` until it has nothing more).
//! 2. Jobs begin in the order in which they have entered.
//! 3. `in_use + queue.len() + reserved <= max + room`, but for places that were taken back and for a `max` that was lowered.

use std::collections::{HashMap, VecDeque};

/// Names what is waited for: a job, the last of some, or the end of all; 0 is none of these.
pub(crate) type Target = u64;

/// The accounting.
#[derive(Debug)]
pub(crate) struct Places<J> {
    max: usize,
    room: usize,
    in_use: usize,
    /// Jobs that are being made.
    reserved: usize,
    /// Submitters that wait for a reservation.
    blocked: usize,
    queue: VecDeque<J>,
    loans: HashMap<u64, Loan>,
    /// By what they wait for: loans. Of several that wait for the same the last.
    awaited: HashMap<Target, u64>,
    last_loan: u64,
}

#[derive(Debug)]
struct Loan {
    target: Target,
    /// The place was given back already.
    is_returned: bool,
}

impl<J> Places<J> {
    pub(crate) fn new(max: usize, room: usize) -> Places<J> {
        Places {
            max,
            room,
            in_use: 0,
            reserved: 0,
            blocked: 0,
            queue: VecDeque::new(),
            loans: HashMap::new(),
            awaited: HashMap::new(),
            last_loan: 0,
        }
    }

    /// Whether one more would find a place, or room in the queue.
    fn has_room(&self) -> bool {
        self.in_use + self.queue.len() + self.reserved < self.max.saturating_add(self.room)
    }

    /// Reserves a place in the pool or its queue for a job that is to be made; false: there is none, or others wait for one.
    pub(crate) fn reserve(&mut self) -> bool {
        let may = self.blocked == 0 && self.has_room();
        self.reserved += usize::from(may);
        may
    }

    /// A submitter begins to wait for a reservation.
    pub(crate) fn block(&mut self) {
        self.blocked += 1;
    }

    /// It gives up; false: it cannot, all that were blocked have a reservation by now.
    pub(crate) fn unblock(&mut self) -> bool {
        let is_blocked = self.blocked > 0;
        self.blocked -= usize::from(is_blocked);
        is_blocked
    }

    /// How many of those who are blocked get a reservation now.
    pub(crate) fn admit(&mut self) -> usize {
        let mut admitted = 0;
        while self.blocked > 0 && self.has_room() {
            self.blocked -= 1;
            self.reserved += 1;
            admitted += 1;
        }
        admitted
    }

    /// All that are blocked, for a pool that closes.
    pub(crate) fn admit_all(&mut self) -> usize {
        self.reserved += self.blocked;
        std::mem::take(&mut self.blocked)
    }

    /// The job of a reservation is not to be.
    pub(crate) fn cancel_reservation(&mut self) {
        self.reserved -= 1;
    }

    /// The job of a reservation: it comes back if it is to be started now, with a place.
    pub(crate) fn enter(&mut self, job: J) -> Option<J> {
        self.reserved -= 1;
        if self.in_use < self.max && self.queue.is_empty() {
            self.in_use += 1;
            return Some(job);
        }
        self.queue.push_back(job);
        None
    }

    /// The next job that is to be started, with a place.
    pub(crate) fn next(&mut self) -> Option<J> {
        if self.in_use >= self.max {
            return None;
        }
        let job = self.queue.pop_front()?;
        self.in_use += 1;
        Some(job)
    }

    /// A job that held a place has ended; `ended` are what somebody may wait for.
    pub(crate) fn leave(&mut self, ended: [Target; 2]) {
        if self.loans.is_empty() || !self.give_to_who_waits_for(ended) {
            self.in_use -= 1;
        }
    }

    fn give_to_who_waits_for(&mut self, ended: [Target; 2]) -> bool {
        let waits =
            ended.into_iter().filter(|target| *target != 0).find_map(|target| self.awaited.remove(&target));
        let loan = waits.and_then(|loan| self.loans.get_mut(&loan));
        loan.is_some_and(|loan| !std::mem::replace(&mut loan.is_returned, true))
    }

    /// A job that holds a place waits for `target`, or for something else that is not known (0). Tells the loan.
    pub(crate) fn lend(&mut self, target: Target) -> u64 {
        self.in_use -= 1;
        self.last_loan += 1;
        self.loans.insert(self.last_loan, Loan { target, is_returned: false });
        if target != 0 {
            self.awaited.insert(target, self.last_loan);
        }
        self.last_loan
    }

    /// Its wait is over.
    pub(crate) fn take_back(&mut self, loan: u64) {
        let Some(Loan { target, is_returned }) = self.loans.remove(&loan) else { return };
        if self.awaited.get(&target) == Some(&loan) {
            self.awaited.remove(&target);
        }
        if !is_returned {
            self.in_use += 1;
        }
    }

    /// Takes those out of the queue whose turn it is and who are not to begin any more: they need no place.
    pub(crate) fn skip(&mut self, is_dead: impl Fn(&J) -> bool) -> Vec<J> {
        let mut dead = Vec::new();
        while self.in_use < self.max && self.queue.front().is_some_and(&is_dead) {
            dead.extend(self.queue.pop_front());
        }
        dead
    }

    /// Takes all those out of the queue that are not to begin any more.
    pub(crate) fn sweep(&mut self, is_dead: impl Fn(&J) -> bool) -> VecDeque<J> {
        let (dead, alive) = self.empty().into_iter().partition(is_dead);
        self.queue = alive;
        dead
    }

    /// Takes everything out of the queue.
    pub(crate) fn empty(&mut self) -> VecDeque<J> {
        std::mem::take(&mut self.queue)
    }

    pub(crate) fn resize(&mut self, max: usize) {
        self.max = max;
    }

    pub(crate) fn max(&self) -> usize {
        self.max
    }

    /// How many have a place.
    pub(crate) fn in_use(&self) -> usize {
        self.in_use
    }

    /// How many wait for others, and have given their places away.
    pub(crate) fn lent(&self) -> usize {
        self.loans.values().filter(|loan| !loan.is_returned).count()
    }

    pub(crate) fn queued(&self) -> &VecDeque<J> {
        &self.queue
    }

    /// Whether nothing is queued, is being made, or has begun, but for those who wait for `end`, which is this.
    pub(crate) fn is_idle(&self, end: Target) -> bool {
        let is_empty = self.in_use == 0 && self.queue.is_empty() && self.reserved == 0 && self.blocked == 0;
        is_empty && self.loans.values().all(|loan| loan.target == end)
    }
}
