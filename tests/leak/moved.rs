//! Handles that have gone where bytes of them, or their owners' families, do not tell: their new owners are a hope.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use gopark::chan::{Receiver, Sender, bounded};
use gopark::coroutine::park;
use gopark::sync::Mutex;
use gopark::{Coroutine, go};

use crate::channels::wait_in_hope;
use crate::deadlocks::{runtime, sorted};

/// The rest of a struct from which its sender was taken.
struct Rest {
    sender: Option<Sender<u8>>,
    receiver: Receiver<u8>,
}

impl Rest {
    fn take() -> (Sender<u8>, Rest) {
        let (sender, receiver) = bounded(1);
        let mut rest = Rest { sender: Some(sender), receiver };
        (rest.sender.take().unwrap(), rest)
    }

    fn receive(self) -> u8 {
        let received = self.receiver.recv().unwrap();
        assert!(self.sender.is_none());
        received
    }
}

#[test]
fn what_was_taken_out_of_an_option_that_was_moved_on() {
    let runtime = runtime();
    let (sender, rest) = Rest::take();
    let waits = [runtime.spawn(move || rest.receive())];
    wait_in_hope(&sorted(&waits));
    sender.send(1).unwrap();
    assert_eq!(waits.map(|waits| waits.join().unwrap()), [1]);

    let (tells, told) = bounded(1);
    let keeper = runtime.spawn(move || {
        let (sender, rest) = Rest::take();
        let waits = go(move || rest.receive());
        tells.send(waits).unwrap();
        park();
        sender.send(2).unwrap();
    });
    let waits = [told.recv().unwrap()];
    wait_in_hope(&sorted(&waits));
    keeper.coroutine().unpark();
    assert_eq!(waits.map(|waits| waits.join().unwrap()), [2]);
    keeper.join().unwrap();
}

/// A worker gives what its parent has made to the grandparent, who never had it before.
#[test]
fn what_a_grandchild_hands_in() {
    let runtime = runtime();
    let (hands_in, handed_in) = bounded(0);
    let (tells, told) = bounded(1);
    let grandparent = runtime.spawn(move || {
        let parent = go(move || {
            let (sender, receiver) = bounded::<u8>(0);
            let worker = go(move || {
                hands_in.send(sender).unwrap();
                receiver.recv().unwrap()
            });
            tells.send(worker).unwrap();
        });
        let sender: Sender<u8> = handed_in.recv().unwrap();
        park();
        sender.send(3).unwrap();
        parent.join().unwrap();
    });
    let worker = [told.recv().unwrap()];
    wait_in_hope(&sorted(&worker));
    grandparent.coroutine().unpark();
    assert_eq!(worker.map(|worker| worker.join().unwrap()), [3]);
    grandparent.join().unwrap();
}

/// One child of a scope puts it where another one takes it, on the parent's stack.
#[test]
fn what_lies_where_a_brother_takes_it() {
    let runtime = runtime();
    let (tells, told) = bounded::<(Coroutine, Coroutine)>(1);
    let parent = runtime.spawn(move || {
        let (place, (sender, receiver)) = (Mutex::new(None), bounded::<u8>(0));
        gopark::scope(|s| {
            let puts = s.go(|| {
                let sender = sender;
                *place.lock() = Some(sender);
                assert_eq!(receiver.recv(), Ok(4));
            });
            let takes = s.go(|| {
                park();
                place.lock().take().unwrap().send(4).unwrap();
            });
            tells.send((puts.coroutine().clone(), takes.coroutine().clone())).unwrap();
        });
    });
    let (puts, takes) = told.recv().unwrap();
    wait_in_hope(&[puts.id(), parent.coroutine().id()]);
    takes.unpark();
    parent.join().unwrap();
}

/// The thread that gave it away is gone, and its stack is the next one's.
#[test]
fn what_a_thread_has_on_the_stack_of_one_that_is_gone() {
    let runtime = Arc::new(runtime());
    let (hands_over, handed_over) = std::sync::mpsc::channel::<Sender<u8>>();
    let own = runtime.clone();
    let spawns = move || {
        let (sender, receiver) = bounded::<u8>(0);
        own.spawn(move || {
            hands_over.send(sender).unwrap();
            receiver.recv().unwrap()
        })
    };
    let waits = [thread::spawn(spawns).join().unwrap()];
    let is_over = Arc::new(AtomicBool::new(false));
    let keeps = {
        let is_over = is_over.clone();
        thread::spawn(move || {
            let sender = handed_over.recv().unwrap();
            while !is_over.load(Ordering::Acquire) {
                thread::park();
            }
            sender.send(5).unwrap();
        })
    };
    wait_in_hope(&sorted(&waits));
    is_over.store(true, Ordering::Release);
    keeps.thread().unpark();
    assert_eq!(waits.map(|waits| waits.join().unwrap()), [5]);
    keeps.join().unwrap();
}

/// What a coroutine takes in where its stack is another one, or where it cannot leave it.
#[test]
fn what_is_taken_on_a_grown_stack_and_during_a_panic() {
    struct Takes(Receiver<Sender<u8>>);

    impl Drop for Takes {
        fn drop(&mut self) {
            let sender = self.0.recv().unwrap();
            park();
            sender.send(6).unwrap();
        }
    }

    let runtime = runtime();
    let on_grown = |takes: Takes| gopark::stack::grow(1 << 20, || drop(takes));
    let on_nested = |takes: Takes| {
        gopark::stack::grow(1 << 20, || {
            let sender = takes.0.recv().unwrap();
            gopark::stack::grow(1 << 20, park);
            sender.send(6).unwrap();
            std::mem::forget(takes);
        });
    };
    let during_a_panic = |takes: Takes| {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _takes = takes;
            std::panic::resume_unwind(Box::new(()));
        }));
        assert!(panicked.is_err());
    };
    for takes_so in [on_grown as fn(Takes), on_nested, during_a_panic] {
        let (gives, given) = bounded(0);
        let taker = runtime.spawn(move || takes_so(Takes(given)));
        let giver = [runtime.spawn(move || {
            let (sender, receiver) = bounded::<u8>(0);
            gives.send(sender).unwrap();
            receiver.recv().unwrap()
        })];
        wait_in_hope(&sorted(&giver));
        taker.coroutine().unpark();
        assert_eq!(giver.map(|giver| giver.join().unwrap()), [6]);
        taker.join().unwrap();
    }
}

/// Of a scope is a grandchild whose parent is gone; another coroutine, which is not, waits for a lock of the parent's.
#[test]
fn a_scope_that_waits_for_a_grandchild() {
    let runtime = runtime();
    let lock = Arc::new(Mutex::new(()));
    let (tells, told) = bounded::<(Coroutine, Coroutine)>(1);
    let parent = runtime.spawn(move || {
        let held = lock.lock();
        let other = go({
            let lock = lock.clone();
            move || drop(lock.lock())
        });
        let other_self = other.coroutine().clone();
        gopark::scope(|s| {
            s.go(move || {
                let grandchild = s.go(park);
                tells.send((grandchild.coroutine().clone(), other_self)).unwrap();
            });
        });
        drop(held);
        other.join().unwrap();
    });
    let (grandchild, other) = told.recv().unwrap();
    wait_in_hope(&[other.id(), parent.coroutine().id()]);
    grandchild.unpark();
    parent.join().unwrap();
}
