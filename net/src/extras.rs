//! What few sockets have: it is no part of a connection until it is needed.

use std::io::IoSliceMut;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use gopark_runtime::io::{Deadline, Direction, Source};

/// The extras of one socket, once it has any.
#[derive(Default)]
pub(crate) struct Extras(OnceLock<Box<Inner>>);

struct Inner {
    read_deadline: Deadline,
    write_deadline: Deadline,
    /// Whether there are bytes below. Changed under their lock; who looks without it may miss what is just given back.
    has_unread: AtomicBool,
    unread: Mutex<Vec<u8>>,
    #[cfg(feature = "futures-io")]
    watchers: [crate::watcher::Watcher; 2],
}

impl Extras {
    /// The deadline of one direction, if any was ever set.
    #[inline]
    pub(crate) fn deadline(&self, direction: Direction) -> Option<&Deadline> {
        self.0.get().map(|inner| inner.deadline(direction))
    }

    /// Sets that of one direction of `source`, and wakes who waits if it becomes earlier.
    pub(crate) fn set_deadline(&self, source: &Source, direction: Direction, to: Option<Instant>) {
        if to.is_some() || self.0.get().is_some() {
            source.change_deadline(direction, self.get().deadline(direction), to);
        }
    }

    /// Takes back bytes that were read from the socket, but came to nothing. They are the next to be read.
    pub(crate) fn give_back(&self, bytes: &[u8]) {
        self.get().change_unread(|unread| drop(unread.splice(..0, bytes.iter().copied())));
    }

    /// Whether there are bytes that were given back.
    #[inline]
    pub(crate) fn has_unread(&self) -> bool {
        self.0.get().is_some_and(|inner| inner.has_unread.load(Relaxed))
    }

    /// Fills `bufs` with bytes that were given back, and keeps them if this `peeks`. `None`: there are none.
    #[cold]
    pub(crate) fn read_unread(&self, bufs: &mut [IoSliceMut<'_>], peeks: bool) -> Option<usize> {
        self.0.get()?.change_unread(|unread| {
            let mut count = 0;
            for buf in bufs {
                let part = buf.len().min(unread.len() - count);
                buf[..part].copy_from_slice(&unread[count..count + part]);
                count += part;
            }
            if !peeks {
                unread.drain(..count);
            }
            (count > 0).then_some(count)
        })
    }

    /// Takes all that was given back.
    pub(crate) fn take_unread(&self) -> Vec<u8> {
        self.0.get().map_or_else(Vec::new, |inner| inner.change_unread(std::mem::take))
    }

    /// Wakes `waker` when `source` is ready, or the deadline has passed.
    #[cfg(feature = "futures-io")]
    pub(crate) fn wake_when_ready(&self, source: &Source, direction: Direction, waker: std::task::Waker) {
        let inner = self.get();
        let watcher = &inner.watchers[usize::from(direction == Direction::Write)];
        watcher.wake_when_ready(source, direction, Some(inner.deadline(direction)), waker);
    }

    fn get(&self) -> &Inner {
        self.0.get_or_init(|| {
            Box::new(Inner {
                read_deadline: Deadline::new(),
                write_deadline: Deadline::new(),
                has_unread: AtomicBool::new(false),
                unread: Mutex::default(),
                #[cfg(feature = "futures-io")]
                watchers: Default::default(),
            })
        })
    }
}

impl Inner {
    fn deadline(&self, direction: Direction) -> &Deadline {
        match direction {
            Direction::Read => &self.read_deadline,
            Direction::Write => &self.write_deadline,
        }
    }

    fn change_unread<R>(&self, change: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        let mut unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        let result = change(&mut unread);
        self.has_unread.store(!unread.is_empty(), Relaxed);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(extras: &Extras, len: usize, peeks: bool) -> Option<Vec<u8>> {
        let mut buf = vec![0; len];
        let count = extras.read_unread(&mut [IoSliceMut::new(&mut buf)], peeks)?;
        buf.truncate(count);
        Some(buf)
    }

    #[test]
    fn the_last_given_back_is_read_first() {
        let extras = Extras::default();
        assert!(!extras.has_unread());
        extras.give_back(b"later");
        extras.give_back(b"first, ");
        assert_eq!(read(&extras, 3, true).unwrap(), b"fir");
        assert_eq!(read(&extras, 7, false).unwrap(), b"first, ");
        assert!(extras.has_unread());
        assert_eq!(read(&extras, 100, false).unwrap(), b"later");
        assert!(!extras.has_unread());
        assert_eq!(read(&extras, 1, false), None);
    }

    #[test]
    fn many_buffers_are_filled_in_order() {
        let extras = Extras::default();
        extras.give_back(b"abcde");
        let (mut a, mut b, mut c) = ([0; 2], [0; 0], [0; 9]);
        let mut bufs = [&mut a[..], &mut b[..], &mut c[..]].map(IoSliceMut::new);
        assert_eq!(extras.read_unread(&mut bufs, false), Some(5));
        assert_eq!((&a[..], &c[..3]), (&b"ab"[..], &b"cde"[..]));
    }
}
