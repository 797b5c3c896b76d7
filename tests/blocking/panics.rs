//! A panic inside goes on in the caller, and harms no helper thread.

use crate::child::in_child;
use crate::counted::{Counted, Drops};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::{blocking, go};
use std::any::Any;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::thread;

/// The place of a payload in memory.
fn place(payload: &(dyn Any + Send)) -> usize {
    std::ptr::from_ref(payload).addr()
}

/// What `call` ends with; `resume_unwind` makes it without the panic hook's text.
fn caught<R>(call: impl FnOnce() -> R) -> Box<dyn Any + Send> {
    catch_unwind(AssertUnwindSafe(call)).map(drop).expect_err("it panics")
}

#[test]
fn the_caller_gets_the_very_payload() {
    bounded(|| {
        runtime(1).run(|| {
            let drops = Drops::default();
            let payload: Box<dyn Any + Send> = Box::new((7, drops.value()));
            let thrown = place(&*payload);
            let mut behind = false;
            let arrived = caught(|| {
                blocking(|| resume_unwind(payload));
                behind = true;
            });
            assert_eq!(place(&*arrived), thrown);
            assert_eq!(arrived.downcast_ref::<(i32, Counted)>().expect("that").0, 7);
            assert_eq!(drops.count(), 0);
            drop(arrived);
            assert_eq!(drops.count(), 1);
            assert!(!behind, "the call returned besides");
        });
    });
}

#[test]
fn it_reaches_the_joiner_of_the_caller() {
    bounded(|| {
        runtime(1).run(|| {
            let panics = go(|| blocking(|| -> u32 { panic_any(5_u8) }));
            let payload = panics.join().expect_err("it panics");
            assert_eq!(payload.downcast_ref(), Some(&5_u8));
        });
    });
}

#[test]
fn borrowed_values_are_as_the_panic_has_left_them() {
    bounded(|| {
        runtime(1).run(|| {
            let mut list = vec![1];
            let payload = caught(|| {
                blocking(|| {
                    list.push(2);
                    resume_unwind(Box::new("then"));
                });
            });
            assert_eq!(payload.downcast_ref(), Some(&"then"));
            assert_eq!(list, [1, 2]);
        });
    });
}

/// Each runs on a thread that has caught a panic before: one that had died of it would be missed, or replaced.
#[test]
fn helper_threads_outlive_panics_of_all_kinds() {
    struct Angry;
    impl Drop for Angry {
        fn drop(&mut self) {
            resume_unwind(Box::new("dropped"));
        }
    }
    in_child(helper_threads_outlive_panics_of_all_kinds, &[], || {
        runtime(1).run(|| {
            let mut threads = HashSet::new();
            for round in 0..300 {
                let payload = caught(|| {
                    blocking(|| {
                        threads.insert(thread::current().id());
                        let _destructor = (round % 3 == 0).then(|| Angry);
                        if round % 3 == 1 {
                            resume_unwind(Box::new(Angry));
                        } else if round % 3 == 2 {
                            resume_unwind(Box::new("thrown"));
                        }
                    });
                });
                match round % 3 {
                    0 => assert_eq!(payload.downcast_ref(), Some(&"dropped")),
                    // It throws when it is dropped, and is the caller's.
                    1 => std::mem::forget(payload.downcast::<Angry>().expect("that")),
                    _ => assert_eq!(payload.downcast_ref(), Some(&"thrown")),
                }
            }
            assert_eq!(threads.len(), 1);
        });
    })
    .succeeded();
}
