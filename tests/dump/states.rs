//! What coroutines and workers are said to do, how long they have done it, and where they come from.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::looks::{dump_when, has_call, is_waiting, seen, text_about};
use crate::policy;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{Builder, park};
use gopark::dump::State;
use gopark::go;
use gopark::runtime::Runtime;

/// One worker, and no substitutes for it.
fn one_worker() -> Runtime {
    policy::builder().workers(1).max_machines(1).build().expect("a runtime")
}

const SPINS: u32 = line!() + 3;
fn spin(is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        (0..1000).for_each(|_| std::hint::spin_loop());
    }
}

const BLOCKS: u32 = line!() + 2;
fn block(is_over: &mpsc::Receiver<()>) {
    let _ = is_over.recv();
}

/// Also the worker names it, and is found stuck.
#[test]
fn running_in_a_loop() {
    bounded(|| {
        let runtime = runtime(2);
        let is_over = Arc::new(AtomicBool::new(false));
        let same = is_over.clone();
        let hog = runtime.spawn(move || spin(&same));
        let id = hog.coroutine().id();
        let dump = dump_when("its loop is seen, and that it is stuck", |dump| {
            let has_line = |line| dump.coroutine(id).is_some_and(|look| has_call(look, file!(), line));
            (has_line(SPINS) || has_line(SPINS - 1))
                && dump.workers.iter().any(|worker| worker.runs == Some(id) && worker.is_stuck)
        });
        let look = dump.coroutine(id).unwrap();
        assert_eq!((look.state, &look.waits_for), (State::Running, &None));
        let worker = dump.workers.iter().find(|worker| worker.runs == Some(id)).unwrap();
        assert_eq!((look.runtime, look.worker), (Some(worker.runtime), Some(worker.number)));
        let text = text_about(&dump, &[id]);
        assert!(text.contains(&format!("stuck in coroutine {id};")), "{text}");
        assert!(text.contains(&format!("coroutine {id}: running for ")), "{text}");
        is_over.store(true, Ordering::Relaxed);
        hog.join().unwrap();
    });
}

#[test]
fn running_in_a_call_that_blocks() {
    bounded(|| {
        let runtime = runtime(1);
        let (over, is_over) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        let hog = runtime.spawn(move || {
            // SAFETY: it takes nothing.
            tell.send(unsafe { libc::gettid() }).unwrap();
            block(&is_over);
        });
        let (id, thread) = (hog.coroutine().id(), told.recv().unwrap());
        let dump = dump_when("its call is seen", |dump| {
            dump.coroutine(id).is_some_and(|look| has_call(look, file!(), BLOCKS))
        });
        let worker = dump.workers.iter().find(|worker| worker.runs == Some(id)).unwrap();
        assert_eq!(worker.thread, thread);
        drop(over);
        hog.join().unwrap();
    });
}

/// Behind a hog on the only worker: who was woken is ready, who has not begun is fresh.
#[test]
fn ready_and_fresh() {
    bounded(|| {
        let runtime = one_worker();
        let woken = runtime.spawn(park);
        seen(&woken, "it waits", is_waiting);
        let (over, is_over) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        let hog = runtime.spawn(move || {
            let fresh = [(); 3].map(|()| go(|| ()));
            tell.send(fresh).unwrap();
            block(&is_over);
        });
        let fresh = told.recv().unwrap();
        woken.coroutine().unpark();
        let ready = seen(&woken, "it is ready", |look| look.state == State::Ready);
        assert!(ready.waits_for.is_none() && ready.stack.is_empty(), "{ready:?}");
        for one in &fresh {
            let look = seen(one, "it has not begun", |_| true);
            assert_eq!((look.state, look.waits_for, look.stack.len()), (State::Fresh, None, 0));
            assert_eq!(look.spawned_by, Some(hog.coroutine().id()));
            assert_eq!((look.runtime, look.worker), (None, None));
        }
        drop(over);
        hog.join().unwrap();
        fresh.into_iter().for_each(|one| one.join().unwrap());
        woken.join().unwrap();
    });
}

/// As long as its worker is not taken for a stuck one, whose queue is emptied for others.
#[test]
fn queued() {
    bounded(|| {
        let runtime = one_worker();
        let is_over = Arc::new(AtomicBool::new(false));
        let same = is_over.clone();
        let spawner = runtime.spawn(move || {
            while !same.load(Ordering::Relaxed) {
                let fresh = [(); 3].map(|()| go(|| ()));
                let begun = Instant::now();
                while begun.elapsed() < Duration::from_millis(1) {
                    std::hint::spin_loop();
                }
                fresh.into_iter().for_each(|one| one.join().unwrap());
            }
        });
        let id = spawner.coroutine().id();
        dump_when("two are queued behind the next one", |dump| {
            dump.workers.iter().any(|worker| worker.runs == Some(id) && worker.queued == 2)
        });
        is_over.store(true, Ordering::Relaxed);
        spawner.join().unwrap();
    });
}

#[test]
fn in_the_lobby() {
    bounded(|| {
        runtime(2).run(|| {
            let (client, server) = gopark::net::UnixStream::pair().unwrap();
            let waits = gopark::net::on_readable(server, |_| ());
            let look = seen(&waits, "it waits for the first byte", |look| look.state == State::Lobby);
            assert!(look.waits_for.is_none() && look.stack.is_empty(), "{look:?}");
            assert!(text_about(&gopark::dump(), &[look.id]).contains("in the lobby for "));
            drop(client);
            waits.join().unwrap();
        });
    });
}

#[test]
fn abandoned() {
    bounded(|| {
        let runtime = runtime(1);
        let left = runtime.spawn(|| {
            loop {
                park();
            }
        });
        seen(&left, "it waits", is_waiting);
        drop(runtime);
        let look = seen(&left, "its runtime has gone", |look| look.state == State::Abandoned);
        assert!(look.waits_for.is_none() && look.stack.is_empty(), "{look:?}");
    });
}

#[test]
fn who_has_ended_is_not_told_of() {
    bounded(|| {
        runtime(2).run(|| {
            let short = go(|| ());
            let id = short.coroutine().id();
            short.join().unwrap();
            dump_when("it has gone", |dump| dump.coroutine(id).is_none());
        });
    });
}

#[test]
fn names_and_descent() {
    bounded(|| {
        runtime(2).run(|| {
            let own = gopark::coroutine::current().unwrap().id();
            let (line, named) = (line!(), Builder::new().name("a name").spawn(park).unwrap());
            let look = seen(&named, "it waits", is_waiting);
            assert_eq!(look.name.as_deref(), Some("a name"));
            assert_eq!(look.spawned_by, Some(own));
            let site = look.spawned_at.expect("it has one");
            assert_eq!((site.file, site.line), (file!(), line));
            let text = text_about(&gopark::dump(), &[look.id]);
            assert!(text.contains(&format!("coroutine {} 'a name': waiting", look.id)), "{text}");
            assert!(text.contains(&format!("at {}:{line}:", file!())), "{text}");
            assert!(text.contains(&format!("by coroutine {own}")), "{text}");
            named.coroutine().unpark();
            named.join().unwrap();

            let runtime = gopark::dump().coroutine(own).unwrap().runtime;
            assert!(runtime.is_some());
            assert_eq!(look.runtime.unwrap_or(runtime.unwrap()), runtime.unwrap());
        });
        let runtime = runtime(1);
        let from_thread = runtime.spawn(park);
        let look = seen(&from_thread, "it waits", is_waiting);
        assert_eq!((look.spawned_by, look.name), (None, None));
        assert!(text_about(&gopark::dump(), &[look.id]).contains("by a plain thread"));
        from_thread.coroutine().unpark();
        from_thread.join().unwrap();
    });
}

/// Of one that waits twice, the second wait is younger than the first, and both than itself.
#[test]
fn how_long() {
    const PAUSE: Duration = Duration::from_millis(200);
    bounded(|| {
        let runtime = runtime(2);
        let begun = Instant::now();
        let twice = runtime.spawn(|| [park(), park()]);
        seen(&twice, "it waits", is_waiting);
        thread::sleep(PAUSE);
        let first = seen(&twice, "it still waits", is_waiting);
        assert!(first.in_state_for >= PAUSE, "{first:?}");
        assert!(first.age >= first.in_state_for - Duration::from_millis(20), "{first:?}");
        assert!(first.age <= begun.elapsed(), "{first:?}");
        let woken = Instant::now();
        twice.coroutine().unpark();
        let second = seen(&twice, "it waits again", |look| {
            is_waiting(look) && look.in_state_for <= woken.elapsed() + Duration::from_millis(20)
        });
        assert!(second.age >= first.age, "{second:?}");
        twice.coroutine().unpark();
        twice.join().unwrap();
    });
}
