//! What channels cost: `cargo bench --bench channels`. Figures stand in `benches/README.md`.

#![expect(missing_docs, reason = "criterion_group makes a public function")]

use std::hint::black_box;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gopark::chan::{Receiver, Sender, bounded};
use gopark::{Runtime, go, select};

/// Values that a channel of the crowds holds.
const PLACES: usize = 1024;

const CROWD: u64 = 4;

fn runtime(workers: usize) -> Runtime {
    Runtime::builder().workers(workers).build().expect("a runtime")
}

/// There and back over two rendezvous.
fn ping_pong(c: &mut Criterion) {
    let mut group = c.benchmark_group("rendezvous, there and back");
    for workers in [1, 2] {
        let runtime = runtime(workers);
        group.bench_function(format!("{workers} workers"), |b| {
            b.iter_custom(|iterations| runtime.run(|| volley(iterations)));
        });
    }
    group.finish();
}

fn volley(rounds: u64) -> Duration {
    let ((there, pings), (back, pongs)) = (bounded(0), bounded(0));
    let partner = go(move || {
        for ping in pings {
            back.send(ping).expect("it is waited for");
        }
    });
    there.send(0).expect("the partner lives"); // has started
    pongs.recv().expect("the partner lives");
    let start = Instant::now();
    for round in 0..rounds {
        there.send(round).expect("the partner lives");
        black_box(pongs.recv().expect("the partner lives"));
    }
    let elapsed = start.elapsed();
    drop(there);
    partner.join().expect("no panic");
    elapsed
}

/// A message from one of several to one of several.
fn crowds(c: &mut Criterion) {
    for (name, receivers) in
        [("bounded, 4 senders, 1 receiver", 1), ("bounded, 4 senders, 4 receivers", CROWD)]
    {
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        for workers in [1, 2] {
            let runtime = runtime(workers);
            group.bench_function(format!("{workers} workers"), |b| {
                b.iter_custom(|iterations| runtime.run(|| crowd(iterations, receivers)));
            });
        }
        if receivers == 1 {
            group.bench_function("std, threads", |b| b.iter_custom(crowd_of_threads));
        }
        group.finish();
    }
}

fn crowd(messages: u64, receivers: u64) -> Duration {
    let each = messages.div_ceil(CROWD);
    let (sender, receiver) = bounded(PLACES);
    let start = Instant::now();
    let senders: Vec<_> = (0..CROWD)
        .map(|_| {
            let sender: Sender<u64> = sender.clone();
            go(move || (0..each).for_each(|message| sender.send(message).expect("somebody receives")))
        })
        .collect();
    drop(sender);
    let receivers: Vec<_> = (0..receivers)
        .map(|_| {
            let receiver: Receiver<u64> = receiver.clone();
            go(move || receiver.iter().fold(0, u64::wrapping_add))
        })
        .collect();
    drop(receiver);
    senders.into_iter().for_each(|sender| sender.join().expect("no panic"));
    receivers.into_iter().for_each(|receiver| _ = black_box(receiver.join().expect("no panic")));
    start.elapsed().mul_f64(messages as f64 / (each * CROWD) as f64)
}

fn crowd_of_threads(messages: u64) -> Duration {
    let each = messages.div_ceil(CROWD);
    let (sender, receiver) = mpsc::sync_channel::<u64>(PLACES);
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..CROWD {
            let sender = sender.clone();
            scope.spawn(move || {
                (0..each).for_each(|message| sender.send(message).expect("somebody receives"))
            });
        }
        drop(sender);
        black_box(receiver.iter().fold(0, u64::wrapping_add));
    });
    start.elapsed().mul_f64(messages as f64 / (each * CROWD) as f64)
}

/// A value sent to one of four channels, and received by a `select!` over all of them.
fn select_4(c: &mut Criterion) {
    let runtime = runtime(1);
    let mut group = c.benchmark_group("select over 4");
    group.bench_function("a send and a select that finds it", |b| {
        b.iter_custom(|iterations| runtime.run(|| found(iterations)));
    });
    group.bench_function("of that, the send and a recv", |b| {
        b.iter_custom(|iterations| runtime.run(|| without_select(iterations)));
    });
    group.bench_function("a select that waits, and who sends to it", |b| {
        b.iter_custom(|iterations| runtime.run(|| waited_for(iterations)));
    });
    group.finish();
}

fn receive_one(of: &[Receiver<u64>; 4]) -> u64 {
    let [a, b, c, d] = of;
    select! {
        recv(a) -> value => value,
        recv(b) -> value => value,
        recv(c) -> value => value,
        recv(d) -> value => value,
    }
    .expect("its sender lives")
}

fn four() -> ([Sender<u64>; 4], [Receiver<u64>; 4]) {
    let [a, b, c, d] = [(); 4].map(|()| bounded(1));
    ([a.0, b.0, c.0, d.0], [a.1, b.1, c.1, d.1])
}

fn found(rounds: u64) -> Duration {
    let (senders, receivers) = four();
    let start = Instant::now();
    for round in 0..rounds {
        senders[round as usize % 4].send(round).expect("there is room");
        black_box(receive_one(&receivers));
    }
    start.elapsed()
}

fn without_select(rounds: u64) -> Duration {
    let (senders, receivers) = four();
    let start = Instant::now();
    for round in 0..rounds {
        senders[round as usize % 4].send(round).expect("there is room");
        black_box(receivers[round as usize % 4].recv().expect("one was sent"));
    }
    start.elapsed()
}

fn waited_for(rounds: u64) -> Duration {
    let (senders, receivers) = four();
    let (back, done) = bounded(0);
    let selects = go(move || {
        for _ in 0..rounds {
            back.send(receive_one(&receivers)).expect("it is waited for");
        }
    });
    let start = Instant::now();
    for round in 0..rounds {
        senders[round as usize % 4].send(round).expect("it selects");
        black_box(done.recv().expect("it selects"));
    }
    let elapsed = start.elapsed();
    selects.join().expect("no panic");
    elapsed
}

criterion_group! {
    name = channels;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20);
    targets = ping_pong, crowds, select_4
}
criterion_main!(channels);
