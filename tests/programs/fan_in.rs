//! Generators whose messages are brought together, and told to stop.

use crate::everywhere::everywhere;
use gopark::chan::{Receiver, bounded};
use gopark::time::after;
use gopark::{go, select};
use std::time::Duration;

/// Says its number, again and again, until it is told to quit; then it says good-bye.
fn boring(
    name: &'static str,
    quits: Receiver<()>,
    bye: gopark::chan::Sender<&'static str>,
) -> Receiver<String> {
    let (says, said) = bounded(0);
    go(move || {
        for number in 0.. {
            select! {
                send(says, format!("{name} {number}")) -> sent => if sent.is_err() { break },
                recv(quits) -> _ => break,
            }
        }
        bye.send(name).expect("somebody waits for it");
    });
    said
}

/// Both in one channel.
fn fan_in(first: Receiver<String>, second: Receiver<String>) -> Receiver<String> {
    let (says, said) = bounded(0);
    go(move || {
        loop {
            let text = select! {
                recv(first) -> text => text,
                recv(second) -> text => text,
            };
            let passed_on = text.is_ok_and(|text| says.send(text).is_ok());
            if !passed_on {
                return;
            }
        }
    });
    said
}

#[test]
fn both_are_heard_in_their_order_until_they_quit() {
    everywhere(|| {
        let (quit, quits) = bounded::<()>(0);
        let (bye, byes) = bounded(0);
        let joe = boring("joe", quits.clone(), bye.clone());
        let ann = boring("ann", quits, bye);
        let both = fan_in(joe, ann);
        let mut next = [0, 0];
        // Whoever lives on the same thread as the listener is heard far more often; nobody is never heard.
        while next.iter().any(|&count| count < 100) {
            let text = both.recv().expect("they do not stop by themselves");
            let (name, number) = text.split_once(' ').expect("a name and a number");
            let who = usize::from(name == "ann");
            assert_eq!(number.parse(), Ok(next[who]), "{name} is out of order");
            next[who] += 1;
        }
        drop(quit);
        drop(both);
        let mut names: Vec<_> = byes.iter().collect();
        names.sort_unstable();
        assert_eq!(names, ["ann", "joe"]);
    });
}

/// The tour's select: numbers as long as somebody wants some.
#[test]
fn fibonacci_until_quit() {
    everywhere(|| {
        let (numbers, wanted) = bounded(0);
        let (quit, quits) = bounded(0);
        let asks = go(move || {
            let numbers: Vec<u64> = wanted.iter().take(50).collect();
            quit.send(()).expect("it listens");
            numbers
        });
        let (mut this, mut next) = (0_u64, 1);
        loop {
            select! {
                send(numbers, this) -> sent => {
                    if sent.is_ok() {
                        (this, next) = (next, this + next);
                    }
                },
                recv(quits) -> _ => break,
            }
        }
        let numbers = asks.join().expect("no panic");
        assert_eq!((numbers[10], numbers[49]), (55, 7_778_742_049));
    });
}

/// The fastest of three replicas answers; the others are not waited for, and give up.
#[test]
fn the_first_answer_counts() {
    everywhere(|| {
        let (answers, answer) = bounded(3);
        for delay in [3_600_000, 1, 3_600_000] {
            let (replies, gone) = (answers.clone(), answer.clone());
            let replica = go(move || {
                if gopark::time::try_sleep(Duration::from_millis(delay)).is_ok() {
                    replies.send(delay).expect("there is room");
                }
                drop(gone);
            });
            if delay != 1 {
                replica.cancel();
            }
        }
        select! {
            recv(answer) -> delay => assert_eq!(delay, Ok(1)),
            recv(after(Duration::from_secs(20))) -> _ => panic!("nobody has answered"),
        }
    });
}
