//! Where coroutines wait: from the call into the runtime, by way of the callers, to their own closure.

use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use crate::looks::{is_in, is_waiting, place_of_call, seen};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::park;
use gopark::dump::{CoroutineState, Frame, State};
use gopark::{JoinHandle, go};

const PARKS: u32 = line!() + 3;
#[inline(never)]
fn innermost() {
    park();
    black_box(());
}

const CALLS: u32 = line!() + 3;
#[inline(never)]
fn middle() {
    innermost();
    black_box(());
}

const RECURS: u32 = line!() + 5;
#[inline(never)]
fn deep(depth: usize) -> usize {
    match depth {
        0 => innermost(),
        _ => return black_box(deep(depth - 1)) + 1,
    }
    black_box(0)
}

/// Waits until it does, and lets it end.
#[track_caller]
fn look_at<T>(whom: JoinHandle<T>) -> CoroutineState {
    let look = seen(&whom, "it waits", is_waiting);
    whom.coroutine().unpark();
    whom.join().unwrap_or_else(|_| panic!("it ends"));
    look
}

fn functions(look: &CoroutineState) -> Vec<&str> {
    look.stack.iter().map(|frame| frame.function.as_deref().unwrap_or("?")).collect()
}

/// The places of these lines, from the inside to the outside; the last one is that of the closure, below which nothing
/// is told.
#[track_caller]
fn assert_calls(look: &CoroutineState, lines: &[u32]) {
    let places: Vec<_> = lines
        .iter()
        .map(|line| {
            place_of_call(look, file!(), *line).unwrap_or_else(|| panic!("no line {line} in {look:#?}"))
        })
        .collect();
    assert!(places.is_sorted_by(|inner, outer| inner < outer), "{places:?} in {look:#?}");
    assert_eq!(places.last(), Some(&(look.stack.len() - 1)), "{look:#?}");
}

/// One frame of the runtime, the call into it, and then none.
#[track_caller]
fn assert_no_runtime(look: &CoroutineState) {
    let is_runtimes = |frame: &Frame| {
        let file = frame.file.as_deref().and_then(|file| file.to_str()).unwrap_or_default();
        file.contains("/runtime/src/") || file.contains("corosensei")
    };
    assert!(is_runtimes(&look.stack[0]), "{look:#?}");
    assert!(!look.stack[1..].iter().any(is_runtimes), "{look:#?}");
}

#[test]
fn callers_up_to_the_closure() {
    bounded(|| {
        runtime(2).run(|| {
            let line = line!() + 2;
            let whom = go(|| {
                middle(); // this line
                black_box(());
            });
            let look = look_at(whom);
            assert_calls(&look, &[PARKS, CALLS, line]);
            assert_no_runtime(&look);
            let names = functions(&look);
            let place = |what: &str| names.iter().position(|name| name.contains(what));
            assert_eq!(place("park"), Some(0), "{names:?}");
            assert!(place("innermost").unwrap() < place("middle").unwrap(), "{names:?}");
            assert!(names.last().unwrap().contains("closure"), "{names:?}");
        });
    });
}

/// A crowd of calls; and more than are told.
#[test]
fn deep_recursion() {
    bounded(|| {
        runtime(2).run(|| {
            for depth in [50, 2000] {
                let builder = gopark::coroutine::Builder::new().stack_size(1 << 20);
                let look = look_at(builder.spawn(move || deep(depth)).unwrap());
                assert_eq!(place_of_call(&look, file!(), PARKS), Some(1), "{look:#?}");
                let recurs = |frame: &&Frame| frame.line == Some(RECURS) && is_in(frame, file!());
                let calls = look.stack.iter().filter(recurs).count();
                assert!(calls == depth || calls >= 200 && depth > calls, "{calls} calls of {depth}");
                assert_no_runtime(&look);
            }
        });
    });
}

#[test]
fn on_a_grown_stack() {
    bounded(|| {
        runtime(2).run(|| {
            let line = line!() + 3;
            let whom = go(|| {
                gopark::stack::grow(1 << 20, || {
                    middle(); // this line
                    black_box(());
                });
                black_box(());
            });
            let look = look_at(whom);
            for line in [PARKS, CALLS, line] {
                assert!(place_of_call(&look, file!(), line).is_some(), "no line {line} in {look:#?}");
            }
            let outer = place_of_call(&look, file!(), line - 1);
            assert_eq!(outer, Some(look.stack.len() - 1), "those below the grown stack: {look:#?}");
        });
    });
}

const BLOCKS: u32 = line!() + 2;
fn block(is_over: &mpsc::Receiver<()>) {
    let _ = is_over.recv();
}

/// Of one that runs there, what lies there is told, and not what lies on its own stack.
#[test]
fn running_on_a_grown_stack() {
    bounded(|| {
        let runtime = runtime(1);
        let (over, is_over) = mpsc::channel();
        let whom = runtime.spawn(move || gopark::stack::grow(1 << 20, move || block(&is_over)));
        let look = seen(&whom, "the call is seen", |look| place_of_call(look, file!(), BLOCKS).is_some());
        assert_eq!(look.state, State::Running);
        drop(over);
        whom.join().unwrap();
    });
}

#[test]
fn inside_catch_unwind() {
    bounded(|| {
        runtime(2).run(|| {
            let line = line!() + 3;
            let whom = go(|| {
                let caught = catch_unwind(AssertUnwindSafe(|| {
                    middle(); // this line
                    panic!("to be caught");
                }));
                assert!(caught.is_err());
            });
            let look = look_at(whom);
            assert_calls(&look, &[PARKS, CALLS, line, line - 1]);
        });
    });
}

struct Waits;

const DROPS: u32 = line!() + 3;
impl Drop for Waits {
    fn drop(&mut self) {
        middle();
        black_box(());
    }
}

#[test]
fn inside_a_destructor() {
    bounded(|| {
        runtime(2).run(|| {
            let line = line!() + 2;
            let whom = go(|| {
                drop(Waits); // this line
                black_box(());
            });
            assert_calls(&look_at(whom), &[PARKS, CALLS, DROPS, line]);
        });
    });
}

/// What was thrown is on its way, and the destructor that it meets waits: there the thread waits with it.
#[test]
fn inside_a_destructor_during_a_panic() {
    bounded(|| {
        let runtime = runtime(2);
        let whom = runtime.spawn(|| {
            let _waits = Waits;
            panic!("on purpose");
        });
        let look = seen(&whom, "its destructor waits", |look| place_of_call(look, file!(), DROPS).is_some());
        assert!(place_of_call(&look, file!(), PARKS).is_some(), "{look:#?}");
        whom.coroutine().unpark();
        assert!(whom.join().is_err());
    });
}

/// The one that takes the dump, too.
#[test]
fn ones_own() {
    bounded(|| {
        runtime(2).run(|| {
            let id = gopark::coroutine::current().unwrap().id();
            let (line, dump) = (line!(), gopark::dump());
            let look = dump.coroutine(id).unwrap();
            assert_eq!(look.state, State::Running);
            assert!(place_of_call(look, file!(), line).is_some(), "{look:#?}");
        });
    });
}
