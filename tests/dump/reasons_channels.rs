//! Waits for channels: which one, which way, who is at its ends, and where it was made.

use std::time::Duration;

use crate::eventually::eventually;
use crate::looks::wait_of;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{Select, bounded as channel, never, unbounded};
use gopark::dump::{Channel, WaitsFor};
use gopark::go;
use gopark::time::{after, tick};

const HOUR: Duration = Duration::from_secs(3600);

#[track_caller]
fn received_from(wait: WaitsFor) -> Channel {
    let WaitsFor::Receive(channel) = wait else { panic!("{wait}") };
    channel
}

#[track_caller]
fn sent_into(wait: WaitsFor) -> Channel {
    let WaitsFor::Send(channel) = wait else { panic!("{wait}") };
    channel
}

/// Senders, receivers, capacity, whether the clock's.
fn ends(channel: &Channel) -> (usize, usize, Option<usize>, bool) {
    (channel.senders, channel.receivers, channel.capacity, channel.of_clock)
}

#[test]
fn receivers_of_each_kind() {
    bounded(|| {
        runtime(2).run(|| {
            for capacity in [Some(0), Some(1), Some(17), None] {
                let (send, receive) = capacity.map_or_else(unbounded::<u8>, channel);
                let (more, again) = (send.clone(), receive.clone());
                let waits = go(move || receive.recv());
                let seen = received_from(wait_of(&waits));
                assert_eq!(ends(&seen), (2, 2, capacity, false));
                drop(more);
                assert_eq!(ends(&received_from(wait_of(&waits))), (1, 2, capacity, false));
                drop(again);
                assert_eq!(ends(&received_from(wait_of(&waits))), (1, 1, capacity, false));
                send.send(7).unwrap();
                assert_eq!(waits.join().unwrap(), Ok(7));
            }
        });
    });
}

#[test]
fn senders_of_each_kind() {
    bounded(|| {
        runtime(2).run(|| {
            for capacity in [0, 1, 3] {
                let (line, (send, receive)) = (line!(), channel(capacity));
                let waits: Vec<_> =
                    (0..=capacity).map(|_| send.clone()).map(|send| go(move || send.send("full"))).collect();
                // All but one of them find room.
                eventually("one is left", || waits.iter().filter(|one| !one.is_finished()).count() == 1);
                let (found_room, waits): (Vec<_>, Vec<_>) =
                    waits.into_iter().partition(|one| one.is_finished());
                found_room.into_iter().for_each(|one| one.join().unwrap().unwrap());
                for one in &waits {
                    let seen = sent_into(wait_of(one));
                    assert_eq!(ends(&seen), (1 + waits.len(), 1, Some(capacity), false));
                    assert_eq!((seen.made_at.file, seen.made_at.line), (file!(), line));
                }
                (0..=capacity).for_each(|_| assert_eq!(receive.recv(), Ok("full")));
                waits.into_iter().for_each(|one| one.join().unwrap().unwrap());
            }
        });
    });
}

/// Also with a timeout; two at one channel tell the same address, and two channels tell two.
#[test]
fn addresses_tell_channels_apart() {
    bounded(|| {
        runtime(2).run(|| {
            let ((one, of_one), (other, of_other)) = (channel::<u8>(0), unbounded::<u8>());
            let again = of_one.clone();
            let waits = [
                go(move || of_one.recv().is_err()),
                go(move || again.recv_timeout(HOUR).is_err()),
                go(move || of_other.recv().is_err()),
            ];
            let [first, second, third] = waits.each_ref().map(|one| received_from(wait_of(one)));
            assert_eq!(first.address, second.address);
            assert_ne!(first.address, third.address);
            drop((one, other));
            assert!(waits.into_iter().all(|one| one.join().unwrap()));
        });
    });
}

#[test]
fn clocks() {
    bounded(|| {
        runtime(2).run(|| {
            for (line, clock) in [(line!(), after(HOUR)), (line!(), tick(HOUR))] {
                let waits =
                    go(move || gopark::with_timeout(Duration::from_millis(700), || clock.recv().is_err()));
                let wait = wait_of(&waits);
                let seen = received_from(wait.clone());
                assert!(seen.of_clock);
                assert_eq!((seen.made_at.file, seen.made_at.line), (file!(), line));
                assert!(wait.to_string().contains("of the clock"), "{wait}");
                assert!(!wait.to_string().contains("senders"), "{wait}");
                assert!(waits.join().unwrap());
            }
        });
    });
}

#[test]
fn the_first_of_several() {
    bounded(|| {
        runtime(2).run(|| {
            let (send, receive) = channel::<u8>(1);
            let (back, results) = channel::<u8>(0);
            let stopped = receive.clone();
            let waits = go(move || {
                gopark::select! {
                    recv(stopped) -> value => value.unwrap(),
                    send(back, 3) -> sent => { sent.unwrap(); 0 },
                    recv(after(HOUR)) -> _ => 1,
                }
            });
            let wait = wait_of(&waits);
            let WaitsFor::Select { first_of } = &wait else { panic!("{wait}") };
            let [WaitsFor::Receive(stop), WaitsFor::Send(result), WaitsFor::Receive(clock)] = &first_of[..]
            else {
                panic!("{wait}")
            };
            assert_eq!(ends(stop), (1, 2, Some(1), false));
            assert_eq!(ends(result), (1, 1, Some(0), false));
            assert!(clock.of_clock);
            assert!(wait.to_string().starts_with("for the first of: to receive from channel 0x"), "{wait}");
            assert_eq!(wait.to_string().matches(" | ").count(), 2, "{wait}");
            send.send(9).unwrap();
            assert_eq!(waits.join().unwrap(), 9);
            drop((receive, results));
        });
    });
}

/// More than eight are not told of, and those that are, are the first ones.
#[test]
fn a_dozen_by_select() {
    bounded(|| {
        runtime(2).run(|| {
            for (count, told) in [(2, 2), (8, 8), (9, 8), (12, 8)] {
                let (sends, receives): (Vec<_>, Vec<_>) = (0..count).map(|room| channel::<u8>(room)).unzip();
                let waits = go(move || {
                    let mut select = Select::new();
                    for receive in &receives {
                        select.recv(receive);
                    }
                    let operation = select.select();
                    let index = operation.index();
                    operation.recv(&receives[index]).map(|_| index)
                });
                let WaitsFor::Select { first_of } = wait_of(&waits) else { panic!("it selects") };
                let rooms: Vec<_> = first_of.into_iter().map(|one| received_from(one).capacity).collect();
                assert_eq!(rooms, (0..told).map(Some).collect::<Vec<_>>());
                sends[count - 1].send(1).unwrap();
                assert_eq!(waits.join().unwrap(), Ok(count - 1));
            }
        });
    });
}

/// A `select!` of one is a wait for that one; and a channel into which nothing comes is one as well.
#[test]
fn the_first_of_one() {
    bounded(|| {
        runtime(2).run(|| {
            let (send, receive) = channel::<u8>(5);
            let waits = go(move || gopark::select! { recv(receive) -> value => value });
            assert_eq!(ends(&received_from(wait_of(&waits))), (1, 1, Some(5), false));
            send.send(4).unwrap();
            assert_eq!(waits.join().unwrap(), Ok(4));

            let silent = never::<u8>();
            let waits = go(move || silent.recv_timeout(Duration::from_millis(700)));
            received_from(wait_of(&waits));
            waits.join().unwrap().unwrap_err();
        });
    });
}
