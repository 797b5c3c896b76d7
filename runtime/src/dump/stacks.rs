//! The different stacks of a dump: many coroutines wait at few places.

use std::collections::HashMap;
use std::sync::Arc;

use super::symbols::{Frame, Symbols};

/// Each once, by numbers from 0.
#[derive(Default)]
pub(super) struct Stacks(HashMap<Vec<u64>, usize>);

impl Stacks {
    /// The number of this one.
    pub(super) fn number(&mut self, stack: Vec<u64>) -> usize {
        let next = self.0.len();
        *self.0.entry(stack).or_insert(next)
    }

    /// All with names and lines, by their numbers.
    pub(super) fn resolve(self) -> Vec<Arc<[Frame]>> {
        let mut stacks: Vec<_> = self.0.into_iter().collect();
        stacks.sort_unstable_by_key(|(_, number)| *number);
        let mut symbols = Symbols::default();
        stacks.iter().map(|(stack, _)| symbols.resolve(stack)).collect()
    }
}
