//! How deep the deepest stack is, while its coroutine waits. In a process of its own: it is told of the whole process.

use crate::child::in_child;
use crate::eventually::eventually;
use crate::stacks::{DEEP, recurse};
use crate::workers::runtime;
use gopark::coroutine::park;

#[test]
fn of_one_who_waits() {
    let child = in_child(of_one_who_waits, &[], || {
        let runtime = runtime(2);
        let shallow = runtime.spawn(park);
        eventually("it is looked at", || runtime.metrics().stack_deepest_bytes > 0);
        let seen = runtime.metrics().stack_deepest_bytes;
        assert!(seen < DEEP, "{seen} of one who does nothing");
        let deep = runtime.spawn(|| {
            recurse(DEEP);
            park();
        });
        eventually("it is looked at", || runtime.metrics().stack_deepest_bytes >= DEEP);
        let seen = runtime.metrics().stack_deepest_bytes;
        assert!(seen < 256 << 10, "{seen} of a stack of 256 KiB");
        for handle in [shallow, deep] {
            handle.coroutine().unpark();
            handle.join().expect("no panic");
        }
    });
    child.succeeded();
}
