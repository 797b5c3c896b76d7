//! What a byte costs on its way through a process: `cargo bench --bench copy`. Figures stand in `benches/README.md`.
//!
//! Counted is the CPU time of the thread that copies, of which its kernel time is nearly all: sender and receiver are
//! threads of their own, and waiting costs nothing. An iteration is a mebibyte, or a message there and back.

#![expect(missing_docs, reason = "criterion_group makes a public function")]

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::net::{self, Shutdown};
use std::os::fd::{FromRawFd, OwnedFd};
use std::thread;
use std::time::Duration;

use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use gopark::Runtime;
use gopark::net::{TcpStream, copy, copy_bidirectional};

const MEBIBYTE: usize = 1 << 20;

/// CPU time that the calling thread has used.
fn cpu_time() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the argument is a valid place for a timespec.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut now) }, 0);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// How much of it `work` takes.
fn cpu_time_of(work: impl FnOnce()) -> Duration {
    let before = cpu_time();
    work();
    cpu_time() - before
}

fn pair() -> (net::TcpStream, net::TcpStream) {
    let listener = net::TcpListener::bind("127.0.0.1:0").expect("bind to loopback");
    let client = net::TcpStream::connect(listener.local_addr().expect("bound")).expect("connect");
    let (server, _) = listener.accept().expect("accept");
    for end in [&client, &server] {
        end.set_nodelay(true).expect("an option");
    }
    (client, server)
}

/// One who reads and forgets.
fn receives(mut from: net::TcpStream) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut buf = vec![0; 256 << 10];
        while from.read(&mut buf).expect("read") > 0 {}
    })
}

fn sends(mut to: net::TcpStream, mebibytes: u64) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let piece = vec![7; 256 << 10];
        (0..mebibytes * 4).for_each(|_| to.write_all(&piece).expect("write"));
    })
}

/// As std copies, with a buffer of this size.
fn loop_over<const SIZE: usize>(from: &mut impl Read, to: &mut impl Write) {
    let mut buf = [0; SIZE];
    while let count @ 1.. = from.read(&mut buf).expect("read") {
        to.write_all(&buf[..count]).expect("write");
    }
}

/// Where a copy runs, between which sockets of std's.
type Hop = fn(&Runtime, net::TcpStream, net::TcpStream) -> Duration;

fn in_a_coroutine(
    runtime: &Runtime,
    from: net::TcpStream,
    to: net::TcpStream,
    copy: impl FnOnce(&mut TcpStream, &mut TcpStream) + Send,
) -> Duration {
    runtime.run(|| cpu_time_of(|| copy(&mut from.into(), &mut to.into())))
}

const HOPS: [(&str, Hop); 6] = [
    ("net::copy", |runtime, from, to| {
        in_a_coroutine(runtime, from, to, |from, to| _ = copy(from, to).expect("copy"))
    }),
    ("std::io::copy, gopark's streams", |runtime, from, to| {
        in_a_coroutine(runtime, from, to, |from, to| _ = io::copy(from, to).expect("copy"))
    }),
    ("8 KiB buffer, gopark's streams", |runtime, from, to| {
        in_a_coroutine(runtime, from, to, loop_over::<{ 8 << 10 }>)
    }),
    ("std::io::copy, std's streams", |_, mut from, mut to| {
        cpu_time_of(|| _ = io::copy(&mut from, &mut to).expect("copy"))
    }),
    ("8 KiB buffer, std's streams", |_, mut from, mut to| {
        cpu_time_of(|| loop_over::<{ 8 << 10 }>(&mut from, &mut to))
    }),
    ("64 KiB buffer, std's streams", |_, mut from, mut to| {
        cpu_time_of(|| loop_over::<{ 64 << 10 }>(&mut from, &mut to))
    }),
];

fn group<'a>(c: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = c.benchmark_group(name);
    group.sample_size(20).throughput(Throughput::Bytes(MEBIBYTE as u64));
    group
}

fn tcp_to_tcp(c: &mut Criterion) {
    let runtime = Runtime::builder().workers(1).build().expect("a runtime");
    let mut group = group(c, "a mebibyte from TCP to TCP");
    for (name, hop) in HOPS {
        group.bench_function(name, |b| {
            b.iter_custom(|mebibytes| {
                let ((client, from), (to, server)) = (pair(), pair());
                let (receiver, sender) = (receives(server), sends(client, mebibytes));
                let took = hop(&runtime, from, to);
                sender.join().expect("no panic");
                receiver.join().expect("no panic");
                took
            });
        });
    }
    group.finish();
}

/// In memory, and so always cached.
fn file() -> File {
    // SAFETY: the name is a C string; the result is checked.
    let fd = unsafe { libc::memfd_create(c"copied".as_ptr(), libc::MFD_CLOEXEC) };
    assert!(fd >= 0, "{}", io::Error::last_os_error());
    // SAFETY: it was just opened, and is nobody else's.
    let mut file = File::from(unsafe { OwnedFd::from_raw_fd(fd) });
    file.write_all(&vec![7; 16 * MEBIBYTE]).expect("memory");
    file
}

/// From `file` to the stream, as often as it takes for so many mebibytes.
fn repeated<W>(
    file: &File,
    to: &mut W,
    mebibytes: u64,
    copy: impl Fn(&mut &File, &mut W) -> io::Result<u64>,
) {
    let mut left = mebibytes * MEBIBYTE as u64;
    while left > 0 {
        // From a place so near to its end that no more than that is left.
        let size = left.min(16 * MEBIBYTE as u64);
        (&*file).seek(io::SeekFrom::End(-(size as i64))).expect("seek");
        assert_eq!(copy(&mut &*file, to).expect("copy"), size);
        left -= size;
    }
}

fn file_to_tcp(c: &mut Criterion) {
    let runtime = Runtime::builder().workers(1).build().expect("a runtime");
    let mut group = group(c, "a mebibyte from a file to TCP");
    let file = file();
    let hop = |to: &dyn Fn(net::TcpStream) -> Duration| {
        let (here, there) = pair();
        let receiver = receives(there);
        let took = to(here);
        receiver.join().expect("no panic");
        took
    };
    group.bench_function("net::copy", |b| {
        b.iter_custom(|mebibytes| {
            let all = |to: &mut TcpStream| repeated(&file, to, mebibytes, |file, to| copy(file, to));
            hop(&|to| runtime.run(|| cpu_time_of(|| all(&mut to.into()))))
        });
    });
    group.bench_function("std::io::copy, gopark's stream", |b| {
        b.iter_custom(|mebibytes| {
            let all = |to: &mut TcpStream| repeated(&file, to, mebibytes, |file, to| io::copy(file, to));
            hop(&|to| runtime.run(|| cpu_time_of(|| all(&mut to.into()))))
        });
    });
    group.bench_function("std::io::copy, std's stream", |b| {
        b.iter_custom(|mebibytes| {
            let all = |to: &mut net::TcpStream| repeated(&file, to, mebibytes, |file, to| io::copy(file, to));
            hop(&|mut to| cpu_time_of(|| all(&mut to)))
        });
    });
    group.finish();
}

/// One byte there and back through a proxy: what the kernel's way costs where there is nothing to save.
fn message(c: &mut Criterion) {
    let runtime = Runtime::builder().workers(1).build().expect("a runtime");
    let mut group = c.benchmark_group("a byte there and back through a proxy");
    let mut bench = |name, proxy: fn(TcpStream, TcpStream)| {
        group.bench_function(name, |b| {
            b.iter_custom(|messages| {
                let ((mut client, a), (b, mut server)) = (pair(), pair());
                let echo = thread::spawn(move || {
                    while let 1.. = server.read(&mut [0]).expect("read") {
                        server.write_all(b"x").expect("write");
                    }
                });
                let talker = thread::spawn(move || {
                    for _ in 0..messages {
                        client.write_all(b"x").expect("write");
                        client.read_exact(&mut [0]).expect("read");
                    }
                    client.shutdown(Shutdown::Write).expect("shutdown");
                    while client.read(&mut [0]).expect("read") > 0 {}
                });
                let took = runtime.run(|| cpu_time_of(|| proxy(a.into(), b.into())));
                talker.join().expect("no panic");
                echo.join().expect("no panic");
                took
            });
        });
    };
    bench("net::copy_bidirectional", |a, b| _ = copy_bidirectional(a, b).expect("copy"));
    bench("8 KiB buffers", |a, b| {
        let pour = |from: &TcpStream, to: &TcpStream| {
            loop_over::<{ 8 << 10 }>(&mut &*from, &mut &*to);
            to.shutdown(Shutdown::Write).expect("shutdown");
        };
        gopark::scope(|s| {
            s.go(|| pour(&a, &b));
            pour(&b, &a);
        });
    });
    group.finish();
}

criterion_group!(benches, tcp_to_tcp, file_to_tcp, message);
criterion_main!(benches);
