//! Dumps of a process in which coroutines begin, wait for everything there is, wake, panic and end, and runtimes come
//! and go: what is told of each is consistent, however briefly it was so.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::child::in_child;
use crate::policy;
use crate::random::Random;
use gopark::chan::{Receiver, Sender, bounded as channel};
use gopark::coroutine::park_timeout;
use gopark::dump::{CoroutineState, Dump, Holder, State, WaitsFor};
use gopark::net::UnixStream;
use gopark::runtime::Runtime;
use gopark::sync::{Condvar, Mutex, RwLock, Semaphore};
use gopark::time::sleep;
use gopark::{blocking, go, with_timeout, yield_now};

const TINY: Duration = Duration::from_micros(500);

/// Overridden for long runs, in seconds.
fn how_long() -> Duration {
    let seconds = std::env::var("GOPARK_TEST_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(4))
}

/// What they meet at.
struct Field {
    mutex: Mutex<u64>,
    lock: RwLock<u64>,
    condition: Condvar,
    semaphore: Semaphore,
    sender: Sender<u64>,
    receiver: Receiver<u64>,
}

impl Field {
    fn new() -> Field {
        let (sender, receiver) = channel(2);
        let (mutex, lock) = (Mutex::new(0), RwLock::new(0));
        Field { mutex, lock, condition: Condvar::new(), semaphore: Semaphore::new(2), sender, receiver }
    }
}

/// Lives for one to five waits of any kind. The last function of a coroutine's own.
#[inline(never)]
fn lives(field: &Arc<Field>, seed: u64) {
    let mut random = Random::new(seed);
    for _ in 0..=random.below(4) {
        waits(field, &mut random);
    }
    if random.below(50) == 0 {
        std::panic::resume_unwind(Box::new("on purpose"));
    }
    std::hint::black_box(());
}

fn waits(field: &Arc<Field>, random: &mut Random) {
    match random.below(16) {
        0 => sleep(TINY),
        1 => park_timeout(TINY),
        2 => yield_now(),
        3 => {
            let mut held = field.mutex.lock();
            *held += 1;
            sleep(TINY / 10);
        }
        4 => drop(field.lock.read()),
        5 => {
            *field.lock.write() += 1;
            yield_now();
        }
        6 => drop(field.condition.wait_for(&mut field.mutex.lock(), TINY)),
        7 => drop(field.semaphore.acquire()),
        8 => drop(field.sender.send_timeout(1, TINY)),
        9 => drop(field.receiver.recv_timeout(TINY)),
        10 => gopark::select! {
            recv(field.receiver) -> _ => {},
            send(field.sender, 2) -> _ => {},
            default(TINY) => {},
        },
        11 => drop(go(|| sleep(TINY)).join()),
        12 => blocking(|| thread::sleep(TINY / 10)),
        13 => {
            let (mut one, mut other) = UnixStream::pair().expect("a pair");
            let reads = go(move || one.read(&mut [0; 4]));
            yield_now();
            other.write_all(b"word").expect("it is read");
            reads.join().unwrap().unwrap();
        }
        14 => {
            // A channel that is gone soon.
            let (sender, receiver) = channel::<String>(0);
            let receives = go(move || with_timeout(TINY, || receiver.recv().is_ok()));
            if random.below(2) == 0 {
                drop(sender.send_timeout("a value".to_owned(), TINY));
            }
            receives.join().unwrap();
        }
        _ => gopark::stack::grow(128 << 10, || sleep(TINY)),
    }
}

/// Runtimes that come and go until it is over, each with a crowd that is replenished, or left alone at the end.
fn crowd(seed: u64, is_over: &AtomicBool, lived: &AtomicUsize) {
    let mut random = Random::new(seed);
    while !is_over.load(Ordering::Relaxed) {
        let runtime: Runtime = policy::builder().workers(2).build().expect("a runtime");
        let field = Arc::new(Field::new());
        for _ in 0..5 {
            let _inside = runtime.enter();
            let some: Vec<_> = (0..200)
                .map(|_| (field.clone(), random.below(1 << 30) as u64))
                .map(|(field, seed)| go(move || lives(&field, seed)))
                .collect();
            lived.fetch_add(some.len(), Ordering::Relaxed);
            let leaves_them = random.below(10) == 0;
            some.into_iter().filter(|_| !leaves_them).for_each(|one| drop(one.join()));
        }
    }
}

/// What was found odd about a coroutine; ids are given out in ascending order, so `last` is above all that existed.
fn oddity(look: &CoroutineState, last: u64) -> Option<&'static str> {
    let existed = |id: u64| id != 0 && id <= last;
    let waits = look.state == State::Waiting;
    let wait = look.waits_for.as_ref();
    let ends_in_closure = || {
        let outermost = look.stack.last().and_then(|frame| frame.function.as_deref());
        outermost.is_some_and(|name| name.contains("closure"))
    };
    let has_stack = !look.stack.is_empty();
    match wait {
        _ if look.spawned_by.is_some_and(|id| !existed(id)) => Some("its spawner never existed"),
        _ if look.age > Duration::from_secs(3600) => Some("it is too old"),
        _ if look.in_state_for > look.age + Duration::from_millis(500) => Some("it has waited before it was"),
        Some(_) if !waits => Some("it has a reason to wait, and does not"),
        Some(_) if !has_stack => Some("it waits nowhere"),
        Some(_) if !ends_in_closure() => Some("its stack does not end in its closure"),
        None if waits && has_stack => Some("it waits for nothing"),
        None if has_stack && look.state != State::Running => Some("it has a stack"),
        Some(WaitsFor::Join { coroutine }) if !existed(*coroutine) => Some("it joins nobody"),
        Some(WaitsFor::Mutex(lock)) if lock.readers > 0 => Some("there are readers in a mutex"),
        Some(WaitsFor::Mutex(lock) | WaitsFor::Read(lock) | WaitsFor::Write(lock)) => match lock.holder {
            Some(Holder::Coroutine { id, .. }) if !existed(id) => Some("a lock is held by nobody"),
            _ => None,
        },
        Some(WaitsFor::Send(channel) | WaitsFor::Receive(channel)) => {
            let is_known = channel.made_at.file.ends_with(".rs") && channel.made_at.line > 0;
            (!is_known || channel.senders > 5000 || channel.receivers > 5000).then_some("its channel is odd")
        }
        Some(WaitsFor::Select { first_of }) if first_of.len() != 2 => Some("it selects from others"),
        _ => None,
    }
}

/// How many waits were told of, with a reason and without.
#[derive(Clone, Copy, Default)]
struct Told {
    dumps: usize,
    waits: usize,
    reasons: usize,
    others: usize,
}

impl Told {
    /// `runtime`: one to spawn in.
    fn check(&mut self, dump: &Dump, runtime: &Runtime) {
        assert!(dump.coroutines.is_sorted_by(|one, next| one.id < next.id), "ids ascend");
        let last = latest_id(runtime);
        for look in &dump.coroutines {
            if let Some(oddity) = oddity(look, last) {
                panic!("{oddity}: {look:#?}");
            }
        }
        let numbers: HashSet<_> = dump.workers.iter().map(|worker| (worker.runtime, worker.number)).collect();
        assert_eq!(numbers.len(), dump.workers.len(), "workers are told of once");
        let waits = || dump.coroutines.iter().filter(|look| look.state == State::Waiting);
        self.dumps += 1;
        self.waits += waits().count();
        self.reasons += waits().filter(|look| look.waits_for.is_some()).count();
        self.others += dump.coroutines.len() - waits().count();
    }
}

/// Above all that were given out before. Threads take them in stretches, so it has to be one that has none yet.
fn latest_id(runtime: &Runtime) -> u64 {
    thread::scope(|scope| scope.spawn(|| runtime.spawn(|| ()).coroutine().id()).join().unwrap())
}

#[test]
fn all_is_consistent() {
    let ended = in_child(all_is_consistent, &[], || {
        let (is_over, lived) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let crowds: Vec<_> = (0..2)
            .map(|seed| (seed, is_over.clone(), lived.clone()))
            .map(|(seed, is_over, lived)| thread::spawn(move || crowd(seed, &is_over, &lived)))
            .collect();
        let looks_on = |is_over: Arc<AtomicBool>| {
            move || {
                let mut told = Told::default();
                let own = policy::builder().workers(1).build().expect("a runtime");
                while !is_over.load(Ordering::Relaxed) {
                    let dump = gopark::dump();
                    told.check(&dump, &own);
                    assert!(dump.to_string().len() > 10);
                }
                told
            }
        };
        let threads: Vec<_> = (0..2).map(|_| thread::spawn(looks_on(is_over.clone()))).collect();
        let runtime = policy::builder().workers(1).build().expect("a runtime");
        let coroutine = runtime.spawn(looks_on(is_over.clone()));
        let begun = Instant::now();
        while begun.elapsed() < how_long() && threads.iter().all(|one| !one.is_finished()) {
            thread::sleep(Duration::from_millis(20));
        }
        is_over.store(true, Ordering::Relaxed);
        let told = threads.into_iter().map(|one| one.join().expect("no oddity"));
        let mut told: Vec<_> = told.collect();
        told.push(coroutine.join().expect("no oddity"));
        crowds.into_iter().for_each(|one| one.join().unwrap());
        let sum = |of: fn(&Told) -> usize| told.iter().map(of).sum::<usize>();
        let (dumps, waits, reasons) = (sum(|t| t.dumps), sum(|t| t.waits), sum(|t| t.reasons));
        println!(
            "{} coroutines; {dumps} dumps told of {waits} that waited, {reasons} with a reason, and {} others",
            lived.load(Ordering::Relaxed),
            sum(|t| t.others)
        );
        assert!(dumps >= 3 && reasons > 0);
        assert!(reasons * 2 > waits, "most that wait are told of: {reasons} of {waits}");
    });
    ended.succeeded();
}
