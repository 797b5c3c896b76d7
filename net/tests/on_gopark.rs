//! gopark's sockets: the conformance suite, and what is theirs alone.

use gopark_net as net;
use gopark_net::unix;
use gopark_runtime::face::runtime::Runtime;

/// Runs each body in a coroutine too, where a call that has to wait parks.
macro_rules! in_a_coroutine {
    ($($body:ident),+) => {
        mod in_a_coroutine {
            $(
                #[test]
                fn $body() {
                    $crate::harness::watchdog::bounded(|| $crate::in_a_coroutine(super::$body));
                }
            )+
        }
    };
}

#[macro_use]
mod harness;
mod conformance;
mod ours;

/// On two workers: a body that blocks the one that it is on, in a join of its helpers, must not stop the sockets of
/// the helpers.
fn in_a_coroutine(body: fn()) {
    let runtime = Runtime::builder().workers(2).build().expect("a runtime");
    runtime.run(body);
}
