//! Tasks that take too long.

use std::time::Duration;

use gopark_runtime::face::leak::{Leak, leaks_of};

use crate::pool::Pool;
use crate::shared::Shared;

impl Pool {
    /// Tasks that were submitted `older_than` ago or longer, and are not over: where they were submitted and by whom, what they
    /// wait for, who could end that, and where they stand. The oldest first.
    ///
    /// Costs a look at every coroutine of the process (1 us each), and for each that is old some 5 us, and more for names
    /// and lines. Workers go on meanwhile.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use std::time::Duration;
    ///
    /// gopark::run(|| {
    ///     let pool = gopark_pool::Pool::builder().build();
    ///     let forgotten = pool.submit(gopark::coroutine::park);
    ///     assert_eq!(pool.leaks(Duration::ZERO).len(), 1);
    ///     assert_eq!(pool.leaks(Duration::from_secs(3600)).len(), 0);
    ///     forgotten.coroutine().unpark();
    /// });
    /// ```
    pub fn leaks(&self, older_than: Duration) -> Vec<Leak> {
        self.shared.leaks(older_than)
    }
}

impl Shared {
    pub(crate) fn leaks(&self, older_than: Duration) -> Vec<Leak> {
        let mut leaks = leaks_of(self.ids(), older_than);
        leaks.sort_by_key(|leak| std::cmp::Reverse(leak.age()));
        leaks
    }
}
