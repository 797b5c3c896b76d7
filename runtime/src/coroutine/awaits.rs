//! What a coroutine waits for, in one word that it leaves behind when it leaves its stack: for those who look at it from
//! outside (dump). Costs one store to a line that is written anyway.

/// Whether the wait has a deadline, in the uppermost bit; the kind of thing, in the next 7; and which one, in the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Awaits(u64);

/// What can be waited for. Behind each: which one, as the word tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Awaited {
    /// Nothing yet, or a pause of the runtime's own.
    Pause,
    /// A token.
    Park,
    /// A moment, by the monotonic clock in nanoseconds.
    Time,
    /// The end of the coroutine with this id; 0: of a call on a helper thread.
    End,
    /// Room in the channel with its `Ends` at this address.
    Send,
    /// A value from it.
    Receive,
    /// The first of several: the address of a slice of these words, which lies on the stack of who waits.
    First,
    /// A file descriptor, to read from it.
    Readable,
    /// The same, to write to it.
    Writable,
    /// A mutex, by its `Holder`.
    Mutex,
    /// A reader-writer lock, for reading, by its `Holder`.
    Read,
    /// The same, to look and maybe write.
    Upgradable,
    /// The same, for writing.
    Write,
    /// To be told: the address of the condition variable.
    Condition,
    /// Permits: the address of their count.
    Permits,
    /// What is done once, by its `Holder`.
    Once,
    /// A task that is to be polled.
    Future,
    /// The ends of those in a scope: the address of their number.
    Children,
    /// The others of a group: the same.
    Group,
}

impl Awaited {
    const ALL: [Awaited; 19] = {
        use Awaited::*;
        [
            Pause, Park, Time, End, Send, Receive, First, Readable, Writable, Mutex, Read, Upgradable, Write,
            Condition, Permits, Once, Future, Children, Group,
        ]
    };
}

const OBJECT_BITS: u32 = 56;

const TIMED: u64 = 1 << 63;

impl Awaits {
    /// Nothing that has a name.
    pub(crate) const PAUSE: Awaits = Awaits::new(Awaited::Pause, 0);

    #[inline]
    pub(crate) const fn new(kind: Awaited, object: u64) -> Awaits {
        // Addresses of user space, descriptors, ids and the nanoseconds of two years of uptime have no more bits.
        Awaits((kind as u64) << OBJECT_BITS | object & ((1 << OBJECT_BITS) - 1))
    }

    /// What lies at the place of `object`.
    #[inline]
    pub(crate) fn at<T>(kind: Awaited, object: *const T) -> Awaits {
        Awaits::new(kind, object.addr() as u64)
    }

    /// As somebody else has read it from where one of these lay.
    pub(crate) fn from_bits(bits: u64) -> Awaits {
        Awaits(bits)
    }

    /// `None`: these bits are none of ours.
    pub(crate) fn kind(self) -> Option<Awaited> {
        let bits = (self.0 & !TIMED) >> OBJECT_BITS;
        Awaited::ALL.into_iter().find(|kind| *kind as u64 == bits)
    }

    /// The same, for a while at most.
    #[inline]
    pub(crate) fn timed(self) -> Awaits {
        Awaits(self.0 | TIMED)
    }

    /// Whether the wait ends at some time, whatever happens.
    pub(crate) fn is_timed(self) -> bool {
        self.0 & TIMED != 0
    }

    #[inline]
    pub(crate) fn object(self) -> u64 {
        self.0 & ((1 << OBJECT_BITS) - 1)
    }
}
