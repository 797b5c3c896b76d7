//! The work, written once for all libraries in which a call that waits looks like any other.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::figure::{Figures, Metric};
use crate::library::Library;
use crate::served;
use crate::waiting;
use crate::workload::Workload;

/// The figures of `workload`; `None`: the library cannot do that.
pub fn measure<L: Library>(workload: Workload) -> Option<Figures> {
    let (workers, events) = (workload.workers(), workload.events());
    let time = match workload {
        Workload::Yield2 => Some(L::run(workers, move || yields::<L>(2, events))),
        Workload::Yield1000 => Some(L::run(workers, move || yields::<L>(1000, events))),
        Workload::SpawnJoin => Some(L::run(workers, move || spawn_join::<L>(events))),
        Workload::SpawnMillion | Workload::Skynet if L::AT_MOST < events => None,
        Workload::SpawnMillion => Some(L::run(workers, move || spawn_then_join::<L>(events))),
        Workload::Skynet => L::run(workers, move || timed(|| skynet::<L>(0, events))),
        Workload::PingPong | Workload::PingPong2 => L::run(workers, move || ping_pong::<L>(events)),
        Workload::Mpsc => L::run(workers, move || crowd::<L>(1, events)),
        Workload::Mpmc => L::run(workers, move || crowd::<L>(4, events)),
        Workload::Mutex => Some(L::run(workers, move || contenders::<L>(64, events))),
        Workload::Select if !L::HAS_SELECT => None,
        Workload::Select => L::run(workers, move || select::<L>(events)),
        Workload::Parked => return Some(L::run(workers, || waiting::parked::<L>())),
        Workload::Timers => return Some(L::run(workers, || waiting::timers::<L>())),
        Workload::HogsSpinning => return Some(L::run(workers, || waiting::hogs::<L>(waiting::spin))),
        Workload::HogsBlocking => return Some(L::run(workers, || waiting::hogs::<L>(std::thread::sleep))),
        _ => {
            let kind = workload.load()?;
            let serve = move |tell| served::blocking::serve::<L>(workers, kind, tell);
            return Some(served::measure(kind, events, serve));
        }
    };
    Some(vec![(Metric::Time, time?.as_nanos() as f64 / f64::from(events))])
}

fn timed(work: impl FnOnce() -> Option<u64>) -> Option<Duration> {
    let start = Instant::now();
    black_box(work()?);
    Some(start.elapsed())
}

fn yields<L: Library>(coroutines: u32, events: u32) -> Duration {
    let each = events / coroutines;
    let start = Instant::now();
    let others: Vec<_> =
        (1..coroutines).map(|_| L::spawn(move || (0..each).for_each(|_| L::yield_now()))).collect();
    (0..each).for_each(|_| L::yield_now());
    others.into_iter().for_each(L::join);
    start.elapsed()
}

fn spawn_join<L: Library>(events: u32) -> Duration {
    let start = Instant::now();
    for i in 0..events {
        black_box(L::join(L::spawn(move || i)));
    }
    start.elapsed()
}

fn spawn_then_join<L: Library>(events: u32) -> Duration {
    let start = Instant::now();
    let tasks: Vec<_> = (0..events).map(|i| L::spawn(move || i)).collect();
    tasks.into_iter().for_each(|task| _ = black_box(L::join(task)));
    start.elapsed()
}

/// The benchmark of that name: github.com/atemerev/skynet.
fn skynet<L: Library>(number: u64, size: u32) -> Option<u64> {
    if size == 1 {
        return Some(number);
    }
    let (sender, receiver) = L::channel::<u64>(10)?;
    let part = size / 10;
    for i in 0..10 {
        let sender = L::another_sender(&sender);
        drop(L::spawn(move || {
            let sum = skynet::<L>(number + u64::from(i * part), part).expect("there are channels");
            L::send(&sender, sum);
        }));
    }
    Some((0..10).map(|_| L::receive(&receiver).expect("ten are sent")).sum())
}

fn ping_pong<L: Library>(events: u32) -> Option<Duration> {
    let (ping, pings) = L::channel::<u32>(0)?;
    let (pong, pongs) = L::channel::<u32>(0)?;
    let answers = L::spawn(move || {
        for _ in 0..events {
            L::send(&pong, L::receive(&pings).expect("all are sent"));
        }
    });
    let start = Instant::now();
    for i in 0..events {
        L::send(&ping, i);
        black_box(L::receive(&pongs));
    }
    let elapsed = start.elapsed();
    L::join(answers);
    Some(elapsed)
}

fn crowd<L: Library>(receivers: u32, events: u32) -> Option<Duration> {
    let (sender, receiver) = L::channel::<u32>(1024)?;
    let mut ends = vec![receiver];
    for _ in 1..receivers {
        ends.push(L::another_receiver(&ends[0])?);
    }
    let start = Instant::now();
    let receive = |end: L::Receiver<u32>| {
        L::spawn(move || {
            let mut many = 0;
            while L::receive(&end).is_some() {
                many += 1;
            }
            many
        })
    };
    let receivers: Vec<_> = ends.into_iter().map(receive).collect();
    let senders: Vec<_> = (0..4)
        .map(|_| {
            let sender = L::another_sender(&sender);
            L::spawn(move || (0..events / 4).for_each(|i| L::send(&sender, i)))
        })
        .collect();
    drop(sender);
    senders.into_iter().for_each(L::join);
    let received: u32 = receivers.into_iter().map(L::join).sum();
    assert_eq!(received, events, "no message is lost");
    Some(start.elapsed())
}

fn contenders<L: Library>(many: u32, events: u32) -> Duration {
    let mutex = Arc::new(L::mutex());
    let start = Instant::now();
    let contenders: Vec<_> = (0..many)
        .map(|_| {
            let mutex = mutex.clone();
            L::spawn(move || (0..events / many).for_each(|_| L::add_one(&mutex)))
        })
        .collect();
    contenders.into_iter().for_each(L::join);
    start.elapsed()
}

fn select<L: Library>(events: u32) -> Option<Duration> {
    let mut senders = Vec::new();
    let mut receivers = Vec::new();
    for _ in 0..4 {
        let (sender, receiver) = L::channel::<u32>(1)?;
        senders.push(sender);
        receivers.push(receiver);
    }
    let receivers = receivers.try_into().ok().expect("there are four");
    let start = Instant::now();
    for i in 0..events {
        L::send(&senders[i as usize % 4], i);
        assert_eq!(L::select(&receivers), Some(i));
    }
    Some(start.elapsed())
}
