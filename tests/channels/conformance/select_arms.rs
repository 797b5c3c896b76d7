//! What may be written in a `select!`, and what runs.

use crate::subject::{Receiver, RecvError, SendError, Sender, bounded, select, spawn, unbounded};
use crate::trial::{let_them_wait, trial};
use std::cell::RefCell;
use std::rc::Rc;

type Ends = (Sender<i32>, Receiver<i32>);

/// A channel that has a value, and one that has none and never will.
fn ready_and_silent() -> (Ends, Ends) {
    let ready = unbounded();
    ready.0.send(1).unwrap();
    (ready, unbounded())
}

#[test]
fn the_arm_that_is_ready_runs_wherever_it_stands() {
    trial(|| {
        let ((_tx, ready), (_other, silent)) = ready_and_silent();
        let (full, _rx) = bounded(0);
        select! {
            recv(ready) -> value => assert_eq!(value, Ok(1)),
            recv(silent) -> _ => unreachable!(),
            send(full, 5) -> _ => unreachable!(),
        }
        let (tx, rx) = bounded(1);
        select! {
            recv(silent) -> _ => unreachable!(),
            send(full, 5) -> _ => unreachable!(),
            send(tx, "sent") -> sent => assert_eq!(sent, Ok(())),
        }
        assert_eq!(rx.try_recv(), Ok("sent"));
    });
}

#[test]
fn a_select_waits_until_an_arm_is_ready() {
    trial(|| {
        for sends in [false, true] {
            let ((from, into), (full, taken)) = (bounded(1), bounded(1));
            full.send(0).unwrap();
            let selects = spawn(move || {
                select! {
                    recv(into) -> value => value.unwrap(),
                    send(full, 2) -> sent => sent.map(|()| 2).unwrap(),
                }
            });
            let_them_wait();
            assert!(!selects.is_finished());
            if sends {
                assert_eq!(taken.recv(), Ok(0));
                assert_eq!(taken.recv(), Ok(2));
            } else {
                from.send(1).unwrap();
            }
            assert_eq!(selects.join().unwrap(), 1 + i32::from(sends));
        }
    });
}

#[test]
fn a_select_is_an_expression() {
    fn returns_early(rx: &Receiver<i32>, tx: &Sender<i32>) -> Option<String> {
        let value = select! {
            recv(rx) -> value => value.ok()?,
            send(tx, 7) -> _ => return Some("sent".to_owned()),
        };
        Some(format!("received {value}"))
    }
    trial(|| {
        let ((tx, ready), (other, silent)) = ready_and_silent();
        let full = bounded(0);
        assert_eq!(returns_early(&ready, &full.0).as_deref(), Some("received 1"));
        assert_eq!(returns_early(&silent, &tx).as_deref(), Some("sent"));
        drop(other);
        assert_eq!(returns_early(&silent, &full.0), None);
    });
}

#[test]
fn loops_can_be_left_and_continued_from_an_arm() {
    trial(|| {
        let (tx, rx) = unbounded();
        (0..10).for_each(|value| tx.send(value).unwrap());
        let mut odd = 0;
        let last = 'outer: loop {
            loop {
                select! {
                    recv(rx) -> value => match value.unwrap() {
                        9 => break 'outer 9,
                        value if value % 2 == 0 => continue 'outer,
                        _ => {}
                    }
                }
                odd += 1;
            }
        };
        assert_eq!((last, odd), (9, 4));
    });
}

#[test]
fn bodies_are_blocks_or_expressions_with_and_without_commas() {
    trial(|| {
        let ((tx, ready), (_other, silent)) = ready_and_silent();
        let mut sum = 0;
        select! {
            recv(silent) -> _ => {}
            recv(ready) -> value => { sum += value.unwrap(); }
        }
        tx.send(10).unwrap();
        select! {
            recv(silent) -> _ => (),
            recv(ready) -> value => sum += value.unwrap()
        }
        tx.send(100).unwrap();
        select! {
            recv(silent) -> _ => { },
            recv(ready) -> mut value => {
                if let Ok(value) = &mut value {
                    *value += 1;
                }
                sum += value.unwrap();
            },
            default => (),
        }
        assert_eq!(sum, 112);
    });
}

#[test]
fn channels_are_written_as_expressions_of_any_form() {
    struct Ends {
        tx: Sender<u8>,
        rx: Rc<Receiver<u8>>,
    }
    trial(|| {
        let (tx, rx) = bounded(1);
        let ends = Ends { tx, rx: Rc::new(rx) };
        let (maybe, other) = ([Some(&ends.tx)], unbounded().0);
        let gone = Rc::new(unbounded::<u8>().1);
        for _ in 0..3 {
            select! {
                send(maybe[0].unwrap_or(&other), 1) -> sent => assert_eq!(sent, Ok(())),
                recv(&*ends.rx) -> value => assert_eq!(value, Ok(1)),
            }
            select! {
                recv(ends.rx) -> value => assert_eq!(value, Ok(1)),
                send(ends.tx.clone(), 1) -> sent => assert_eq!(sent, Ok(())),
            }
        }
        select! {
            recv(if ends.tx.is_empty() { &gone } else { &ends.rx }) -> value => assert_eq!(value, Err(RecvError)),
            default => unreachable!("its senders are gone"),
        }
    });
}

#[test]
fn channels_are_looked_up_once_and_in_order() {
    trial(|| {
        let ((_tx, ready), (_other, silent)) = ready_and_silent();
        let (full, _rx) = bounded(0);
        let looked_up = RefCell::new(Vec::new());
        let look_up = |number: u8| looked_up.borrow_mut().push(number);
        select! {
            recv({ look_up(1); &silent }) -> _ => unreachable!(),
            send({ look_up(2); &full }, 0) -> _ => unreachable!(),
            recv({ look_up(3); &ready }) -> value => assert_eq!(value, Ok(1)),
        }
        assert_eq!(*looked_up.borrow(), [1, 2, 3]);
    });
}

/// Arms may differ in their direction, in the types of their channels and in what they call things.
#[test]
fn arms_have_types_and_names_of_their_own() {
    trial(|| {
        let (text, texts) = unbounded::<String>();
        let (number, numbers) = bounded::<u64>(1);
        let (full, _rx) = bounded::<Box<[u8]>>(0);
        for expected in ["Ok(())", "a text"] {
            let said = select! {
                recv(texts) -> it => it.unwrap(),
                send(number, 7) -> it => format!("{it:?}"),
                send(full, Box::default()) -> other => other.map_or_else(|e| e.to_string(), |()| String::new()),
            };
            assert_eq!((said.as_str(), numbers.len()), (expected, 1));
            text.send("a text".to_owned()).unwrap();
        }
    });
}

#[test]
fn many_arms_are_told_apart() {
    trial(|| {
        let ends: Vec<_> = (0..8).map(|_| bounded(1)).collect();
        for expected in (0..8).rev() {
            ends[expected].0.send(expected).unwrap();
            let (arm, value) = select! {
                recv(ends[0].1) -> value => (0, value),
                recv(ends[1].1) -> value => (1, value),
                recv(ends[2].1) -> value => (2, value),
                recv(ends[3].1) -> value => (3, value),
                recv(ends[4].1) -> value => (4, value),
                recv(ends[5].1) -> value => (5, value),
                recv(ends[6].1) -> value => (6, value),
                recv(ends[7].1) -> value => (7, value),
            };
            assert_eq!((arm, value), (expected, Ok(expected)));
        }
    });
}

#[test]
fn selects_may_stand_inside_selects() {
    trial(|| {
        let (tx, rx) = unbounded();
        let sum = select! {
            send(tx, 1) -> sent => {
                sent.unwrap();
                select! {
                    recv(rx) -> first => first.unwrap() + select! {
                        send(tx, 2) -> sent => sent.map(|()| rx.recv().unwrap()).unwrap(),
                    },
                }
            }
        };
        assert_eq!(sum, 3);
    });
}

#[test]
fn results_are_those_of_send_and_recv() {
    trial(|| {
        let (tx, rx) = bounded::<u8>(1);
        let sent: Result<(), SendError<u8>> = select! { send(tx, 1) -> sent => sent };
        let received: Result<u8, RecvError> = select! { recv(rx) -> received => received };
        assert_eq!((sent, received), (Ok(()), Ok(1)));
        drop(rx);
        assert_eq!(select! { send(tx, 2) -> sent => sent }, Err(SendError(2)));
    });
}
