//! Timers: which payloads are due, and when the next will be.
//!
//! Each machine owns one [`queue::TimerQueue`] behind a lock, because deadlines are set and cancelled from other
//! threads too. This floor knows neither clocks nor coroutines: instants are nanoseconds of the caller's monotonic
//! clock, payloads are copied words. It hands out **lists** of what is due; only `sched` queues them, and whoever
//! arms a timer ahead of the queue's next deadline wakes the machine if it sleeps.

mod heap;
mod slab;

pub(crate) mod queue;
