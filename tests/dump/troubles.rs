//! A program with four troubles: a deadlock, a leak, a stuck worker and a slow lock. The dump names each, with whoever
//! is to blame and the lines.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::looks::{dump_when, has_call, is_waiting, json_has_call, json_of, text_about};
use crate::policy;
use crate::watchdog::bounded;
use gopark::chan::{Sender, bounded as channel};
use gopark::dump::{CoroutineState, Dump, Holder, Lock, State, WaitsFor};
use gopark::sync::{Barrier, Mutex};
use gopark::time::try_sleep;
use gopark::{JoinHandle, go};
use serde_json::Value;

/// Coroutines that want the slow lock.
const WAITERS: usize = 20;

const CROSSES: u32 = line!() + 4;
fn cross(own: &Mutex<()>, others: &Mutex<()>, both: &Barrier) {
    let _own = own.lock();
    both.wait();
    drop(others.lock());
}

// Not inlined: the optimiser would give the call to the line of the closure.
const LEAKS: u32 = line!() + 3;
#[inline(never)]
fn leak(receiver: &gopark::chan::Receiver<u32>) {
    let received = receiver.recv();
    assert!(received.is_err());
}

const STICKS: u32 = line!() + 3;
fn stick(is_over: &mpsc::Receiver<()>) {
    while is_over.try_recv() == Err(mpsc::TryRecvError::Empty) {
        thread::sleep(Duration::from_millis(300));
    }
}

const DAWDLES: u32 = line!() + 3;
fn dawdle(mutex: &Mutex<u32>) {
    let _held = mutex.lock();
    let _ = try_sleep(Duration::from_secs(3600));
}

const WANTS: u32 = line!() + 2;
fn want(mutex: &Mutex<u32>) {
    *mutex.lock() += 1;
}

/// The program.
struct Troubles {
    main: u64,
    crossed: [JoinHandle<()>; 2],
    leaked: JoinHandle<()>,
    /// Kept by somebody who will never send.
    sender: Sender<u32>,
    channel_made_at: u32,
    dawdler: JoinHandle<()>,
    waiters: Vec<JoinHandle<()>>,
}

fn troubles() -> Troubles {
    let (a, b, both) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(())), Arc::new(Barrier::new(2)));
    let crossed = [(a.clone(), b.clone()), (b, a)].map(|(own, others)| {
        let both = both.clone();
        go(move || cross(&own, &others, &both))
    });
    let (channel_made_at, (sender, receiver)) = (line!(), channel(4));
    let leaked = go(move || leak(&receiver));
    let slow = Arc::new(Mutex::new(0));
    let own = slow.clone();
    let dawdler = gopark::coroutine::Builder::new().name("dawdler").spawn(move || dawdle(&own)).unwrap();
    while !slow.is_locked() {
        gopark::yield_now();
    }
    let waiters = (0..WAITERS).map(|_| slow.clone()).map(|slow| go(move || want(&slow))).collect();
    let main = gopark::coroutine::current().expect("this is one").id();
    Troubles { main, crossed, leaked, sender, channel_made_at, dawdler, waiters }
}

impl Troubles {
    /// All but the stuck one.
    fn ids(&self) -> Vec<u64> {
        let of = |handle: &JoinHandle<()>| handle.coroutine().id();
        let handles = self.crossed.iter().chain([&self.leaked, &self.dawdler]).chain(&self.waiters);
        handles.map(of).collect()
    }
}

fn look(dump: &Dump, whom: &JoinHandle<()>) -> CoroutineState {
    dump.coroutine(whom.coroutine().id()).expect("it lives").clone()
}

#[track_caller]
fn mutex_of(look: &CoroutineState) -> &Lock {
    match &look.waits_for {
        Some(WaitsFor::Mutex(lock)) => lock,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn holder_of(look: &CoroutineState) -> (u64, Duration) {
    match mutex_of(look).holder {
        Some(Holder::Coroutine { id, held_for }) => (id, held_for),
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn all_four_are_named() {
    bounded(|| {
        let runtime = policy::builder().workers(2).build().expect("a runtime");
        let troubles = runtime.spawn(troubles).join().expect("no panic");
        let ids = troubles.ids();
        dump_when("all wait", |dump| ids.iter().all(|id| dump.coroutine(*id).is_some_and(is_waiting)));
        // Last: whoever had started on its worker would not come to what it is to wait for.
        let (over, is_over) = mpsc::channel();
        let stuck = runtime.spawn(move || stick(&is_over));
        let stuck_id = stuck.coroutine().id();
        let dump = dump_when("it is stuck", |dump| {
            dump.workers.iter().any(|worker| worker.runs == Some(stuck_id) && worker.is_stuck)
                && dump.coroutine(stuck_id).is_some_and(|look| has_call(look, file!(), STICKS))
        });

        the_structure_names_them(&dump, &troubles, stuck_id);
        the_text_names_them(&dump, &troubles, stuck_id);
        the_json_names_them(&serde_json::from_str(&dump.to_json()).unwrap(), &troubles, stuck_id);

        over.send(()).unwrap();
        stuck.join().unwrap();
        troubles.dawdler.cancel();
        troubles.waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
        drop(troubles.sender);
        troubles.leaked.join().unwrap();
        assert!(troubles.crossed.iter().all(|one| !one.is_finished()));
    });
}

fn the_structure_names_them(dump: &Dump, troubles: &Troubles, stuck: u64) {
    let crossed = troubles.crossed.each_ref().map(|one| look(dump, one));
    for (one, other) in [(0, 1), (1, 0)] {
        assert_eq!(holder_of(&crossed[one]).0, crossed[other].id);
        assert!(has_call(&crossed[one], file!(), CROSSES), "{:#?}", crossed[one]);
        assert_eq!(crossed[one].spawned_by, Some(troubles.main));
    }
    assert_ne!(mutex_of(&crossed[0]).address, mutex_of(&crossed[1]).address);

    let leaked = look(dump, &troubles.leaked);
    let Some(WaitsFor::Receive(channel)) = &leaked.waits_for else { panic!("{leaked:?}") };
    assert_eq!((channel.senders, channel.receivers, channel.capacity), (1, 1, Some(4)));
    assert_eq!((channel.made_at.file, channel.made_at.line), (file!(), troubles.channel_made_at));
    assert!(has_call(&leaked, file!(), LEAKS), "{leaked:#?}");

    let dawdler = look(dump, &troubles.dawdler);
    assert!(matches!(dawdler.waits_for, Some(WaitsFor::Time { .. })), "{dawdler:?}");
    assert!(has_call(&dawdler, file!(), DAWDLES), "{dawdler:#?}");
    let waiters: Vec<_> = troubles.waiters.iter().map(|one| look(dump, one)).collect();
    for waiter in &waiters {
        let (holder, held_for) = holder_of(waiter);
        assert_eq!(holder, dawdler.id);
        assert!(held_for <= dawdler.age);
        assert_eq!(mutex_of(waiter).address, mutex_of(&waiters[0]).address);
        assert!(has_call(waiter, file!(), WANTS), "{waiter:#?}");
    }

    assert_eq!(dump.coroutine(stuck).unwrap().state, State::Running);
}

fn the_text_names_them(dump: &Dump, troubles: &Troubles, stuck: u64) {
    let all: Vec<_> = troubles.ids().into_iter().chain([stuck]).collect();
    let text = text_about(dump, &all);
    let [one, other] = troubles.crossed.each_ref().map(|one| one.coroutine().id());
    let dawdler = troubles.dawdler.coroutine().id();
    let at = |line| format!("{}:{line}", file!());
    // What is told of one in several lines: the blank lines lie between those.
    let is_told = |what: [&str; 3]| {
        let told = text.split("\n\n").any(|one| what.iter().all(|part| one.contains(part)));
        assert!(told, "not told: {what:?}\n{text}");
    };
    is_told([&format!("coroutine {one}: waiting"), &format!("held by coroutine {other} "), &at(CROSSES)]);
    is_told([&format!("coroutine {other}: waiting"), &format!("held by coroutine {one} "), &at(CROSSES)]);
    is_told(["to receive from channel", "senders 1, receivers 1", &at(LEAKS)]);
    is_told([&format!("coroutine {dawdler} 'dawdler': waiting"), "asleep, due in 59 min", &at(DAWDLES)]);
    is_told([&format!("{WAITERS} coroutines: "), &format!("held by coroutine {dawdler} "), &at(WANTS)]);
    is_told([&format!("coroutine {stuck}: running"), "sleep", &at(STICKS)]);
    assert!(text.contains(&format!("stuck in coroutine {stuck};")), "{text}");
}

fn the_json_names_them(json: &Value, troubles: &Troubles, stuck: u64) {
    let of = |whom: &JoinHandle<()>| json_of(json, whom.coroutine().id());
    let [one, other] = troubles.crossed.each_ref();
    assert_eq!(of(one)["waits_for"]["kind"], "mutex");
    assert_eq!(of(one)["waits_for"]["holder"]["coroutine"]["id"], other.coroutine().id());
    assert_eq!(of(other)["waits_for"]["holder"]["coroutine"]["id"], one.coroutine().id());
    assert!(json_has_call(of(one), file!(), CROSSES));

    let leaked = of(&troubles.leaked);
    assert_eq!(leaked["waits_for"]["kind"], "receive");
    assert_eq!(leaked["waits_for"]["senders"], 1);
    assert_eq!(leaked["waits_for"]["made_at"]["line"], troubles.channel_made_at);
    assert!(json_has_call(leaked, file!(), LEAKS));

    assert_eq!(of(&troubles.dawdler)["waits_for"]["kind"], "time");
    assert_eq!(of(&troubles.dawdler)["name"], "dawdler");
    let dawdler = troubles.dawdler.coroutine().id();
    for waiter in &troubles.waiters {
        assert_eq!(of(waiter)["waits_for"]["holder"]["coroutine"]["id"], dawdler);
        assert!(json_has_call(of(waiter), file!(), WANTS));
    }

    assert_eq!(json_of(json, stuck)["state"], "running");
    assert!(json_has_call(json_of(json, stuck), file!(), STICKS));
    let workers = json["workers"].as_array().unwrap();
    let worker = workers.iter().find(|worker| worker["runs"] == stuck).expect("it has a worker");
    assert_eq!(worker["is_stuck"], true);
}
