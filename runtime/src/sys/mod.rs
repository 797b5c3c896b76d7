//! The kernel, as far as the runtime needs it: each file wraps one family of system calls and knows nothing
//! of coroutines.

pub(crate) mod affinity;
pub(crate) mod altstack;
pub(crate) mod clock;
pub(crate) mod context;
pub(crate) mod disposition;
pub(crate) mod epoll;
pub(crate) mod fault;
pub(crate) mod futex;
pub(crate) mod handler;
pub(crate) mod mappings;
pub(crate) mod memory;
pub(crate) mod own_memory;
pub(crate) mod peer;
pub(crate) mod prefetch;
pub(crate) mod random;
pub(crate) mod registers;
pub(crate) mod thread_state;
