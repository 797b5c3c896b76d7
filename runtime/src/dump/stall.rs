//! Where a coroutine stands that keeps its worker thread.

use std::sync::Arc;

use super::Frame;
use super::stacks::Stacks;
use super::walk::Walker;
use crate::sched::stall::Stall;

impl Stall {
    /// Where it stands now: calls, the innermost first. Empty if it has gone on since.
    ///
    /// The thread is interrupted by a signal for some microseconds. To find names and lines takes some milliseconds, in
    /// programs that are not optimised a hundred times as long: the hook that is told of a stall had better ask on a
    /// thread of its own, since as long as it runs no other stall is noticed.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let (tells, told) = std::sync::mpsc::channel();
    /// let runtime = gopark::runtime::Runtime::builder()
    ///     .workers(1)
    ///     .on_stall(move |stall| drop(tells.send(stall.stack())))
    ///     .build()?;
    /// let stack = runtime.run(move || told.recv().unwrap());
    /// let calls: Vec<_> = stack.iter().filter_map(|frame| frame.function.as_deref()).collect();
    /// assert!(calls.iter().any(|call| call.contains("recv")), "{calls:?}");
    /// # std::io::Result::Ok(())
    /// ```
    pub fn stack(&self) -> Arc<[Frame]> {
        let mut stacks = Stacks::default();
        let (entry, mut walker) = (self.coroutine.entry(), Walker::take());
        let stack = walker.walk_running(entry, self.thread);
        walker.keep();
        if let Some(stack) = stack
            && entry.id() == self.coroutine.id()
        {
            stacks.number(stack);
        }
        stacks.resolve().pop().unwrap_or_default()
    }
}
