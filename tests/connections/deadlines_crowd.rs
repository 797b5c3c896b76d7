//! Deadlines where many wait: on one socket, on a thousand, and while everything is under way.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use gopark::net::{TcpListener, TcpStream, UnixStream};
use gopark::runtime::Runtime;
use gopark::{go, is_timeout};

use crate::child::in_child;
use crate::descriptor_limit::{limit, set_limit};
use crate::loopback::{let_them_wait, narrow_pair, pair};
use crate::parked::{parks, until_parked};
use crate::pattern::Pattern;
use crate::random::Random;
use crate::waiting_calls;
use crate::watchdog::bounded;
use crate::workers::runtime;

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn all_who_wait_on_one_socket_end() {
    const CROWD: u64 = 8;
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            for of in waiting_calls::all() {
                let before = parks(&runtime);
                let coroutines: Vec<_> = (0..CROWD)
                    .map(|_| {
                        let call = of.call.clone();
                        runtime.spawn(move || call())
                    })
                    .collect();
                let threads: Vec<_> = (0..2)
                    .map(|_| {
                        let call = of.call.clone();
                        thread::spawn(move || call())
                    })
                    .collect();
                until_parked(&runtime, before + CROWD);
                (of.until)(Some(Instant::now()));
                let of_coroutines = coroutines.into_iter().map(|call| call.join().unwrap());
                let of_threads = threads.into_iter().map(|call| call.join().unwrap());
                for ended in of_coroutines.chain(of_threads) {
                    assert!(is_timeout(&ended.expect_err(of.name)), "{}", of.name);
                }
            }
        }
    });
}

/// As well as coroutines of another runtime.
#[test]
fn those_of_several_runtimes_end() {
    bounded(|| {
        let runtimes = [runtime(1), runtime(2)];
        let of = waiting_calls::receives().remove(0);
        for _ in 0..20 {
            (of.until)(None);
            let before: Vec<_> = runtimes.iter().map(parks).collect();
            let begun: Vec<_> = (0..6)
                .map(|number| {
                    let call = of.call.clone();
                    runtimes[number % 2].spawn(move || call())
                })
                .collect();
            runtimes.iter().zip(before).for_each(|(runtime, before)| until_parked(runtime, before + 3));
            (of.until)(Some(Instant::now()));
            begun.into_iter().for_each(|call| assert!(is_timeout(&call.join().unwrap().unwrap_err())));
        }
    });
}

#[test]
fn a_thousand_connections_end_at_once_and_go_on() {
    const CONNECTIONS: usize = 1000;
    in_child(a_thousand_connections_end_at_once_and_go_on, &[], || {
        // Anyone may raise the soft limit to the hard one.
        let most = limit().rlim_max;
        set_limit(libc::rlimit { rlim_cur: most, rlim_max: most });
        let count = CONNECTIONS.min((most.saturating_sub(100) / 2) as usize);
        let runtime = runtime(2);
        let pairs: Vec<(Arc<TcpStream>, TcpStream)> =
            (0..count).map(|_| pair()).map(|(near, far)| (Arc::new(near), far)).collect();
        for round in 0..3 {
            let before = parks(&runtime);
            let readers: Vec<_> = pairs
                .iter()
                .map(|(near, _)| {
                    // Some have a deadline already, some have had one, some have none.
                    near.set_deadline((round == 1).then(|| Instant::now() + HOUR)).unwrap();
                    let near = near.clone();
                    runtime.spawn(move || (&*near).read(&mut [0; 8]))
                })
                .collect();
            until_parked(&runtime, before + count as u64);
            assert!(readers.iter().all(|reader| !reader.is_finished()));
            let begun = Instant::now();
            let now = Some(begun);
            pairs.iter().for_each(|(near, _)| near.set_read_deadline(now).unwrap());
            readers.into_iter().for_each(|reader| assert!(is_timeout(&reader.join().unwrap().unwrap_err())));
            println!("{count} readers ended within {:?}", begun.elapsed());
        }
        for (near, far) in &pairs {
            near.set_read_deadline(None).unwrap();
            (&*far).write_all(b"x").unwrap();
            assert_eq!((&**near).read(&mut [0; 8]).unwrap(), 1);
        }
    })
    .succeeded();
}

/// One deadline of its own for each, in no order: each ends after its own, none waits for another one's.
#[test]
fn each_ends_after_its_own() {
    bounded(|| {
        runtime(2).run(|| {
            let mut random = Random::new(3);
            let pairs: Vec<_> = (0..200).map(|_| UnixStream::pair().unwrap()).collect();
            let readers: Vec<_> = pairs
                .iter()
                .map(|(near, _)| {
                    let deadline = Instant::now() + Duration::from_micros(random.below(60_000) as u64);
                    near.set_read_deadline(Some(deadline)).unwrap();
                    let mut near = near.try_clone().unwrap();
                    go(move || {
                        assert!(is_timeout(&near.read(&mut [0; 8]).unwrap_err()));
                        assert!(Instant::now() >= deadline);
                    })
                })
                .collect();
            readers.into_iter().for_each(|reader| reader.join().unwrap());
        });
    });
}

/// A connection comes in just when the deadline does: it is accepted by this call or by the next one.
#[test]
fn connections_at_the_last_moment_are_not_lost() {
    const VISITS: usize = 300;
    bounded(|| {
        runtime(2).run(|| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let visitor = go(move || {
                for visit in 0..VISITS {
                    let mut conn = TcpStream::connect(address).unwrap();
                    gopark::time::sleep(Duration::from_micros(800 + 50 * (visit as u64 % 9)));
                    conn.write_all(b"x").unwrap();
                }
            });
            let mut met = 0;
            while met < VISITS {
                listener.set_deadline(Some(Instant::now() + Duration::from_millis(1))).unwrap();
                match listener.accept() {
                    Ok(_) => met += 1,
                    Err(error) => assert!(is_timeout(&error), "{error:?}"),
                }
            }
            visitor.join().unwrap();
        });
    });
}

/// What the storm needs of a stream.
trait Stream: Send + Sync + 'static {
    fn receive(&self, buf: &mut [u8]) -> io::Result<usize>;
    fn send(&self, bytes: &[u8]) -> io::Result<usize>;
    fn readable(&self) -> io::Result<()>;
    fn end(&self);
    fn set(&self, direction: usize, deadline: Option<Instant>);
}

macro_rules! stream {
    ($kind:ty) => {
        impl Stream for $kind {
            fn receive(&self, buf: &mut [u8]) -> io::Result<usize> {
                (&*self).read(buf)
            }

            fn send(&self, bytes: &[u8]) -> io::Result<usize> {
                (&*self).write(bytes)
            }

            fn readable(&self) -> io::Result<()> {
                <$kind>::readable(self)
            }

            fn end(&self) {
                self.shutdown(Shutdown::Write).unwrap();
            }

            fn set(&self, direction: usize, deadline: Option<Instant>) {
                match direction {
                    0 => self.set_read_deadline(deadline),
                    1 => self.set_write_deadline(deadline),
                    _ => self.set_deadline(deadline),
                }
                .unwrap();
            }
        }
    };
}

stream!(TcpStream);
stream!(UnixStream);

const BYTES: usize = 300 << 10;
const LARGEST: usize = 8 << 10;

/// Calls again after each deadline. A past one refuses at once, so that others have to run meanwhile.
fn insist<T>(ended: &AtomicUsize, mut call: impl FnMut() -> io::Result<T>) -> T {
    loop {
        match call() {
            Ok(done) => return done,
            Err(over) => {
                assert_eq!(over.kind(), ErrorKind::TimedOut, "{over:?}");
                ended.fetch_add(1, SeqCst);
                gopark::time::sleep(Duration::from_micros(50));
            }
        }
    }
}

fn write(stream: &dyn Stream, seed: u64, ended: &AtomicUsize) {
    let (pattern, mut random) = (Pattern::new(seed), Random::new(seed));
    let mut written = 0;
    while written < BYTES {
        let size = (1 + random.below(LARGEST)).min(BYTES - written);
        written += insist(ended, || stream.send(pattern.piece(written, size)));
    }
    stream.end();
}

fn read(stream: &dyn Stream, seed: u64, ended: &AtomicUsize) {
    let (pattern, mut random) = (Pattern::new(seed), Random::new(!seed));
    let mut buf = vec![0; LARGEST];
    let mut read = 0;
    loop {
        if random.below(4) == 0 {
            insist(ended, || stream.readable());
        }
        let size = 1 + random.below(LARGEST);
        match insist(ended, || stream.receive(&mut buf[..size])) {
            0 => break,
            count => {
                pattern.check(read, &buf[..count]);
                read += count;
            }
        }
    }
    assert_eq!(read, BYTES);
}

/// Sets deadlines of all kinds on all of them until it is over, and then takes them away.
fn disturb(streams: &[Arc<dyn Stream>], over: &AtomicBool, seed: u64) {
    let mut random = Random::new(seed);
    while !over.load(SeqCst) {
        for _ in 0..4 {
            let deadline = match random.below(5) {
                0 => None,
                1 => Some(Instant::now()),
                2 => Some(Instant::now() + HOUR),
                _ => Some(Instant::now() + Duration::from_micros(random.below(3000) as u64)),
            };
            streams[random.below(streams.len())].set(random.below(3), deadline);
        }
        gopark::time::sleep(Duration::from_micros(random.below(200) as u64));
    }
}

fn storm(runtime: &Runtime, pairs: Vec<[Arc<dyn Stream>; 2]>) {
    let (over, ended) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let streams: Arc<Vec<_>> = Arc::new(pairs.iter().flatten().cloned().collect());
    let disturber = |seed| {
        let (streams, over) = (streams.clone(), over.clone());
        move || disturb(&streams, &over, seed)
    };
    let (coroutine, thread) = (runtime.spawn(disturber(1)), thread::spawn(disturber(2)));

    let (mut coroutines, mut threads) = (Vec::new(), Vec::new());
    for (number, pair) in pairs.iter().enumerate() {
        // Each writes, and reads what the other one writes.
        for (near, far) in [(0, 1), (1, 0)] {
            let seeds = [near, far].map(|end| (2 * number + end) as u64 + 10);
            let (writer, reader) = (pair[near].clone(), pair[near].clone());
            let (counts, count) = (ended.clone(), ended.clone());
            coroutines.push(runtime.spawn(move || write(&*writer, seeds[0], &counts)));
            let reads = move || read(&*reader, seeds[1], &count);
            match number {
                0 => threads.push(thread::spawn(reads)),
                _ => coroutines.push(runtime.spawn(reads)),
            }
        }
    }
    coroutines.into_iter().for_each(|one| one.join().unwrap());
    threads.into_iter().for_each(|one| one.join().unwrap());
    over.store(true, SeqCst);
    coroutine.join().unwrap();
    thread.join().unwrap();
    let ended = ended.load(SeqCst);
    assert!(ended > 100, "only {ended} calls were ended: that was no storm");
}

#[test]
fn in_a_storm_of_them_every_byte_arrives() {
    bounded(|| {
        for workers in [1, 2] {
            let tcp =
                (0..8).map(|_| narrow_pair()).map(|(a, b)| [Arc::new(a) as Arc<dyn Stream>, Arc::new(b)]);
            let unix = (0..8)
                .map(|_| UnixStream::pair().unwrap())
                .map(|(a, b)| [Arc::new(a) as Arc<dyn Stream>, Arc::new(b)]);
            storm(&runtime(workers), tcp.chain(unix).collect());
        }
    });
}

/// Several read one stream while its deadline comes and goes: none takes another one's wake-up with it.
#[test]
fn readers_that_end_leave_the_others_theirs() {
    const READ: usize = 600;
    bounded(|| {
        runtime(2).run(|| {
            let (a, mut b) = pair();
            let readers: Vec<_> = (0..4)
                .map(|_| {
                    let mut a = a.try_clone().unwrap();
                    go(move || {
                        let mut sum = 0;
                        loop {
                            match a.read(&mut [0; 1]) {
                                Ok(0) => return sum,
                                Ok(count) => sum += count,
                                Err(over) => {
                                    assert!(is_timeout(&over), "{over:?}");
                                    a.set_read_deadline(Some(Instant::now() + Duration::from_millis(1)))
                                        .unwrap();
                                }
                            }
                        }
                    })
                })
                .collect();
            let_them_wait();
            for round in 0..READ as u64 {
                a.set_read_deadline((round % 3 > 0).then(|| Instant::now() + Duration::from_micros(500)))
                    .unwrap();
                b.write_all(&[0]).unwrap();
                gopark::time::sleep(Duration::from_micros((round * 97) % 700));
            }
            b.shutdown(Shutdown::Write).unwrap();
            assert_eq!(readers.into_iter().map(|reader| reader.join().unwrap()).sum::<usize>(), READ);
        });
    });
}
