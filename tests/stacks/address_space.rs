//! Where address space is limited (`ulimit -v`, as batch systems and some containers do), there is room for fewer
//! stacks, or an error that says why.

use gopark::{Runtime, coroutine, go};

use crate::child::in_child;

/// Limits what the process may have beyond what it has by now.
fn limit_address_space(bytes: u64) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
    // SAFETY: the argument is a valid rlimit; allocations that fail for it abort the child, and no more.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) }, 0);
}

#[test]
fn a_limit_of_100_gib_leaves_room_for_thousands() {
    in_child(a_limit_of_100_gib_leaves_room_for_thousands, &[], || {
        limit_address_space(100 << 30);
        let runtime = Runtime::builder().workers(2).stack_size(256 << 10).build().unwrap();
        runtime.run(|| {
            let parked: Vec<_> = (0..5000).map(|_| go(coroutine::park)).collect();
            parked.iter().for_each(|handle| handle.coroutine().unpark());
            parked.into_iter().for_each(|handle| handle.join().unwrap());
        });
    })
    .succeeded();
}

#[test]
fn a_limit_of_one_gib_is_an_error_that_names_it() {
    in_child(a_limit_of_one_gib_is_an_error_that_names_it, &[], || {
        limit_address_space(1 << 30);
        for _ in 0..2 {
            let refused = Runtime::builder().workers(1).build().expect_err("a gibibyte is too little");
            for text in ["address space", "RLIMIT_AS"] {
                assert!(refused.to_string().contains(text), "{refused}");
            }
        }
    })
    .succeeded();
}
