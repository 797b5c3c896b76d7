//! A larger stack for a while.
#![allow(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::coroutine::overflow;
use crate::coroutine::record::{self, Record};
use crate::coroutine::switch::on_stack;
use crate::stack::{self, SizeClass, Slot};

/// Runs `f` on a stack of at least `bytes` bytes (guard included, as for
/// [`Builder::stack_size`](crate::face::coroutine::Builder::stack_size)) and returns what it returns.
///
/// For the one deep recursion or the C library with large frames, so that not every coroutine needs a large
/// stack. `f` may wait as anywhere else, and its locals, token and name are those of the coroutine; on a plain
/// thread it works too. Costs about 200 ns where a stack of that size has been used lately.
///
/// # Panics
/// With `f`'s panic; for a size of 0 or above 1 GiB; where there is no room for another stack.
///
/// ```
/// fn depth(n: u64) -> u64 {
///     let frame = std::hint::black_box([n; 64]);
///     if n == 0 { 0 } else { 1 + depth(n - 1) + frame[1] - n }
/// }
/// # use gopark_runtime::face as gopark;
/// assert_eq!(gopark::run(|| gopark::stack::grow(64 << 20, || depth(10_000))), 10_000);
/// ```
pub fn grow<R>(bytes: usize, f: impl FnOnce() -> R) -> R {
    // A plain thread may be here before any runtime is.
    let ready = overflow::report_overflows().and_then(|()| SizeClass::for_size(bytes));
    let class = ready.unwrap_or_else(|error| panic!("stack::grow: {error}"));
    let borrowed = Borrowed::new(class);
    // SAFETY: the slot is ours until `borrowed` is dropped, and nothing runs on it after `on_stack`; the closure
    // catches every panic.
    let result = unsafe {
        let stack = Record::lend(borrowed.0, record::current());
        on_stack(stack, || catch_unwind(AssertUnwindSafe(f)))
    };
    drop(borrowed);
    result.unwrap_or_else(|payload| resume_unwind(payload))
}

/// Stacks that are lent.
static LENT: AtomicUsize = AtomicUsize::new(0);

/// Whether somebody runs, or waits, on a stack that is not his own.
pub(crate) fn is_in_use() -> bool {
    LENT.load(Ordering::Relaxed) > 0
}

/// A slot with its claim, straight from the depot: rare enough for its lock.
struct Borrowed(Slot);

impl Borrowed {
    fn new(class: SizeClass) -> Borrowed {
        stack::claim(class, 1).unwrap_or_else(|error| panic!("stack::grow: {error}"));
        let mut slot = Vec::with_capacity(1);
        stack::take(class, 1, &mut slot);
        LENT.fetch_add(1, Ordering::Relaxed);
        Borrowed(slot[0])
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        LENT.fetch_sub(1, Ordering::Relaxed);
        stack::put_back(self.0.class(), [self.0]);
        stack::release_claims(self.0.class(), 1);
    }
}
