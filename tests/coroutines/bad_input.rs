//! Bad input gets a clear error and loses nothing.

use crate::counted::Drops;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::Builder;
use gopark::{go, yield_now};
use std::io::ErrorKind;
use std::panic::catch_unwind;

/// More than the largest size class.
const TOO_LARGE: [usize; 4] = [(1 << 30) + 1, isize::MAX as usize, usize::MAX - 1, usize::MAX];

#[test]
fn stack_sizes_of_coroutines() {
    bounded(|| {
        let drops = Drops::default();
        runtime(2).run(|| {
            for (refused, size) in [0].into_iter().chain(TOO_LARGE).enumerate() {
                let captured = drops.value();
                let error =
                    Builder::new().stack_size(size).spawn(move || drop(captured)).expect_err("refused");
                assert_eq!(error.kind(), ErrorKind::InvalidInput, "{size}: {error}");
                assert!(error.to_string().contains("stack"), "{error}");
                assert_eq!(drops.count(), refused + 1, "the closure is dropped");
            }
            for size in [1, 4096, 64 << 10, (64 << 10) + 1, 1 << 20, 1 << 30] {
                let handle = Builder::new().stack_size(size).spawn(yield_now).expect("a stack");
                handle.join().expect("no panic");
            }
            assert_eq!(gopark::metrics().spawned, 7, "what was refused does not count");
        });
    });
}

#[test]
fn numbers_of_workers() {
    bounded(|| {
        for workers in [0, 1001, usize::MAX] {
            let error = crate::policy::builder().workers(workers).build().expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{workers}: {error}");
            assert!(error.to_string().contains("worker"), "{error}");
        }
    });
}

#[test]
fn stack_sizes_of_runtimes() {
    bounded(|| {
        for size in [0].into_iter().chain(TOO_LARGE) {
            let error = crate::policy::builder().workers(1).stack_size(size).build().expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{size}: {error}");
            assert!(error.to_string().contains("stack"), "{error}");
        }
        for size in [1, 64 << 10, 3 << 20] {
            let runtime = crate::policy::builder().workers(1).stack_size(size).build().expect("a runtime");
            assert_eq!(runtime.run(|| go(|| 2).join().expect("no panic")), 2);
        }
    });
}

#[test]
fn names_of_threads() {
    bounded(|| {
        let error = crate::policy::builder().workers(1).thread_name("a\0b").build().expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        for name in ["", "größer als fünfzehn Bytes"] {
            let runtime = crate::policy::builder().workers(1).thread_name(name).build().expect("a runtime");
            let worker = runtime.run(|| std::thread::current().name().map(str::to_owned));
            assert_eq!(worker, Some(format!("{name}-0")));
        }
    });
}

/// Says in one sentence what is missing.
#[test]
fn no_runtime() {
    bounded(|| {
        let calls: [(&str, fn()); 3] = [
            ("go", || drop(go(|| ()))),
            ("Builder::spawn", || drop(Builder::new().spawn(|| ()))),
            ("metrics", || drop(gopark::metrics())),
        ];
        for (name, call) in calls {
            let payload = catch_unwind(call).expect_err("there is no runtime");
            let text = payload.downcast_ref::<String>().cloned();
            let text = text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            let text = text.expect("a text");
            assert!(text.contains("no gopark runtime") && !text.contains('\n'), "{name}: {text}");
        }
    });
}

/// `go` on the thread that a coroutine has started is on a plain thread like any other.
#[test]
fn no_runtime_on_a_thread_that_a_coroutine_starts() {
    bounded(|| {
        let outcome = runtime(1).run(|| std::thread::spawn(|| go(|| ()).join()).join());
        assert!(outcome.is_err());
    });
}
