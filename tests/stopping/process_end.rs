//! The process may end while a runtime is at work.

use crate::child::in_child;
use crate::workers::runtime;
use gopark::coroutine::park;
use gopark::go;
use gopark::runtime::Runtime;
use gopark::time::sleep;
use std::sync::OnceLock;
use std::time::Duration;

#[test]
fn the_process_may_exit_from_a_coroutine() {
    let child = in_child(the_process_may_exit_from_a_coroutine, &[], || {
        runtime(2).run(|| {
            drop(go(park));
            drop(go(|| sleep(Duration::MAX)));
            gopark::yield_now();
            std::process::exit(17)
        })
    });
    assert_eq!(child.status.code(), Some(17));
}

/// A runtime in a static is never dropped.
#[test]
fn the_process_may_end_with_a_runtime_alive() {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    in_child(the_process_may_end_with_a_runtime_alive, &[], || {
        let runtime = RUNTIME.get_or_init(|| runtime(2));
        drop(runtime.spawn(park));
        drop(runtime.spawn(|| {
            loop {
                gopark::yield_now();
            }
        }));
        assert_eq!(runtime.run(|| 1), 1);
    })
    .succeeded();
}
