//! tokio: the same work, written as its users would.

mod served;

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::task::{JoinHandle, yield_now};

use crate::figure::{Figures, Metric};
use crate::usage::{Usage, cpu_time};
use crate::waiting::{
    HOGS_FOR, LOOKS_APART, hundredth, late_by, parked_figures, pause, spin, timers_figures,
};
use crate::workload::Workload;

/// `None`: it has no channel with several receivers.
pub fn measure(workload: Workload) -> Option<Figures> {
    let events = workload.events();
    let run = |work: Pin<Box<dyn Future<Output = Figures> + Send>>| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(workload.workers())
            .enable_time()
            .build();
        let runtime = runtime.expect("a runtime");
        // A task of its own: `block_on` runs what it is given on the calling thread.
        Some(runtime.block_on(async { tokio::spawn(work).await.expect("it does not panic") }))
    };
    match workload {
        Workload::Yield2 => run(time(events, yields(2, events))),
        Workload::Yield1000 => run(time(events, yields(1000, events))),
        Workload::SpawnJoin => run(time(events, spawn_join(events))),
        Workload::SpawnMillion => run(time(events, spawn_then_join(events))),
        Workload::Skynet => run(time(events, async move {
            let start = Instant::now();
            black_box(skynet(0, events).await);
            start.elapsed()
        })),
        Workload::PingPong | Workload::PingPong2 => run(time(events, ping_pong(events))),
        Workload::Mpsc => run(time(events, crowd(events))),
        Workload::Mpmc => None,
        Workload::Mutex => run(time(events, contenders(64, events))),
        Workload::Select => run(time(events, select(events))),
        Workload::Parked => run(Box::pin(parked(events))),
        Workload::Timers => run(Box::pin(timers(events))),
        Workload::HogsSpinning => run(Box::pin(hogs(spin))),
        Workload::HogsBlocking => run(Box::pin(hogs(std::thread::sleep))),
        _ => {
            let (kind, workers) = (workload.load()?, workload.workers());
            Some(crate::served::measure(kind, events, move |tell| served::serve(workers, kind, tell)))
        }
    }
}

fn time(
    events: u32,
    work: impl Future<Output = Duration> + Send + 'static,
) -> Pin<Box<dyn Future<Output = Figures> + Send>> {
    Box::pin(async move { vec![(Metric::Time, work.await.as_nanos() as f64 / f64::from(events))] })
}

async fn join<T>(task: JoinHandle<T>) -> T {
    task.await.expect("it does not panic")
}

async fn yields(tasks: u32, events: u32) -> Duration {
    let each = events / tasks;
    let start = Instant::now();
    let yields = move || async move {
        for _ in 0..each {
            yield_now().await;
        }
    };
    let others: Vec<_> = (1..tasks).map(|_| tokio::spawn(yields())).collect();
    yields().await;
    for other in others {
        join(other).await;
    }
    start.elapsed()
}

async fn spawn_join(events: u32) -> Duration {
    let start = Instant::now();
    for i in 0..events {
        black_box(join(tokio::spawn(async move { i })).await);
    }
    start.elapsed()
}

async fn spawn_then_join(events: u32) -> Duration {
    let start = Instant::now();
    let tasks: Vec<_> = (0..events).map(|i| tokio::spawn(async move { i })).collect();
    for task in tasks {
        black_box(join(task).await);
    }
    start.elapsed()
}

fn skynet(number: u64, size: u32) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move {
        if size == 1 {
            return number;
        }
        let (sender, mut receiver) = mpsc::channel(10);
        let part = size / 10;
        for i in 0..10 {
            let sender = sender.clone();
            tokio::spawn(async move {
                let sum = skynet(number + u64::from(i * part), part).await;
                sender.send(sum).await.expect("there is a receiver");
            });
        }
        let mut sum = 0;
        for _ in 0..10 {
            sum += receiver.recv().await.expect("ten are sent");
        }
        sum
    })
}

/// Its channels have a place at least: so this is no rendezvous, and takes less.
async fn ping_pong(events: u32) -> Duration {
    let (ping, mut pings) = mpsc::channel(1);
    let (pong, mut pongs) = mpsc::channel(1);
    let answers = tokio::spawn(async move {
        for _ in 0..events {
            let value: u32 = pings.recv().await.expect("all are sent");
            pong.send(value).await.expect("there is a receiver");
        }
    });
    let start = Instant::now();
    for i in 0..events {
        ping.send(i).await.expect("there is a receiver");
        black_box(pongs.recv().await);
    }
    let elapsed = start.elapsed();
    join(answers).await;
    elapsed
}

async fn crowd(events: u32) -> Duration {
    let (sender, mut receiver) = mpsc::channel(1024);
    let start = Instant::now();
    let receives = tokio::spawn(async move {
        let mut many = 0;
        while receiver.recv().await.is_some() {
            many += 1;
        }
        many
    });
    let send = |_| {
        let sender = sender.clone();
        tokio::spawn(async move {
            for i in 0..events / 4 {
                sender.send(i).await.expect("there is a receiver");
            }
        })
    };
    let senders: Vec<_> = (0..4).map(send).collect();
    drop(sender);
    for sender in senders {
        join(sender).await;
    }
    assert_eq!(join(receives).await, events, "no message is lost");
    start.elapsed()
}

async fn contenders(many: u32, events: u32) -> Duration {
    let mutex = Arc::new(Mutex::new(0_u64));
    let start = Instant::now();
    let contend = |_| {
        let mutex = mutex.clone();
        tokio::spawn(async move {
            for _ in 0..events / many {
                *mutex.lock().await += 1;
            }
        })
    };
    let contenders: Vec<_> = (0..many).map(contend).collect();
    for contender in contenders {
        join(contender).await;
    }
    start.elapsed()
}

async fn select(events: u32) -> Duration {
    let (a, mut from_a) = mpsc::channel(1);
    let (b, mut from_b) = mpsc::channel(1);
    let (c, mut from_c) = mpsc::channel(1);
    let (d, mut from_d) = mpsc::channel(1);
    let senders = [a, b, c, d];
    let start = Instant::now();
    for i in 0..events {
        senders[i as usize % 4].send(i).await.expect("there is a receiver");
        let value = tokio::select! {
            value = from_a.recv() => value,
            value = from_b.recv() => value,
            value = from_c.recv() => value,
            value = from_d.recv() => value,
        };
        assert_eq!(value, Some(i));
    }
    start.elapsed()
}

async fn parked(many: u32) -> Figures {
    let (gate, there) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicU32::new(0)));
    let before = Usage::now();
    let start = Instant::now();
    let park = |_| {
        let (gate, there) = (gate.clone(), there.clone());
        tokio::spawn(async move {
            there.fetch_add(1, Ordering::Relaxed);
            gate.acquire().await.expect("it is not closed").forget();
        })
    };
    let tasks: Vec<_> = (0..many).map(park).collect();
    while there.load(Ordering::Relaxed) < many {
        tokio::time::sleep(LOOKS_APART).await;
    }
    let spawned = start.elapsed();
    let during = Usage::now();
    let start = Instant::now();
    gate.add_permits(many as usize);
    for task in tasks {
        join(task).await;
    }
    parked_figures(many, &before, &during, spawned, start.elapsed())
}

async fn timers(many: u32) -> Figures {
    let before = cpu_time();
    let sleep = |i| {
        tokio::spawn(async move {
            let (time, start) = (pause(i), Instant::now());
            tokio::time::sleep(time).await;
            late_by(start, time)
        })
    };
    let sleepers: Vec<_> = (0..many).map(sleep).collect();
    let mut late = Vec::with_capacity(many as usize);
    for sleeper in sleepers {
        late.push(join(sleeper).await);
    }
    timers_figures(many, cpu_time() - before, late)
}

async fn hogs(keep: fn(Duration)) -> Figures {
    const TIME: Duration = Duration::from_millis(1);
    let is_over = Arc::new(AtomicBool::new(false));
    let sleep = |_| {
        let is_over = is_over.clone();
        tokio::spawn(async move {
            let mut late = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let start = Instant::now();
                tokio::time::sleep(TIME).await;
                late.push(late_by(start, TIME));
            }
            late
        })
    };
    let sleepers: Vec<_> = (0..100).map(sleep).collect();
    tokio::time::sleep(50 * TIME).await;
    let runtime = tokio::runtime::Handle::current();
    let starts = crate::waiting::starts(Box::new(move |body| drop(runtime.spawn(async { body() }))));
    let hogs: Vec<_> = (0..4).map(|_| tokio::spawn(async move { keep(HOGS_FOR) })).collect();
    for hog in hogs {
        join(hog).await;
    }
    is_over.store(true, Ordering::Relaxed);
    let mut late = Vec::new();
    for sleeper in sleepers {
        late.extend(join(sleeper).await);
    }
    vec![
        (Metric::Late, hundredth(late)),
        (Metric::Start, hundredth(starts.join().expect("it does not panic"))),
    ]
}
