//! `net::copy` of coroutines: cancelled again and again, many at once, and what it holds meanwhile.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::time::Duration;

use gopark::net::{TcpStream, UnixStream, copy};
use gopark::{JoinHandle, go, is_cancelled, with_timeout, yield_now};

use crate::child::in_child;
use crate::descriptor_limit::{limit, set_limit};
use crate::eventually::eventually;
use crate::loopback::{narrow_pair, pair};
use crate::pattern::{LONGEST, Pattern};
use crate::random::Random;
use crate::watchdog::bounded;
use crate::workers::runtime;

/// Runs `body` on one worker and on two.
fn in_coroutines(body: fn()) {
    bounded(move || [1, 2].into_iter().for_each(|workers| runtime(workers).run(body)));
}

/// Writes so much of a pattern, in pieces of all sizes, and ends that side.
fn says(mut to: impl Write + Send + 'static, seed: u64, total: usize) -> JoinHandle<()> {
    go(move || {
        let (pattern, mut random) = (Pattern::new(seed), Random::new(seed));
        let mut written = 0;
        while written < total {
            let size = (1 + random.below(LONGEST)).min(total - written);
            to.write_all(pattern.piece(written, size)).unwrap();
            written += size;
        }
    })
}

/// Reads to the end, checks every byte, and returns how many there were.
fn hears(mut from: impl Read + Send + 'static, seed: u64) -> JoinHandle<usize> {
    go(move || {
        let pattern = Pattern::new(seed);
        let (mut buf, mut read) = (vec![0; 30_000], 0);
        loop {
            match from.read(&mut buf).unwrap() {
                0 => return read,
                count => {
                    pattern.check(read, &buf[..count]);
                    read += count;
                }
            }
        }
    })
}

fn copies(mut from: impl Read + Send + 'static, mut to: impl Write + Send + 'static) -> JoinHandle<u64> {
    go(move || copy(&mut from, &mut to).unwrap())
}

#[test]
fn every_byte_arrives_between_all_kinds() {
    const TOTAL: usize = 4 << 20;
    in_coroutines(|| {
        for seed in 0..8 {
            // Three coroutines beside each other, and the pairs hold little or much.
            let tcp = || if seed < 4 { narrow_pair() } else { pair() };
            let unix = || UnixStream::pair().unwrap();
            let (says, copies, hears) = match seed % 4 {
                0 => {
                    let ((client, from), (to, server)) = (tcp(), tcp());
                    (says(client, seed, TOTAL), copies(from, to), hears(server, seed))
                }
                1 => {
                    let ((client, from), (to, server)) = (tcp(), unix());
                    (says(client, seed, TOTAL), copies(from, to), hears(server, seed))
                }
                2 => {
                    let ((client, from), (to, server)) = (unix(), tcp());
                    (says(client, seed, TOTAL), copies(from, to), hears(server, seed))
                }
                _ => {
                    let ((client, from), (to, server)) = (unix(), unix());
                    (says(client, seed, TOTAL), copies(from, to), hears(server, seed))
                }
            };
            says.join().unwrap();
            assert_eq!(copies.join().unwrap(), TOTAL as u64);
            assert_eq!(hears.join().unwrap(), TOTAL);
        }
    });
}

/// A copier is cancelled at any moment: while it waits for more, for room, or moves something. The next one goes on.
/// Returns how often, and how often there was something to give back.
fn resume<F, T>(from: F, to: T, mut there: impl Read, seed: u64, total: usize) -> usize
where
    F: Send + Sync + 'static,
    T: Send + Sync + 'static,
    for<'a> &'a F: Read,
    for<'a> &'a T: Write,
{
    let (pattern, mut random) = (Pattern::new(seed), Random::new(seed));
    let (from, to) = (Arc::new(from), Arc::new(to));
    let (mut buf, mut read, mut rounds) = (vec![0; LONGEST], 0, 0);
    while read < total {
        let (reader, writer) = (from.clone(), to.clone());
        let copier = go(move || copy(&mut &*reader, &mut &*writer));
        // At least one byte comes in each round: this waits for it.
        let some = 1 + random.below(buf.len());
        let count = there.read(&mut buf[..some]).unwrap();
        pattern.check(read, &buf[..count]);
        read += count;
        (0..random.below(4)).for_each(|_| yield_now());
        copier.cancel();
        match copier.join().unwrap() {
            // The end was seen before the cancellation.
            Ok(_) => {}
            Err(cancelled) => assert!(is_cancelled(&cancelled), "{cancelled}"),
        }
        rounds += 1;
    }
    assert_eq!(read, total);
    // Nothing is left anywhere.
    assert_eq!((&*from).read(&mut buf).unwrap(), 0);
    drop(to);
    assert_eq!(there.read(&mut buf).unwrap(), 0);
    rounds
}

#[test]
fn a_cancelled_copy_is_resumed_again_and_again() {
    const TOTAL: usize = 6 << 20;
    in_coroutines(|| {
        let unix = || UnixStream::pair().unwrap();
        let ((client, from), (to, server)) = (narrow_pair(), narrow_pair());
        let said = says(client, 1, TOTAL);
        let rounds = [
            resume(from, to, server, 1, TOTAL),
            {
                said.join().unwrap();
                let ((client, from), (to, server)) = (unix(), narrow_pair());
                drop(says(client, 2, TOTAL));
                resume(from, to, server, 2, TOTAL)
            },
            {
                let ((client, from), (to, server)) = (pair(), unix());
                drop(says(client, 3, TOTAL));
                resume(from, to, server, 3, TOTAL)
            },
        ];
        println!("cancelled {rounds:?} times");
        assert!(rounds.iter().all(|rounds| *rounds >= 50), "{rounds:?}");
    });
}

/// A reader takes turns with copies: what they give back is in its place.
#[test]
fn reads_between_cancelled_copies_miss_nothing() {
    const TOTAL: usize = 2 << 20;
    in_coroutines(|| {
        let ((client, from), (to, _full)) = (pair(), UnixStream::pair().unwrap());
        to.set_nonblocking(true).unwrap();
        while (&to).write(&[0; 1 << 10]).is_ok() {}
        to.set_nonblocking(false).unwrap();
        drop(says(client, 4, TOTAL));
        let (from, to, pattern, mut random) = (Arc::new(from), Arc::new(to), Pattern::new(4), Random::new(4));
        let (mut buf, mut read, mut given_back) = (vec![0; 10_000], 0, 0);
        loop {
            let (reader, writer) = (from.clone(), to.clone());
            let copier = go(move || copy(&mut &*reader, &mut &*writer));
            (0..random.below(4)).for_each(|_| yield_now());
            copier.cancel();
            // At the end of the stream it may have found nothing.
            let ended = copier.join().unwrap();
            assert!(ended.as_ref().map_or_else(is_cancelled, |copied| *copied == 0), "{ended:?}");
            let mut reads = 1 + random.below(8);
            while reads > 0 {
                let some = 1 + random.below(buf.len());
                match (&*from).read(&mut buf[..some]).unwrap() {
                    0 => {
                        assert_eq!(read, TOTAL);
                        assert!(given_back > 10, "only {given_back} times");
                        return;
                    }
                    count => {
                        // Short, and yet there is more: what was given back was at its end.
                        given_back += usize::from(count < some);
                        pattern.check(read, &buf[..count]);
                        read += count;
                        reads -= 1;
                    }
                }
            }
        }
    });
}

#[test]
fn two_hundred_beside_each_other() {
    const EACH: usize = 200 << 10;
    in_coroutines(|| {
        let transfers: Vec<_> = (0..200)
            .map(|seed| {
                let ((client, from), (to, server)) = (pair(), UnixStream::pair().unwrap());
                (says(client, seed, EACH), copies(from, to), hears(server, seed))
            })
            .collect();
        for (says, copies, hears) in transfers {
            says.join().unwrap();
            assert_eq!(copies.join().unwrap(), EACH as u64);
            assert_eq!(hears.join().unwrap(), EACH);
        }
    });
}

/// How many ends of pipes the process has open.
fn pipe_ends() -> usize {
    let listing = fs::read_dir("/proc/self/fd").unwrap();
    let links = listing.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
    links.filter(|link| link.to_string_lossy().starts_with("pipe:")).count()
}

const WAITING: usize = 300;

/// More than goes through a buffer.
const MESSAGE: usize = 20_000;

/// Beyond those that are kept, and kept they are only once they were used.
const KEPT_ENDS: usize = 2 * 16;

#[test]
fn who_waits_for_its_reader_holds_no_pipe() {
    in_child(who_waits_for_its_reader_holds_no_pipe, &[], || {
        runtime(2).run(|| {
            let before = pipe_ends();
            let (to, mut there) = UnixStream::pair().unwrap();
            let to = Arc::new(to);
            let mut clients = Vec::new();
            let copiers: Vec<_> = (0..WAITING)
                .map(|_| {
                    let ((client, from), to) = (UnixStream::pair().unwrap(), to.clone());
                    clients.push(client);
                    go(move || copy(&mut &from, &mut &*to).unwrap())
                })
                .collect();
            // Each has copied something, and waits for more.
            clients.iter_mut().for_each(|client| client.write_all(&[7; MESSAGE]).unwrap());
            there.read_exact(&mut vec![0; WAITING * MESSAGE]).unwrap();
            eventually("all pipes are given back", || pipe_ends() <= before + KEPT_ENDS);
            assert!(copiers.iter().all(|copier| !copier.is_finished()));
            assert!(pipe_ends() > before, "none was used at all");
            clients.clear();
            copiers.into_iter().for_each(|copier| assert_eq!(copier.join().unwrap(), MESSAGE as u64));
        });
    })
    .succeeded();
}

/// A writer that takes what a buffer holds, and no more until somebody reads.
fn nearly_full_pair() -> (UnixStream, UnixStream) {
    let (here, there) = UnixStream::pair().unwrap();
    here.set_nonblocking(true).unwrap();
    while (&here).write(&[0; 1 << 10]).is_ok() {}
    here.set_nonblocking(false).unwrap();
    // The kernel takes all of a write or splice as long as it holds a byte less than it should: one more, now.
    (&there).read_exact(&mut [0; 1 << 10]).unwrap();
    (here, there)
}

/// A copier that waits for its writer, and the far end of that.
struct Stuck<T> {
    copier: JoinHandle<T>,
    server: UnixStream,
}

fn stuck<T: Send + 'static>(pattern: &Pattern, ends: fn(io::Result<u64>, UnixStream) -> T) -> Vec<Stuck<T>> {
    (0..WAITING)
        .map(|_| {
            let ((mut client, from), (to, server)) = (UnixStream::pair().unwrap(), nearly_full_pair());
            client.write_all(pattern.piece(0, MESSAGE)).unwrap();
            client.shutdown(Shutdown::Write).unwrap();
            let copier = go(move || {
                let ended = copy(&mut &from, &mut &to);
                ends(ended, from)
            });
            Stuck { copier, server }
        })
        .collect()
}

#[test]
fn sixteen_pipes_are_kept() {
    in_child(sixteen_pipes_are_kept, &[], || {
        runtime(2).run(|| {
            let (before, pattern) = (pipe_ends(), Pattern::new(5));
            let waits = || pipe_ends() == before + 2 * WAITING;
            let all = stuck(&pattern, |ended, _| ended.unwrap());
            eventually("each copy waits for its writer, with a pipe", waits);
            for Stuck { copier, mut server } in all {
                let mut heard = Vec::new();
                server.read_to_end(&mut heard).unwrap();
                pattern.check(0, &heard[heard.len() - MESSAGE..]);
                assert_eq!(copier.join().unwrap(), MESSAGE as u64);
            }
            assert_eq!(pipe_ends(), before + KEPT_ENDS);

            // Those that give up leave theirs behind as well, empty.
            let all = stuck(&pattern, |ended, from| (ended.unwrap_err(), from));
            eventually("they wait again", waits);
            all.iter().for_each(|stuck| stuck.copier.cancel());
            for Stuck { copier, mut server } in all {
                let (ended, mut from) = copier.join().unwrap();
                assert!(is_cancelled(&ended), "{ended}");
                let mut heard = Vec::new();
                server.read_to_end(&mut heard).unwrap();
                from.read_to_end(&mut heard).unwrap();
                pattern.check(0, &heard[heard.len() - MESSAGE..]);
            }
            assert_eq!(pipe_ends(), before + KEPT_ENDS);
        });
    })
    .succeeded();
}

/// No more descriptors from here on, but for so many.
fn use_up_descriptors(but: usize) {
    // The kernel gives out the lowest free number, so all others below the last one are taken.
    let free = || io::stderr().as_fd().try_clone_to_owned().unwrap();
    let free: Vec<_> = (0..=but).map(|_| free()).collect();
    set_limit(libc::rlimit { rlim_cur: free[but].as_raw_fd() as u64, ..limit() });
}

type Ends = (TcpStream, TcpStream);

/// First there is no pipe to be had, then one for three copies.
#[test]
fn copies_go_on_without_descriptors() {
    const TOTAL: usize = 2 << 20;
    in_child(copies_go_on_without_descriptors, &[], || {
        runtime(1).run(|| {
            // Whatever the worker needs for waiting, it has then.
            let (near, far) = narrow_pair();
            says(near, 9, TOTAL);
            assert_eq!(hears(far, 9).join().unwrap(), TOTAL);
            let before = pipe_ends();
            let sockets = || (0..3).map(|_| (narrow_pair(), narrow_pair())).collect::<Vec<_>>();
            let go_through = |all: Vec<(Ends, Ends)>| {
                let transfers: Vec<_> = (0..)
                    .zip(all)
                    .map(|(seed, ((client, from), (to, server)))| {
                        (says(client, seed, TOTAL), copies(from, to), hears(server, seed))
                    })
                    .collect();
                for (says, copies, hears) in transfers {
                    says.join().unwrap();
                    assert_eq!(copies.join().unwrap(), TOTAL as u64);
                    assert_eq!(hears.join().unwrap(), TOTAL);
                }
            };
            let (none, one, had) = (sockets(), sockets(), limit());
            use_up_descriptors(0);
            go_through(none);
            // Looking for them takes a descriptor.
            set_limit(had);
            assert_eq!(pipe_ends(), before, "there was a descriptor for a pipe");

            use_up_descriptors(3);
            go_through(one);
            set_limit(had);
            assert_eq!(pipe_ends(), before + 2, "one pipe was made");
        });
    })
    .succeeded();
}

#[test]
fn with_timeout_ends_a_copy_that_waits_for_either_side() {
    const SHORT: Duration = Duration::from_millis(20);
    in_coroutines(|| {
        let ((_client, from), (to, _server)) = (pair(), pair());
        let late = with_timeout(SHORT, || copy(&mut &from, &mut &to)).unwrap_err();
        assert_eq!(late.kind(), ErrorKind::TimedOut);

        for size in [4, MESSAGE] {
            let ((mut client, from), (to, mut server)) = (pair(), nearly_full_pair());
            while (with_timeout(SHORT, || (&to).write(&[0; 1 << 10]))).is_ok() {}
            client.write_all(Pattern::new(6).piece(0, size)).unwrap();
            client.shutdown(Shutdown::Write).unwrap();
            let late = with_timeout(SHORT, || copy(&mut &from, &mut &to)).unwrap_err();
            assert_eq!(late.kind(), ErrorKind::TimedOut);
            drop(to);
            let mut all = Vec::new();
            server.read_to_end(&mut all).unwrap();
            (&from).read_to_end(&mut all).unwrap();
            Pattern::new(6).check(0, &all[all.len() - size..]);
        }
    });
}
