//! Deadlocks over channels: found if all handles that could help are held by those who are stuck themselves, else not.

use std::sync::Arc;
use std::time::Duration;

use gopark::chan::{Receiver, Sender, bounded, unbounded};
use gopark::leak::deadlocks;
use gopark::{go, select};

use crate::deadlocks::{deadlock_of, runtime, sorted};
use crate::eventually::eventually;

/// Searches some times, while it is so, for a deadlock that one of these is in.
fn is_never_found(ids: &[u64]) {
    for _ in 0..5 {
        let found = deadlocks();
        let is_theirs = |id: &u64| ids.contains(id);
        for deadlock in &found {
            let members = deadlock.coroutines.iter().map(|coroutine| &coroutine.id);
            assert!(!members.chain(&deadlock.behind).any(is_theirs), "{deadlock}");
        }
    }
}

/// Waits until these wait.
pub(crate) fn until_waiting(ids: &[u64]) {
    let waits = |id: &u64| gopark::dump().coroutine(*id).is_some_and(|state| state.waits_for.is_some());
    eventually("they wait", || ids.iter().all(waits));
}

/// They wait, and somebody could help them.
pub(crate) fn wait_in_hope(ids: &[u64]) {
    until_waiting(ids);
    is_never_found(ids);
}

#[test]
fn two_that_wait_for_each_others_messages() {
    let runtime = runtime();
    let circle = runtime.run(|| {
        let ((to_one, ones), (to_other, others)) = (bounded::<()>(0), bounded::<()>(0));
        let talk = |hears: Receiver<()>, tells: Sender<()>| {
            go(move || {
                hears.recv().unwrap();
                tells.send(()).unwrap();
            })
        };
        let circle = [talk(ones, to_other), talk(others, to_one)];
        // He who has made the channels and given them away does not count, though he runs.
        let text = deadlock_of(&sorted(&circle)).to_string();
        assert!(text.contains("waits to receive from channel"), "{text}");
        let other = format!("; it needs coroutine {}\n", circle[1].coroutine().id());
        assert!(text.contains(&other), "{text}");
        assert!(text.contains("tests/leak/channels.rs:"), "{text}");
        circle
    });
    deadlock_of(&sorted(&circle));
    runtime.shutdown(Duration::ZERO);
}

/// Made by a plain thread, and given away by it.
#[test]
fn a_circle_of_senders_without_room() {
    let runtime = runtime();
    for length in [2, 5] {
        let member = |sender: Sender<usize>, receiver: Receiver<usize>| {
            runtime.spawn(move || {
                (0..3).for_each(|i| sender.send(i).unwrap());
                drop(sender);
                receiver.iter().sum::<usize>()
            })
        };
        let (first, mut receiver) = bounded(1);
        let mut members = Vec::new();
        for _ in 1..length {
            let (sender, next) = bounded(1);
            members.push(member(sender, receiver));
            receiver = next;
        }
        members.push(member(first, receiver));
        let found = deadlock_of(&sorted(&members));
        assert!(found.to_string().contains("to send into channel"), "{found}");
    }
    runtime.shutdown(Duration::ZERO);
}

/// The commonest: the last sender that would end the loop is one's own.
#[test]
fn who_waits_for_the_end_of_what_he_could_send_himself() {
    let runtime = runtime();
    let collects = runtime.spawn(|| {
        let (results, all) = unbounded();
        let workers: Vec<_> = (0..4)
            .map(|i| {
                let results = results.clone();
                go(move || results.send(i).unwrap())
            })
            .collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        let sum = all.iter().sum::<i32>();
        drop(results);
        sum
    });
    let found = deadlock_of(&[collects.coroutine().id()]);
    assert!(found.to_string().contains("senders 1, receivers 1"), "{found}");
    runtime.shutdown(Duration::ZERO);
}

/// Workers have no room for results, he who would take these has yet to hand out all the jobs.
#[test]
fn workers_and_their_master() {
    let runtime = runtime();
    let master = runtime.spawn(|| {
        let ((jobs, queue), (results, done)) = (bounded(1), bounded(1));
        for _ in 0..3 {
            let (queue, results) = (queue.clone(), results.clone());
            go(move || queue.iter().for_each(|job: u32| results.send(job * 2).unwrap()));
        }
        drop((queue, results));
        (0..100).for_each(|job| jobs.send(job).unwrap());
        drop(jobs);
        done.iter().sum::<u32>()
    });
    let id = master.coroutine().id();
    eventually("the master is stuck, and his workers", || {
        let is_it = |deadlock: &gopark::leak::Deadlock| {
            let members = deadlock.coroutines.iter().map(|coroutine| coroutine.id);
            deadlock.behind.len() == 2 && members.clone().any(|member| member == id) && members.count() == 2
        };
        deadlocks().iter().any(is_it)
    });
    runtime.shutdown(Duration::ZERO);
}

#[test]
fn a_select_of_which_no_arm_can_happen() {
    let runtime = runtime();
    let ((to_one, ones), (to_other, others), (stops, is_stopped)) =
        (bounded::<u8>(0), bounded::<u8>(0), bounded::<()>(0));
    let one = runtime.spawn(move || {
        let _stops = stops;
        select! {
            recv(ones) -> _ => to_other.send(1).unwrap(),
            recv(is_stopped) -> _ => {}
        }
    });
    let other = runtime.spawn(move || {
        others.recv().unwrap();
        to_one.send(1).unwrap();
    });
    deadlock_of(&sorted(&[one, other]));
    runtime.shutdown(Duration::ZERO);
}

#[test]
fn what_was_given_on_to_a_child_is_the_childs() {
    let runtime = runtime();
    let ((to_child, childs), (to_parent, parents)) = (bounded::<u8>(0), bounded::<u8>(0));
    let parent = runtime.spawn(move || {
        let child = go(move || {
            childs.recv().unwrap();
            to_parent.send(1).unwrap();
        });
        parents.recv().unwrap();
        drop((to_child, child));
    });
    let parent_id = parent.coroutine().id();
    eventually("parent and child are found", || {
        let has_it = |deadlock: &gopark::leak::Deadlock| {
            deadlock.coroutines.len() == 2 && deadlock.coroutines.iter().any(|one| one.id == parent_id)
        };
        deadlocks().iter().any(has_it)
    });
    runtime.shutdown(Duration::ZERO);
}

/// Where the one handle is that could end the wait.
enum Kept {
    Boxed(Box<Sender<u8>>),
    Shared(Arc<Sender<u8>>),
    Listed(Vec<Sender<u8>>),
    Plain(Sender<u8>),
}

/// Whoever could help may do so.
#[test]
fn handles_that_others_keep_are_a_hope() {
    type Keep = fn(Sender<u8>) -> Kept;
    let ways: [Keep; 4] = [
        |sender| Kept::Boxed(Box::new(sender)),
        |sender| Kept::Shared(Arc::new(sender)),
        |sender| Kept::Listed(vec![sender]),
        Kept::Plain,
    ];
    let runtime = runtime();
    for keep in ways {
        let (sender, receiver) = bounded::<u8>(0);
        // One who waits for nothing that is known, and keeps it meanwhile.
        let kept = keep(sender);
        let keeper = runtime.spawn(move || {
            gopark::coroutine::park();
            match kept {
                Kept::Boxed(sender) => sender.send(1),
                Kept::Shared(sender) => sender.send(1),
                Kept::Listed(senders) => senders[0].send(1),
                Kept::Plain(sender) => sender.send(1),
            }
            .unwrap();
            0
        });
        let waits = runtime.spawn(move || receiver.recv().unwrap());
        let behind = {
            let id = keeper.coroutine().clone();
            let both = [waits, keeper];
            wait_in_hope(&sorted(&both));
            id.unpark();
            both
        };
        behind.into_iter().for_each(|handle| assert!(handle.join().unwrap() < 2));
    }
}

#[test]
fn a_sender_with_a_plain_thread_is_a_hope() {
    let runtime = runtime();
    let (sender, receiver) = bounded::<u8>(0);
    let waits = [runtime.spawn(move || receiver.recv().unwrap())];
    wait_in_hope(&sorted(&waits));
    sender.send(7).unwrap();
    assert_eq!(waits.into_iter().map(|waits| waits.join().unwrap()).sum::<u8>(), 7);
}

/// He has kept a clone, and waits for the end all the same; but others may get at it through a list they share.
#[test]
fn a_hub_is_no_deadlock() {
    let runtime = runtime();
    let hub: Arc<gopark::sync::Mutex<Vec<Sender<u8>>>> = Arc::default();
    let serves = [runtime.spawn({
        let hub = hub.clone();
        move || {
            let (sender, receiver) = unbounded();
            hub.lock().push(sender);
            receiver.recv().unwrap()
        }
    })];
    wait_in_hope(&sorted(&serves));
    hub.lock()[0].send(3).unwrap();
    serves.into_iter().for_each(|serves| assert_eq!(serves.join().unwrap(), 3));
}

/// Children of a scope use what their parent has; and children of theirs, even if they are gone.
#[test]
fn what_is_borrowed_is_a_hope() {
    let runtime = runtime();
    for generations in [1, 2, 3] {
        let (tells, told) = bounded(1);
        let parent = [runtime.spawn(move || {
            let (sender, receiver) = bounded::<u8>(0);
            let sender = &sender;
            gopark::scope(|s| {
                let sends = move || {
                    gopark::coroutine::park();
                    sender.send(1).unwrap();
                };
                match generations {
                    1 => tells.send(s.go(sends).coroutine().clone()).unwrap(),
                    2 => drop(s.go(move || {
                        let child = s.go(sends);
                        tells.send(child.coroutine().clone()).unwrap();
                        child.join().unwrap();
                    })),
                    _ => drop(s.go(move || tells.send(s.go(sends).coroutine().clone()).unwrap())),
                }
                assert_eq!(receiver.recv(), Ok(1));
            });
        })];
        let sends = told.recv().unwrap();
        wait_in_hope(&sorted(&parent));
        sends.unpark();
        parent.into_iter().for_each(|parent| parent.join().unwrap());
    }
}

/// Who waits for the end of his scope waits for all of its coroutines.
#[test]
fn a_brother_may_use_what_the_parent_has() {
    let runtime = runtime();
    let (tells, told) = bounded(1);
    let parent = [runtime.spawn(move || {
        let (sender, receiver) = bounded::<u8>(0);
        gopark::scope(|s| {
            s.go(|| assert_eq!(receiver.recv(), Ok(1)));
            let sends = s.go(|| {
                gopark::coroutine::park();
                sender.send(1).unwrap();
            });
            tells.send(sends.coroutine().clone()).unwrap();
        });
    })];
    let sends = told.recv().unwrap();
    wait_in_hope(&sorted(&parent));
    sends.unpark();
    parent.into_iter().for_each(|parent| parent.join().unwrap());
}

/// It went through a channel, and lies with somebody who sleeps.
#[test]
fn what_was_sent_on_is_a_hope() {
    let runtime = runtime();
    let (sender, receiver) = bounded::<u8>(0);
    let (gives, given) = bounded(1);
    let giver = runtime.spawn(move || {
        gives.send(sender).unwrap();
        receiver.recv().unwrap()
    });
    let keeper = runtime.spawn(move || {
        let sender: Sender<u8> = given.recv().unwrap();
        gopark::coroutine::park();
        sender.send(1).unwrap();
        0
    });
    let wakes = keeper.coroutine().clone();
    let both = [giver, keeper];
    eventually("it is given", || {
        let dump = gopark::dump();
        dump.coroutine(wakes.id()).unwrap().waits_for == Some(gopark::dump::WaitsFor::Unpark)
    });
    is_never_found(&sorted(&both));
    wakes.unpark();
    assert_eq!(both.map(|handle| handle.join().unwrap()), [1, 0]);
}

/// He has the last sender himself; but some time he gives up.
#[test]
fn who_waits_for_a_time_goes_on() {
    let runtime = runtime();
    let patient = [runtime.spawn(|| {
        let (_sender, receiver) = bounded::<u8>(0);
        receiver.recv_timeout(Duration::from_secs(3600)).unwrap_err()
    })];
    wait_in_hope(&sorted(&patient));
    patient[0].cancel();
    patient.into_iter().for_each(|patient| assert!(patient.join().unwrap().is_disconnected()));
}

#[test]
fn arms_of_the_clock_and_of_others_are_a_hope() {
    let runtime = runtime();
    let (sender, receiver) = bounded::<u8>(0);
    let (stops, is_stopped) = bounded::<()>(0);
    let selects = [runtime.spawn(move || {
        let _sender = sender;
        select! {
            recv(receiver) -> _ => unreachable!(),
            recv(is_stopped) -> stopped => assert!(stopped.is_err()),
        }
    })];
    wait_in_hope(&sorted(&selects));
    drop(stops);
    selects.into_iter().for_each(|selects| selects.join().unwrap());
}
