//! Who belongs to a scope: whoever was spawned inside, by whomever, wherever; and nobody else.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use gopark::coroutine::park;
use gopark::leak::{Leak, Scope};
use gopark::{JoinHandle, go};

use crate::policy;

const LONG: Duration = Duration::from_secs(20);

fn ids(scope: &Scope) -> Vec<u64> {
    let coroutine = |leak| match leak {
        Leak::Coroutine(coroutine) => Some(coroutine.id),
        _ => None,
    };
    scope.leaks().into_iter().filter_map(coroutine).collect()
}

fn end(parked: JoinHandle<()>) {
    parked.coroutine().unpark();
    parked.join().unwrap();
}

#[test]
fn grandchildren_belong_to_it_when_their_parents_are_gone() {
    policy::builder().workers(2).build().unwrap().run(|| {
        let scope = Scope::new();
        let grandchild = go(|| go(|| go(park)).join().unwrap()).join().unwrap();
        scope_has(&scope, &[&grandchild]);
        end(grandchild);
        scope.assert_none(LONG);
    });
}

/// The scope has these and no others, as soon as those who have spawned them are quite gone.
fn scope_has(scope: &Scope, expected: &[&JoinHandle<()>]) {
    let expected: Vec<u64> = expected.iter().map(|handle| handle.coroutine().id()).collect();
    crate::eventually::eventually("the others have ended", || ids(scope) == expected);
}

#[test]
fn a_scope_inside_another_is_part_of_it() {
    policy::builder().workers(2).build().unwrap().run(|| {
        let outer = Scope::new();
        let first = go(park);
        let inner = Scope::new();
        let second = go(park);
        scope_has(&inner, &[&second]);
        scope_has(&outer, &[&first, &second]);
        drop(inner);
        let third = go(park);
        scope_has(&outer, &[&first, &second, &third]);
        [first, second, third].into_iter().for_each(end);
        outer.assert_none(LONG);
    });
}

#[test]
fn what_was_there_before_does_not_belong_to_it() {
    policy::builder().workers(2).build().unwrap().run(|| {
        let before = go(park);
        let (asks, asked) = gopark::chan::bounded::<()>(0);
        let (tells, told) = gopark::chan::bounded(1);
        // Spawns while the scope is open, and is not of it.
        let stranger = go(move || {
            asked.recv().unwrap();
            tells.send(go(park)).unwrap();
        });
        let scope = Scope::new();
        asks.send(()).unwrap();
        let strange = told.recv().unwrap();
        scope.assert_none(Duration::ZERO);
        [before, strange, stranger].into_iter().for_each(end);
    });
}

#[test]
fn a_thread_has_one_for_every_runtime_that_it_calls() {
    let scope = Scope::new();
    let runtimes = [1, 2].map(|workers| policy::builder().workers(workers).build().unwrap());
    let parked: Vec<_> = runtimes.iter().map(|runtime| runtime.run(|| go(park))).collect();
    scope_has(&scope, &parked.iter().collect::<Vec<_>>());
    runtimes.iter().for_each(|runtime| {
        let ended = runtime.spawn(|| ());
        ended.join().unwrap();
    });
    parked.into_iter().for_each(end);
    scope.assert_none(LONG);
}

#[test]
fn other_threads_have_their_own() {
    let runtime = policy::builder().workers(2).build().unwrap();
    thread::scope(|s| {
        let (tells, told) = mpsc::channel::<()>();
        let (ends, ended) = mpsc::channel();
        let runtime = &runtime;
        s.spawn(move || {
            let scope = Scope::new();
            let parked = runtime.spawn(park);
            tells.send(()).unwrap();
            ended.recv().unwrap();
            scope_has(&scope, &[&parked]);
            end(parked);
            scope.assert_none(LONG);
        });
        told.recv().unwrap();
        let scope = Scope::new();
        runtime.spawn(|| ()).join().unwrap();
        scope.assert_none(LONG); // although the other thread's waits
        ends.send(()).unwrap();
    });
}

#[test]
fn a_blocking_call_spawns_for_its_caller() {
    policy::builder().workers(1).build().unwrap().run(|| {
        let scope = Scope::new();
        let parked = gopark::blocking(|| go(park));
        scope_has(&scope, &[&parked]);
        end(parked);
        scope.assert_none(LONG);
    });
}

#[test]
fn children_of_a_scope_and_tasks_of_a_pool_belong_to_it() {
    policy::builder().workers(2).build().unwrap().run(|| {
        let pool = gopark::pool::Pool::builder().workers(1).build();
        let scope = Scope::new();
        gopark::scope(|s| {
            let child = s.go(park);
            let task = pool.submit(park);
            let queued = pool.submit(park);
            let expected = [child.coroutine().id(), task.coroutine().id(), queued.coroutine().id()];
            assert_eq!(ids(&scope), expected);
            child.coroutine().unpark();
            [task, queued].into_iter().for_each(end);
        });
        scope.assert_none(LONG);
    });
}

#[test]
fn scopes_may_be_left_in_another_order() {
    policy::builder().workers(1).build().unwrap().run(|| {
        let (first, second) = (Scope::new(), Scope::new());
        drop(first);
        let parked = go(park);
        scope_has(&second, &[&parked]);
        end(parked);
        second.assert_none(LONG);
    });
}
