//! Values of every shape go through every channel.

use super::capacities::{EVERY, channel};
use crate::subject::{Sender, bounded, spawn, unbounded};
use crate::trial::trial;
use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::rc::Rc;

/// Sends what `make` makes of 0 to 99 through a channel of each kind.
fn passes<T: Send + PartialEq + Debug + 'static>(make: fn(usize) -> T) {
    for capacity in EVERY {
        let (tx, rx) = channel(capacity);
        let sender = spawn(move || (0..100).for_each(|number| tx.send(make(number)).unwrap()));
        assert!(rx.iter().eq((0..100).map(make)), "capacity {capacity:?}");
        sender.join().unwrap();
    }
}

#[test]
fn values_without_a_size() {
    #[derive(Debug, PartialEq)]
    struct Mark;
    trial(|| {
        passes(|_| ());
        passes(|_| Mark);
        passes(|_| [0_u64; 0]);
    });
}

#[test]
fn values_without_a_size_are_counted() {
    trial(|| {
        let (tx, rx) = unbounded();
        (0..1000).for_each(|_| tx.send(()).unwrap());
        assert_eq!(tx.len(), 1000);
        assert_eq!(rx.try_iter().count(), 1000);
    });
}

/// A stack of a coroutine holds several of these, and not hundreds.
#[test]
fn large_values() {
    trial(|| passes(|number| [number; 512]));
}

#[test]
fn values_that_must_lie_at_round_addresses() {
    #[derive(Debug, PartialEq)]
    #[repr(align(128))]
    struct Aligned(usize);
    trial(|| {
        passes(Aligned);
        let (tx, rx) = bounded(3);
        (0..3).for_each(|number| tx.send(Aligned(number)).unwrap());
        for received in rx.try_iter() {
            assert_eq!(&raw const received as usize % 128, 0);
        }
    });
}

#[test]
fn values_that_own_something() {
    trial(|| {
        passes(|number| format!("value {number}"));
        passes(|number| vec![Box::new(number); number]);
        passes(|number| (number % 3 == 0).then_some(number.to_string()));
    });
}

#[test]
fn values_that_are_not_sync() {
    trial(|| {
        passes(Cell::new);
        passes(|number| RefCell::new(number.to_string()));
        for capacity in EVERY {
            let (tx, rx) = channel(capacity);
            let sender = spawn(move || tx.send(Cell::new(1)).unwrap());
            let received: Cell<i32> = rx.recv().unwrap();
            sender.join().unwrap();
            received.set(received.get() + 1);
            assert_eq!(received.get(), 2, "capacity {capacity:?}");
        }
    });
}

/// They cannot leave, but they can wait in a channel for their own thread to come back.
#[test]
fn values_that_are_not_send() {
    trial(|| {
        for capacity in [Some(1), None] {
            let (tx, rx) = channel(capacity);
            let value = Rc::new(7);
            tx.send(value.clone()).unwrap();
            assert_eq!(Rc::strong_count(&value), 2);
            assert!(Rc::ptr_eq(&value, &rx.recv().unwrap()));
            tx.send(value.clone()).unwrap();
            drop((tx, rx));
            assert_eq!(Rc::strong_count(&value), 1, "capacity {capacity:?}");
        }
    });
}

#[test]
fn values_that_borrow() {
    trial(|| {
        let text = String::from("one two three");
        let (tx, rx) = unbounded();
        text.split(' ').for_each(|word| tx.send(word).unwrap());
        assert!(rx.try_iter().eq(["one", "two", "three"]));
    });
}

#[test]
fn closures() {
    type Call = Box<dyn FnOnce(u32) -> u32 + Send>;
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel::<Call>(capacity);
            let calls = spawn(move || rx.iter().fold(1, |value, call| call(value)));
            tx.send(Box::new(|value| value + 2)).unwrap();
            tx.send(Box::new(|value| value * 10)).unwrap();
            drop(tx);
            assert_eq!(calls.join().unwrap(), 30, "capacity {capacity:?}");
        }
    });
}

/// A request that carries the way back, as servers have it.
#[test]
fn channels_themselves() {
    trial(|| {
        for capacity in EVERY {
            let (tx, requests) = channel::<(u32, Sender<u32>)>(capacity);
            let server = spawn(move || {
                for (number, answer) in requests {
                    answer.send(number * number).unwrap();
                }
            });
            for number in 0..20 {
                let (answer, answers) = channel(capacity);
                tx.send((number, answer)).unwrap();
                assert_eq!(answers.recv(), Ok(number * number), "capacity {capacity:?}");
                assert!(answers.recv().is_err(), "the server has dropped its end");
            }
            drop(tx);
            server.join().unwrap();
        }
    });
}

/// The last receiver of a channel may lie in the channel.
#[test]
fn a_channel_that_holds_an_end_of_another() {
    trial(|| {
        let (inner, waits) = bounded::<u8>(0);
        let (tx, rx) = unbounded();
        let sender = spawn(move || inner.send(1));
        tx.send(waits).unwrap();
        drop(rx);
        assert!(sender.join().unwrap().is_err(), "its receiver went with the channel it was in");
    });
}
