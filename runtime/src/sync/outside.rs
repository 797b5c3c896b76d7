//! Locks as somebody sees them who has only copied their words (dump).

use super::holder::IS_THREAD;
use super::{mutex_word, once_word, rwlock_word, semaphore_word};

/// What begins every lock: its word, and who has taken it last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    word: usize,
    who: u64,
    since: u64,
}

/// How many words those are.
pub(crate) const WORDS: usize = 3;

/// Who has taken a lock.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Who {
    /// The coroutine with this id.
    Coroutine(u64),
    /// The thread that the kernel knows by this number.
    Thread(u64),
}

impl Words {
    pub(crate) fn new([word, who, since]: [u64; WORDS]) -> Words {
        Words { word: word as usize, who, since }
    }

    /// Who has taken it last, and when by the monotonic clock in nanoseconds; 0: that is not known.
    pub(crate) fn holder(self) -> Option<(Who, u64)> {
        match self.who {
            0 => None,
            thread if thread & IS_THREAD != 0 => Some((Who::Thread(thread & !IS_THREAD), 0)),
            id => Some((Who::Coroutine(id), self.since)),
        }
    }

    /// Of a mutex.
    pub(crate) fn is_locked(self) -> bool {
        self.word & mutex_word::LOCKED != 0
    }

    /// Of what is done once: somebody is at it.
    pub(crate) fn is_being_done(self) -> bool {
        self.word & once_word::STATE == once_word::RUNNING
    }

    /// Of a reader-writer lock: whether a writer is inside, and how many readers.
    pub(crate) fn inside(self) -> (bool, usize) {
        let upgradable = usize::from(self.word & rwlock_word::UPGRADABLE != 0);
        let readers = (self.word & rwlock_word::READERS) / rwlock_word::READER;
        (self.word & rwlock_word::WRITER != 0, readers + upgradable)
    }
}

/// How many permits there are, by the word that counts them.
pub(crate) fn permits(word: u64) -> usize {
    word as usize / semaphore_word::ONE
}
