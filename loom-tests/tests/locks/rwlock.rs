//! The reader-writer lock: writers alone, and nobody is left waiting.

use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;

use super::guarded::Guarded;
use super::rt::{self, NEVER, SOON};
use super::rwlock_word::{Kind, RawRwLock};

struct Shared {
    lock: RawRwLock,
    data: Guarded,
}

impl Shared {
    fn new() -> Rc<Shared> {
        rt::reset();
        Rc::new(Shared { lock: RawRwLock::new(), data: Guarded::new() })
    }

    fn end(&self, writes: usize) {
        assert!(!self.lock.is_taken(), "it is free");
        assert!(self.lock.try_take(Kind::Writer), "nobody waits");
        assert!(self.lock.is_taken_by_writer());
        assert_eq!(self.data.get(), writes);
        self.lock.leave(Kind::Writer);
        rt::reset();
    }

    fn write(&self) {
        self.lock.take(Kind::Writer);
        self.data.add();
        self.lock.leave(Kind::Writer);
    }

    fn read(&self) {
        self.lock.take(Kind::Reader);
        self.data.get();
        self.lock.leave(Kind::Reader);
    }

    /// As one who may read already.
    fn read_again(&self) {
        self.lock.take(Kind::RecursiveReader);
        self.data.get();
        self.lock.leave(Kind::RecursiveReader);
    }

    fn upgrade(&self) {
        self.lock.take(Kind::Upgradable);
        let seen = self.data.get();
        self.lock.take(Kind::Upgrader);
        assert_eq!(self.data.get(), seen, "somebody came between");
        self.data.add();
        self.lock.leave(Kind::Writer);
    }
}

fn crowd(preemptions: usize, writes: usize, members: &'static [fn(&Shared)]) {
    explore_within(preemptions, move || {
        let shared = Shared::new();
        let crew = Crew::new();
        for &member in members {
            let shared = shared.clone();
            crew.member(move || member(&shared));
        }
        crew.join();
        shared.end(writes);
    });
}

pub(crate) fn writer_and_readers() {
    crowd(2, 1, &[Shared::write, Shared::read, Shared::read]);
}

pub(crate) fn writers_and_reader() {
    crowd(2, 2, &[Shared::write, Shared::write, Shared::read_again]);
}

pub(crate) fn upgrading() {
    crowd(1, 2, &[Shared::upgrade, Shared::read, Shared::upgrade]);
}

pub(crate) fn downgrading() {
    let downgrades = |shared: &Shared| {
        shared.lock.take(Kind::Writer);
        shared.data.add();
        shared.lock.change(Kind::Writer, Kind::Reader);
        shared.data.get();
        shared.lock.leave(Kind::Reader);
    };
    crowd(2, 2, Box::leak(Box::new([downgrades as fn(&Shared), Shared::read, Shared::write])));
}

/// A writer that gives up lets the readers behind it in, though the one that it waits for stays.
pub(crate) fn impatient_writer() {
    explore_within(1, || {
        let shared = Shared::new();
        shared.lock.take(Kind::Reader);
        let crew = Crew::new();
        let writer = shared.clone();
        crew.member(move || assert!(!writer.lock.take_until(Kind::Writer, SOON)));
        for _ in 0..2 {
            let reader = shared.clone();
            crew.member(move || reader.read());
        }
        crew.join();
        shared.lock.leave(Kind::Reader);
        shared.end(0);
    });
}

/// One that was let in and never goes on.
pub(crate) fn left_behind() {
    explore_within(1, || {
        let shared = Shared::new();
        shared.lock.take(Kind::Writer);
        let crew = Crew::new();
        let left_behind = shared.clone();
        crew.member(move || {
            rt::abandoned(|| {
                left_behind.lock.take_until(Kind::Writer, NEVER);
                left_behind.lock.leave(Kind::Writer);
            });
        });
        let reader = shared.clone();
        crew.member(move || reader.read());
        let holder = shared.clone();
        crew.member(move || holder.lock.leave(Kind::Writer));
        crew.join();
        shared.end(0);
    });
}
