//! Those that have started on a worker go on elsewhere while a hog has it: whatever they wait for.

use crate::eventually::eventually;
use crate::hogs::{Hog, How};
use crate::one_at_a_time::alone;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{JoinHandle, park};
use gopark::net::{TcpListener, TcpStream};
use gopark::runtime::Runtime;
use gopark::time::sleep;
use gopark::{go, yield_now};
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Laps of somebody.
#[derive(Clone, Default)]
struct Laps {
    run: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
}

impl Laps {
    /// Runs `lap` in a coroutine again and again. It has started when this returns.
    fn begin(&self, mut lap: impl FnMut() + Send + 'static) -> JoinHandle<()> {
        let laps = self.clone();
        let handle = go(move || {
            while !laps.over.load(Ordering::SeqCst) {
                lap();
                laps.run.fetch_add(1, Ordering::SeqCst);
            }
        });
        eventually("it runs", || self.count() > 0);
        handle
    }

    fn count(&self) -> usize {
        self.run.load(Ordering::SeqCst)
    }
}

/// `go_on` while the only worker is stuck, from before that until after it; `nudge` is what they wait for.
fn beside_a_hog(go_on: fn(&Laps) -> Vec<JoinHandle<()>>, nudge: fn(&[JoinHandle<()>])) {
    let _turn = alone();
    bounded(move || {
        for how in [How::Blocking, How::Spinning] {
            let runtime: Runtime = runtime(1);
            let _entered = runtime.enter();
            let laps = Laps::default();
            let handles = go_on(&laps);
            let hog = Hog::start(how, "hog", || ());
            let before = laps.count();
            eventually("they go on", || {
                nudge(&handles);
                laps.count() > before + 20
            });
            hog.let_go();
            laps.over.store(true, Ordering::SeqCst);
            nudge(&handles);
            for handle in handles {
                while !handle.is_finished() {
                    nudge(std::slice::from_ref(&handle));
                }
                handle.join().expect("no panic");
            }
        }
    });
}

fn leave_alone(_: &[JoinHandle<()>]) {}

#[test]
fn sleepers() {
    beside_a_hog(
        |laps| (0..10).map(|_| laps.begin(|| sleep(Duration::from_millis(1)))).collect(),
        leave_alone,
    );
}

#[test]
fn yielders() {
    beside_a_hog(|laps| (0..3).map(|_| laps.begin(yield_now)).collect(), leave_alone);
}

#[test]
fn those_whom_a_plain_thread_wakes() {
    beside_a_hog(
        |laps| {
            let mut once = true;
            // The first lap is free: it shows that the coroutine has started.
            vec![laps.begin(move || if once { once = false } else { park() })]
        },
        |handles| handles.iter().for_each(|handle| handle.coroutine().unpark()),
    );
}

#[test]
fn those_who_wait_for_sockets() {
    beside_a_hog(
        |laps| {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let address = listener.local_addr().expect("an address");
            let server = go(move || {
                let (peer, _) = listener.accept().expect("a client");
                let mut byte = [0; 1];
                while (&peer).read(&mut byte).is_ok_and(|count| count == 1) {
                    (&peer).write_all(&byte).expect("a reader");
                }
            });
            let mut client = None;
            let ping = laps.begin(move || {
                let client = client.get_or_insert_with(|| TcpStream::connect(address).expect("a server"));
                let mut byte = [7; 1];
                client.write_all(&byte).expect("a reader");
                client.read_exact(&mut byte).expect("an echo");
            });
            vec![ping, server]
        },
        leave_alone,
    );
}

#[test]
fn those_who_join() {
    beside_a_hog(|laps| vec![laps.begin(|| go(yield_now).join().expect("no panic"))], leave_alone);
}

/// A substitute that runs somebody when the hog lets go is not needed any more, and lies down aside: whoever polls by
/// then, and knows of no deadline, is told of the one that it leaves behind.
#[test]
fn sleepers_whom_a_substitute_has_run_last() {
    let _turn = alone();
    bounded(|| {
        for _ in 0..10 {
            let runtime: Runtime = runtime(1);
            let _entered = runtime.enter();
            let hog = Hog::start(How::Blocking, "hog", || ());
            let [begun, may_sleep] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
            let (begins, waits_for) = (begun.clone(), may_sleep.clone());
            let sleeper = go(move || {
                begins.store(true, Ordering::SeqCst);
                while !waits_for.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_micros(100));
                }
                sleep(Duration::from_millis(2));
            });
            eventually("a substitute runs it", || begun.load(Ordering::SeqCst));
            hog.let_go();
            // The worker is back, has nothing to do, and polls.
            std::thread::sleep(Duration::from_millis(3));
            may_sleep.store(true, Ordering::SeqCst);
            sleeper.join().expect("no panic");
        }
    });
}
