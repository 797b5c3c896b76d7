//! The stage on which the models of gopark's lock-free protocols play.
//!
//! # Where what is
//! | | |
//! |---|---|
//! | `tests/models/production.rs` | includes the production files by path and runs every model on them |
//! | `tests/models/*.rs` | the models, one concept a file |
//! | `tests/locks` | the same for the locks of `runtime/src/sync`, which wait by an `rt` of the models |
//! | `tests/channels` | the same for channels and `select!`: `runtime/src/chan` and `runtime/src/wait` |
//! | `tests/places` | the same for the places of a pool: `pool/src/places.rs`, under a lock as its owner has it |
//! | `mutants.txt`, `mutants_of_locks.txt`, `mutants_of_channels.txt`, `mutants_of_places.txt`, `build` | mistakes: each is put into a copy of a production file, which a model must reject |
//! | `tests/ring_sequences` | the run queue against a list, by random sequences instead of interleavings |
//! | this library | what a model needs besides: threads, a kernel, locks, tasks, waiting |
//!
//! # What a model includes
//! A production file takes its atomics from `super::atomic`; here that is loom's, and the ring has 4 places.
//! Nothing else differs. What waits takes the runtime from `super::rt`, which is made of [`waiting`] here: waiting, a
//! deadline and a cancellation are steps at one word of who waits, as in production. A model file takes the protocols from `super` in its turn, and so is compiled once
//! beside the production files and once beside each mutant that it must notice.
//!
//! # What loom cannot show
//! It runs one interleaving after the other and lets loads return old values, but never values that have not
//! been written yet. So it does not notice where an acquire keeps *later writes* from moving up, or a release
//! keeps *earlier reads* from moving down. Fences that are sequentially consistent it treats as stronger than
//! they are, accesses that are so as `AcqRel`; and a weak compare-and-swap never fails for nothing. With a bound on
//! interruptions it may overlook an interleaving that keeps to it: a step of which no mutant is caught is to have a model
//! of its own, as small as can be.

pub mod caught;
pub mod crew;
pub mod explore;
pub mod kernel;
pub mod lock;
pub mod section;
pub mod signal;
pub mod tasks;
pub mod thread_token;
pub mod waiting;

/// A test for each model, named after its file and its function.
#[macro_export]
macro_rules! passes {
    ($($file:ident { $($model:ident),+ })+) => {
        mod passes {
            $(mod $file {
                $(#[test]
                fn $model() {
                    super::super::$file::$model();
                })+
            })+
        }
    };
}
