//! Nothing is found where nothing is left, however much goes on beside.

use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use gopark::chan::bounded;
use gopark::go;
use gopark::leak::Scope;
use gopark::net::UnixStream;
use gopark::pool::Pool;
use gopark::sync::Semaphore;

use crate::policy;

const THREADS: usize = 4;
const ROUNDS: usize = 10_000 / THREADS;

/// A bit of everything, ended in good order.
fn clean_round(pool: &Pool, round: usize) {
    let (sender, receiver) = bounded(round % 3);
    let sends = go(move || (0..3).for_each(|i| _ = sender.send(i)));
    let sum = go(move || receiver.iter().sum::<i32>());
    let task = pool.submit(|| 1);
    let semaphore = Semaphore::new(1);
    drop(semaphore.acquire());
    if round.is_multiple_of(16) {
        let (mut one, mut other) = UnixStream::pair().unwrap();
        let echoes = go(move || other.read(&mut [0; 8]).unwrap());
        one.write_all(b"x").unwrap();
        assert_eq!(echoes.join().unwrap(), 1);
    }
    sends.join().unwrap();
    assert_eq!((sum.join().unwrap(), task.join().unwrap()), (3, 1));
}

#[test]
fn ten_thousand_clean_rounds_on_four_threads_find_nothing() {
    let runtimes = [1, 2].map(|workers| policy::builder().workers(workers).build().unwrap());
    let pool = Pool::builder().workers(2).build();
    thread::scope(|s| {
        for number in 0..THREADS {
            let (runtime, pool) = (&runtimes[number % 2], &pool);
            s.spawn(move || {
                for round in 0..ROUNDS {
                    let scope = Scope::new();
                    runtime.run(|| clean_round(pool, round));
                    scope.assert_none(Duration::from_secs(30));
                }
            });
        }
    });
}
