//! Values in a channel, oldest first.

use std::collections::VecDeque;

/// A bounded channel of up to so many places has them from the beginning.
const AT_ONCE: usize = 1024;

/// Places in a block of any other.
const BLOCK: usize = 256;

/// A ring, which is empty only if all is, and, behind it, further rings as they are needed. No more than a block is ever copied while others wait for
/// the lock, however long the channel gets.
pub(super) struct Buffer<T> {
    front: VecDeque<T>,
    behind: VecDeque<VecDeque<T>>,
    /// The last block that was emptied, to be filled again.
    spare: VecDeque<T>,
    /// Places in a block.
    block: usize,
}

impl<T> Buffer<T> {
    /// `None`: for any number of values.
    pub(super) fn new(capacity: Option<usize>) -> Buffer<T> {
        let at_once = capacity.filter(|&capacity| capacity <= AT_ONCE);
        Buffer {
            front: VecDeque::with_capacity(at_once.unwrap_or(0)),
            behind: VecDeque::new(),
            spare: VecDeque::new(),
            block: at_once.unwrap_or(BLOCK),
        }
    }

    /// For up to so many values, with no places yet.
    pub(super) fn without_places(capacity: usize) -> Buffer<T> {
        Buffer { front: VecDeque::new(), behind: VecDeque::new(), spare: VecDeque::new(), block: capacity }
    }

    /// Makes the places that one without them lacks.
    #[inline]
    pub(super) fn make_places(&mut self) {
        self.front.reserve_exact(self.block - self.front.len());
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        let behind = match self.behind.back() {
            Some(last) => (self.behind.len() - 1) * self.block + last.len(),
            None => 0,
        };
        self.front.len() + behind
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.front.is_empty()
    }

    #[inline]
    pub(super) fn push(&mut self, value: T) {
        if self.behind.is_empty() && self.front.len() < self.block {
            self.front.push_back(value);
        } else {
            self.push_behind(value);
        }
    }

    #[cold]
    fn push_behind(&mut self, value: T) {
        if self.behind.back().is_none_or(|last| last.len() == self.block) {
            let mut next = std::mem::take(&mut self.spare);
            next.reserve_exact(self.block);
            self.behind.push_back(next);
        }
        let last = self.behind.back_mut().expect("one with room");
        last.push_back(value);
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<T> {
        let value = self.front.pop_front();
        if self.front.is_empty()
            && let Some(next) = self.behind.pop_front()
        {
            self.spare = std::mem::replace(&mut self.front, next);
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Buffer};

    fn oldest_first(capacity: Option<usize>, filled: usize) {
        let mut buffer = Buffer::new(capacity);
        let (mut pushed, mut popped) = (0, 0);
        for step in 0..20 * filled {
            for _ in 0..(step % 7 + 1).min(filled - buffer.len()) {
                buffer.push(pushed);
                pushed += 1;
            }
            assert_eq!(buffer.len(), pushed - popped);
            assert_eq!(buffer.is_empty(), pushed == popped);
            for _ in 0..step % 5 {
                if let Some(value) = buffer.pop() {
                    assert_eq!(value, popped);
                    popped += 1;
                }
            }
        }
        while let Some(value) = buffer.pop() {
            assert_eq!(value, popped);
            popped += 1;
        }
        assert_eq!((popped, buffer.len()), (pushed, 0));
    }

    #[test]
    fn values_come_in_the_order_in_which_they_went() {
        oldest_first(Some(1), 1);
        oldest_first(Some(5), 5);
        oldest_first(Some(1024), 1024);
        oldest_first(Some(3 * BLOCK), 3 * BLOCK);
        oldest_first(Some(usize::MAX), 5 * BLOCK + 1);
        oldest_first(None, 1);
        oldest_first(None, 5 * BLOCK + 1);
    }
}
