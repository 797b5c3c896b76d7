//! The end of a coroutine and its handle: the block is freed once, by the last of the two, and whoever joins
//! finds the result. How coroutine/body.rs and spawn/make.rs use the cell.

use std::cell::Cell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore;
use gopark_loom_tests::kernel::EventFd;
use loom::cell::UnsafeCell;

use super::join_cell::{Finish, JoinCell};

struct Block {
    cell: JoinCell,
    /// Whether the result is there. An access to it stands for an access to the block.
    payload: UnsafeCell<bool>,
    /// What both sides read; whoever frees the block writes over it.
    header: UnsafeCell<()>,
    freed: Cell<bool>,
    joiner: EventFd,
    /// The ticket that stands in the cell, as the joiner knows it.
    registered: Cell<u64>,
}

impl Block {
    fn new() -> Rc<Block> {
        Rc::new(Block {
            cell: JoinCell::new(),
            payload: UnsafeCell::new(false),
            header: UnsafeCell::new(()),
            freed: Cell::new(false),
            joiner: EventFd::default(),
            registered: Cell::new(0),
        })
    }

    /// The coroutine. It looks for its handle before it starts, and then no more.
    fn run(&self) {
        if self.cell.is_detached() {
            return self.free();
        }
        self.access(|there| *there = true);
        match self.cell.finish() {
            Finish::Keep => {}
            Finish::Wake(ticket) => {
                // `unregister` has not had its turn, and will not succeed.
                assert_eq!(ticket, self.registered.get(), "a stale ticket is woken");
                self.joiner.write();
            }
            Finish::Free => self.free(),
        }
    }

    /// The handle is dropped.
    fn drop_handle(&self) {
        self.header.with(|_| ());
        if self.cell.detach() {
            self.free();
        }
    }

    fn join(&self, ticket: u64) {
        while !self.cell.is_done() {
            if !self.register(ticket) {
                break;
            }
            self.joiner.wait();
        }
        self.take();
    }

    /// A join whose deadline comes at once. Returns whether the end was quicker.
    fn join_in_vain(&self, ticket: u64) -> bool {
        self.cell.is_done() || !self.register(ticket) || !self.unregister(ticket)
    }

    fn register(&self, ticket: u64) -> bool {
        self.registered.set(ticket);
        self.cell.register(ticket)
    }

    fn unregister(&self, ticket: u64) -> bool {
        let taken_back = self.cell.unregister(ticket);
        if taken_back {
            self.registered.set(0);
        }
        taken_back
    }

    fn take(&self) {
        self.access(|there| assert!(*there, "joined before the end"));
        self.free();
    }

    fn free(&self) {
        self.access(|_| ());
        self.header.with_mut(|_| ());
        assert!(!self.freed.replace(true), "1: freed twice");
    }

    fn access(&self, access: impl FnOnce(&mut bool)) {
        assert!(!self.freed.get(), "2: touched after it was freed");
        // SAFETY: before it calls, loom has checked that no other access is concurrent with this one.
        self.payload.with_mut(|payload| access(unsafe { &mut *payload }));
    }
}

fn check(handle: impl Fn(&Block) + Send + Sync + 'static) {
    let handle = std::sync::Arc::new(handle);
    explore(move || {
        let block = Block::new();
        let crew = Crew::new();
        let coroutine = block.clone();
        crew.member(move || coroutine.run());
        let (owner, handle) = (block.clone(), handle.clone());
        crew.member(move || handle(&owner));
        crew.join();
        assert!(block.freed.get(), "1: nobody has freed");
    });
}

/// The handle is dropped: before, during or after the run.
pub(crate) fn detach() {
    check(Block::drop_handle);
}

/// The handle is joined.
pub(crate) fn join() {
    check(|block| block.join(1));
}

/// A join that gives up, and then another; or none.
pub(crate) fn join_with_deadline() {
    check(|block| {
        block.join_in_vain(1);
        block.join(2);
    });
    check(|block| {
        if block.join_in_vain(1) {
            block.take();
        } else {
            block.drop_handle();
        }
    });
}
