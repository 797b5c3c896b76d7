//! A coroutine that loops `yield_now` on every worker starves nobody: sockets, fresh coroutines, timers and
//! wake-ups from plain threads all have their turn.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{JoinHandle, park};
use gopark::net::TcpListener;
use gopark::runtime::Runtime;
use gopark::time::sleep;
use gopark::{go, yield_now};
use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// A runtime on each of whose two workers at least one coroutine yields until the end of the test.
struct Yielding {
    runtime: Runtime,
    over: Arc<AtomicBool>,
    loops: Vec<JoinHandle<()>>,
}

impl Yielding {
    fn everywhere() -> Yielding {
        let (runtime, over) = (runtime(2), Arc::new(AtomicBool::new(false)));
        let (send, receive) = channel();
        let mut workers = HashSet::new();
        let mut loops = Vec::new();
        // Where a coroutine runs is the scheduler's to say; so until each worker has one.
        while workers.len() < 2 {
            assert!(loops.len() < 1000, "a thousand coroutines that yield have one worker");
            let (over, send) = (over.clone(), send.clone());
            loops.push(runtime.spawn(move || {
                send.send(thread::current().id()).expect("the test waits");
                while !over.load(Ordering::Relaxed) {
                    yield_now();
                }
            }));
            workers.insert(receive.recv().expect("a fresh coroutine starts"));
        }
        Yielding { runtime, over, loops }
    }

    /// Ends the loops, and so shows that they went on to the end.
    fn end(self) {
        assert!(self.loops.iter().all(|handle| !handle.is_finished()));
        self.over.store(true, Ordering::Relaxed);
        for handle in self.loops {
            handle.join().expect("no panic");
        }
    }
}

#[test]
fn an_echo_still_answers() {
    bounded(|| {
        let yielding = Yielding::everywhere();
        let address = echo_server(&yielding.runtime);
        let start = Instant::now();
        for _ in 0..10 {
            let mut conn = std::net::TcpStream::connect(address).expect("a connection");
            for byte in 0..20 {
                conn.write_all(&[byte]).expect("a reader");
                let mut answer = [0];
                conn.read_exact(&mut answer).expect("an echo");
                assert_eq!(answer, [byte]);
            }
        }
        println!("10 connections with 20 echoes each: {:?}", start.elapsed());
        yielding.end();
    });
}

fn echo_server(runtime: &Runtime) -> SocketAddr {
    runtime.run(|| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let address = listener.local_addr().expect("bound");
        drop(go(move || {
            for conn in listener.incoming() {
                let mut conn = conn.expect("a connection");
                drop(go(move || {
                    let mut byte = [0];
                    while conn.read(&mut byte).is_ok_and(|read| read == 1) {
                        conn.write_all(&byte).expect("a reader");
                    }
                }));
            }
        }));
        address
    })
}

#[test]
fn fresh_coroutines_still_start() {
    bounded(|| {
        let yielding = Yielding::everywhere();
        let start = Instant::now();
        for i in 0..200 {
            assert_eq!(yielding.runtime.spawn(move || i).join().expect("no panic"), i, "from outside");
        }
        yielding.runtime.run(|| {
            for i in 0..200 {
                assert_eq!(go(move || i).join().expect("no panic"), i, "from inside");
            }
            let burst: Vec<_> = (0..1000).map(|_| go(yield_now)).collect();
            for one in burst {
                one.join().expect("no panic");
            }
        });
        println!("1400 coroutines: {:?}", start.elapsed());
        yielding.end();
    });
}

#[test]
fn timers_still_fire() {
    bounded(|| {
        let yielding = Yielding::everywhere();
        let start = Instant::now();
        yielding.runtime.run(|| {
            let sleepers: Vec<_> = (0..50)
                .map(|i| {
                    go(move || {
                        for _ in 0..20 {
                            sleep(Duration::from_micros(50 * i));
                        }
                    })
                })
                .collect();
            for sleeper in sleepers {
                sleeper.join().expect("no panic");
            }
        });
        println!("50 sleepers, 20 times up to 2.5 ms: {:?}", start.elapsed());
        yielding.end();
    });
}

#[test]
fn wake_ups_from_plain_threads_still_arrive() {
    bounded(|| {
        let yielding = Yielding::everywhere();
        let (answer, answers) = channel();
        let partners: Vec<_> = (0..4)
            .map(|_| {
                let (call, calls) = channel();
                let answer = answer.clone();
                let handle = yielding.runtime.spawn(move || {
                    for _ in 0..200 {
                        while calls.try_recv().is_err() {
                            park();
                        }
                        answer.send(()).expect("the test waits");
                    }
                });
                (handle, call)
            })
            .collect();
        let start = Instant::now();
        for _ in 0..200 {
            for (handle, call) in &partners {
                call.send(()).expect("the partner takes it");
                handle.coroutine().unpark();
            }
            answers.iter().take(partners.len()).for_each(drop);
        }
        println!("800 wake-ups, 4 at a time: {:?}", start.elapsed());
        for (handle, _) in partners {
            handle.join().expect("no panic");
        }
        yielding.end();
    });
}

/// The spawner may be as busy with yielding as everybody else.
#[test]
fn a_yield_loop_of_one_worker_starts_what_it_spawns() {
    bounded(|| {
        runtime(1).run(|| {
            for _ in 0..100 {
                let child = go(|| ());
                while !child.is_finished() {
                    yield_now();
                }
            }
        });
    });
}
