//! A reader and a writer wait on one stream at once, in both directions, with all buffers full.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::Arc;

use gopark::net::TcpStream;
use gopark::{JoinHandle, go};

use crate::loopback::{narrow_pair, pair};
use crate::pattern::{LONGEST, Pattern};
use crate::random::Random;
use crate::watchdog::bounded;
use crate::workers::runtime;

/// Writes `total` bytes in pieces of all sizes, and ends that half.
fn write_pattern(conn: Arc<TcpStream>, seed: u64, total: usize) -> JoinHandle<()> {
    go(move || {
        let (pattern, mut random) = (Pattern::new(seed), Random::new(seed));
        let mut written = 0;
        while written < total {
            let size = (1 + random.below(LONGEST)).min(total - written);
            (&*conn).write_all(pattern.piece(written, size)).unwrap();
            written += size;
        }
        conn.shutdown(Shutdown::Write).unwrap();
    })
}

/// Reads to the end in pieces of another size, checks every byte, and returns how many there were.
fn read_pattern(conn: Arc<TcpStream>, seed: u64) -> JoinHandle<usize> {
    go(move || {
        let pattern = Pattern::new(seed);
        let mut buf = vec![0; 30_000];
        let mut read = 0;
        loop {
            let count = (&*conn).read(&mut buf).unwrap();
            if count == 0 {
                return read;
            }
            pattern.check(read, &buf[..count]);
            read += count;
        }
    })
}

fn both_ways(workers: usize, pairs: fn() -> Vec<(TcpStream, TcpStream)>, total: usize) {
    bounded(move || {
        runtime(workers).run(|| {
            let transfers: Vec<_> = pairs()
                .into_iter()
                .zip(1..)
                .map(|((a, b), seed)| {
                    let (a, b) = (Arc::new(a), Arc::new(b));
                    let writers =
                        [write_pattern(a.clone(), seed, total), write_pattern(b.clone(), !seed, total)];
                    (writers, [read_pattern(a, !seed), read_pattern(b, seed)])
                })
                .collect();
            for (writers, readers) in transfers {
                writers.into_iter().for_each(|writer| writer.join().unwrap());
                readers.into_iter().for_each(|reader| assert_eq!(reader.join().unwrap(), total));
            }
        });
    });
}

#[test]
fn saturates_one_worker() {
    both_ways(1, || vec![pair()], 32 << 20);
}

#[test]
fn saturates_two_workers() {
    both_ways(2, || vec![pair()], 32 << 20);
}

/// Everybody waits all the time: each edge brings little.
#[test]
fn goes_through_narrow_buffers() {
    both_ways(1, || vec![narrow_pair()], 1 << 20);
    both_ways(2, || vec![narrow_pair()], 1 << 20);
}

#[test]
fn goes_on_beside_others() {
    both_ways(2, || (0..16).map(|_| pair()).collect(), 2 << 20);
    both_ways(4, || (0..16).map(|_| narrow_pair()).collect(), 200 << 10);
}

/// Both directions through two clones instead of one shared stream.
#[test]
fn goes_through_clones() {
    bounded(|| {
        runtime(2).run(|| {
            const TOTAL: usize = 8 << 20;
            let (a, b) = pair();
            let clone = |of: &TcpStream| Arc::new(of.try_clone().unwrap());
            let writers = [write_pattern(clone(&a), 3, TOTAL), write_pattern(clone(&b), 4, TOTAL)];
            let readers = [read_pattern(clone(&a), 4), read_pattern(clone(&b), 3)];
            // The connection stays as long as one clone does.
            drop((a, b));
            writers.into_iter().for_each(|writer| writer.join().unwrap());
            readers.into_iter().for_each(|reader| assert_eq!(reader.join().unwrap(), TOTAL));
        });
    });
}
