//! The lock of a channel: one holder at a time, who sees what the one before has done.

use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;
use loom::cell::UnsafeCell;
use loom::thread;

use super::spin_flag::SpinFlag;

struct Locked {
    flag: SpinFlag,
    count: UnsafeCell<usize>,
}

pub(crate) fn one_at_a_time() {
    explore_within(2, || {
        let locked = Rc::new(Locked { flag: SpinFlag::new(), count: UnsafeCell::new(0) });
        let crew = Crew::new();
        for _ in 0..2 {
            let locked = locked.clone();
            crew.member(move || {
                for _ in 0..2 {
                    while !locked.flag.try_take() {
                        // Not before the holder has run: loom would let this one look for ever.
                        while locked.flag.is_taken() {
                            thread::yield_now();
                        }
                    }
                    // SAFETY: the flag is held; loom fails the model if it is not.
                    locked.count.with_mut(|count| unsafe { *count += 1 });
                    locked.flag.give_back();
                }
            });
        }
        crew.join();
        // SAFETY: nobody else is left.
        assert_eq!(locked.count.with(|count| unsafe { *count }), 4);
    });
}
