//! What the allocator is asked for while messages flow and coroutines come and go: nothing, once they do.
//!
//! A process of its own, with one test: every allocation of the process is counted.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gopark::net::{TcpListener, TcpStream};
use gopark::{JoinHandle, chan, go};

/// Rounds before the count begins: lists grow to their size, sockets register, timers are made.
const WARM_UP: usize = 500;
const COUNTED: usize = 4_000;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: all is done by the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How many allocations the process makes in `COUNTED` of the rounds of `body`.
fn counted(name: &str, mut body: impl FnMut()) {
    (0..WARM_UP).for_each(|_| body());
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    (0..COUNTED).for_each(|_| body());
    let made = ALLOCATIONS.load(Ordering::Relaxed) - before;
    // Stacks of others that are trimmed now and then take some; a message may not.
    assert!(made * 100 < COUNTED, "{name}: {made} allocations in {COUNTED} rounds");
}

/// A client and a coroutine that sends back what comes, `limit` from each message on.
fn echo(limit: Option<Duration>) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    go(move || {
        let mut buf = [0; 256];
        while let Ok(count @ 1..) = server.read(&mut buf) {
            server.write_all(&buf[..count]).unwrap();
            if let Some(limit) = limit {
                server.set_read_deadline(Some(Instant::now() + limit)).unwrap();
            }
        }
    });
    client
}

fn messages(mut client: TcpStream) -> impl FnMut() {
    let mut buf = [0; 64];
    move || {
        client.write_all(&[7; 64]).unwrap();
        client.read_exact(&mut buf).unwrap();
        assert_eq!(buf, [7; 64]);
    }
}

/// Those who capture, and return, what fits into a room: five words.
fn coroutines() {
    let words = [1_u64; 4];
    counted("a coroutine", || assert_eq!(go(move || words.map(|word| word + 1)).join().unwrap(), [2; 4]));

    let (tell, told) = chan::bounded(1);
    counted("one that nobody joins", || {
        let tell = tell.clone();
        drop(go(move || tell.send(()).unwrap()));
        told.recv().unwrap();
    });

    let (hand, handed) = chan::bounded::<JoinHandle<u64>>(256);
    let joiner = go(move || handed.iter().map(|one| one.join().unwrap()).sum::<u64>());
    counted("one of a crowd that somebody else joins", || hand.send(go(|| 1)).unwrap());
    drop(hand);
    assert_eq!(joiner.join().unwrap(), (WARM_UP + COUNTED) as u64);
}

#[test]
fn neither_a_message_nor_a_coroutine_allocates() {
    for workers in [1, 2] {
        let runtime = gopark::runtime::Runtime::builder().workers(workers).build().unwrap();
        runtime.run(|| {
            counted("an echoed message", messages(echo(None)));
            counted("one under a deadline that moves on", messages(echo(Some(Duration::from_secs(3600)))));

            let with_timeout = echo(None);
            with_timeout.set_read_timeout(Some(Duration::from_secs(3600))).unwrap();
            counted("one under a timeout", messages(with_timeout));

            let (ask, asked) = chan::bounded::<u32>(0);
            let (answer, answered) = chan::bounded::<u32>(1);
            go(move || asked.iter().for_each(|number| answer.send(number + 1).unwrap()));
            counted("a message through channels", || {
                ask.send(1).unwrap();
                assert_eq!(answered.recv().unwrap(), 2);
            });
            coroutines();
        });
    }
}
