//! What coroutines wait for, and who could end it.
#![allow(unsafe_code)]

use std::fs;
use std::time::Duration;

use serde::Serialize;

use super::site::Site;
use crate::chan::mark::Side;
use crate::chan::outside::{self as channel, End};
use crate::coroutine::awaits::{Awaited, Awaits};
use crate::coroutine::glimpse::Glimpse;
use crate::sync::outside::{self as lock, Who};
use crate::sys::clock::Nanos;
use crate::sys::{own_memory, peer};
use crate::wait::event::TOLD_OF;

/// What a coroutine waits for.
///
/// Addresses tell which of several locks or channels it is: two that wait for the same one name the same address.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::dump::WaitsFor;
///
/// gopark::run(|| {
///     let waits = gopark::go(gopark::coroutine::park);
///     let id = waits.coroutine().id();
///     // It waits as soon as it has begun.
///     while gopark::dump().coroutine(id).unwrap().waits_for != Some(WaitsFor::Unpark) {
///         gopark::yield_now();
///     }
///     waits.coroutine().unpark();
///     waits.join().unwrap();
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum WaitsFor {
    /// A pause of the runtime's own: over in about a millisecond.
    Pause,
    /// [`unpark`](crate::face::Coroutine::unpark).
    Unpark,
    /// A moment.
    Time {
        /// Until it comes; zero: it has.
        due_in: Duration,
        /// Since it has come; zero: it has not. More than some milliseconds say that a worker does not get round to it.
        overdue_by: Duration,
    },
    /// The end of a coroutine.
    Join {
        /// Its id.
        coroutine: u64,
    },
    /// A call inside [`blocking`](crate::face::blocking).
    Blocking,
    /// Room in a channel, or a receiver.
    Send(Channel),
    /// A value from a channel.
    Receive(Channel),
    /// The first of several, in a `select!`. More than eight are not told.
    Select {
        /// What they are.
        first_of: Vec<WaitsFor>,
    },
    /// A socket that can be read from, or accepted from.
    Readable(Socket),
    /// A socket that can be written to, or that is connected.
    Writable(Socket),
    /// A mutex.
    Mutex(Lock),
    /// A reader-writer lock, as a reader.
    Read(Lock),
    /// A reader-writer lock, as a writer, or as an upgradable reader.
    Write(Lock),
    /// A notification of a condition variable.
    Condvar {
        /// Which one.
        address: u64,
    },
    /// Permits of a semaphore.
    Permits {
        /// Which one.
        address: u64,
        /// How many it has, too few.
        available: usize,
    },
    /// What is done once, and somebody else is at.
    Once(Lock),
    /// A future that wakes it.
    Future,
    /// The end of a [`scope`](crate::face::scope()).
    Scope {
        /// How many of its coroutines are alive.
        alive: usize,
    },
    /// A [`WaitGroup`](crate::face::sync::WaitGroup).
    WaitGroup {
        /// Which one.
        address: u64,
        /// How many shares there are.
        shares: usize,
    },
}

/// A channel.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::dump::WaitsFor;
///
/// gopark::run(|| {
///     let (sender, receiver) = gopark::chan::bounded::<()>(3);
///     let waits = gopark::go(move || receiver.recv());
///     let id = waits.coroutine().id();
///     let channel = loop {
///         gopark::yield_now();
///         if let Some(WaitsFor::Receive(channel)) = &gopark::dump().coroutine(id).unwrap().waits_for {
///             break channel.clone();
///         }
///     };
///     assert_eq!((channel.senders, channel.receivers, channel.capacity), (1, 1, Some(3)));
///     assert!(channel.made_at.file.ends_with(".rs") && !channel.of_clock);
///     drop(sender);
///     assert!(waits.join().unwrap().is_err());
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Channel {
    /// Which one.
    pub address: u64,
    /// How many senders there are.
    pub senders: usize,
    /// How many receivers there are.
    pub receivers: usize,
    /// How many values it can hold; `None`: any number.
    pub capacity: Option<usize>,
    /// The clock sends into it ([`time::after`](crate::face::time::after)).
    pub of_clock: bool,
    /// Where it was made.
    pub made_at: Site,
    /// Its sending and its receiving end, for those who search for their handles.
    #[serde(skip)]
    pub(crate) ends: [End; 2],
}

/// A socket.
///
/// ```
/// use gopark_runtime::face::dump::{Socket, WaitsFor};
///
/// /// To whom a coroutine listens, for a message to an operator.
/// fn listens_to(waits_for: &WaitsFor) -> Option<&str> {
///     match waits_for {
///         WaitsFor::Readable(Socket { peer, .. }) => peer.as_deref(),
///         _ => None,
///     }
/// }
/// assert_eq!(listens_to(&WaitsFor::Unpark), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Socket {
    /// Its file descriptor.
    pub descriptor: i32,
    /// Its own address.
    pub local: Option<String>,
    /// To whom it is connected.
    pub peer: Option<String>,
}

/// A lock, and who has it.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::dump::{Holder, WaitsFor};
/// use std::sync::Arc;
///
/// gopark::run(|| {
///     let mutex = Arc::new(gopark::sync::Mutex::new(()));
///     let held = mutex.lock();
///     let same = mutex.clone();
///     let waits = gopark::go(move || drop(same.lock()));
///     let id = waits.coroutine().id();
///     let holder = loop {
///         gopark::yield_now();
///         if let Some(WaitsFor::Mutex(lock)) = &gopark::dump().coroutine(id).unwrap().waits_for {
///             break lock.holder.clone();
///         }
///     };
///     let me = gopark::coroutine::current().unwrap().id();
///     assert!(matches!(holder, Some(Holder::Coroutine { id, .. }) if id == me));
///     drop(held);
///     waits.join().unwrap();
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Lock {
    /// Which one.
    pub address: u64,
    /// Who holds it; of several readers the one that entered last. `None`: it is free at this moment.
    pub holder: Option<Holder>,
    /// How many readers are inside.
    pub readers: usize,
}

/// Who holds a lock.
///
/// ```
/// use gopark_runtime::face::dump::Holder;
///
/// fn name(holder: &Holder) -> String {
///     match holder {
///         Holder::Coroutine { id, held_for } => format!("coroutine {id}, for {held_for:?}"),
///         Holder::Thread { name: Some(name), .. } => format!("thread {name}"),
///         other => format!("{other:?}"),
///     }
/// }
/// let main = Holder::Thread { number: 1, name: Some("main".to_owned()) };
/// assert_eq!(name(&main), "thread main");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Holder {
    /// A coroutine.
    Coroutine {
        /// Its id.
        id: u64,
        /// For how long.
        held_for: Duration,
    },
    /// A plain thread.
    Thread {
        /// The kernel's number of it.
        number: u64,
        /// Its name.
        name: Option<String>,
    },
}

/// What `glimpse` waits for; `None`: it does not any more, or the kernel does not let us look.
pub(super) fn of(glimpse: &Glimpse, awaits: Awaits, now: Nanos) -> Option<WaitsFor> {
    let object = awaits.object();
    Some(match awaits.kind()? {
        Awaited::Pause => WaitsFor::Pause,
        Awaited::Park => WaitsFor::Unpark,
        Awaited::Time => WaitsFor::Time {
            due_in: Duration::from_nanos(object.saturating_sub(now)),
            overdue_by: Duration::from_nanos(now.saturating_sub(object)),
        },
        Awaited::End if object == 0 => WaitsFor::Blocking,
        Awaited::End => WaitsFor::Join { coroutine: object },
        Awaited::Send => WaitsFor::Send(channel(glimpse, object)?),
        Awaited::Receive => WaitsFor::Receive(channel(glimpse, object)?),
        Awaited::First => WaitsFor::Select { first_of: several(glimpse, object, now)? },
        Awaited::Readable => WaitsFor::Readable(socket_of(object as i32)),
        Awaited::Writable => WaitsFor::Writable(socket_of(object as i32)),
        Awaited::Mutex => WaitsFor::Mutex(locked(object, now, |words| (words.is_locked(), 0))?),
        Awaited::Read => WaitsFor::Read(locked(object, now, lock::Words::inside)?),
        Awaited::Upgradable | Awaited::Write => WaitsFor::Write(locked(object, now, lock::Words::inside)?),
        Awaited::Condition => WaitsFor::Condvar { address: object },
        Awaited::Permits => {
            let [word] = own_memory::read_words(object)?;
            WaitsFor::Permits { address: object, available: lock::permits(word) }
        }
        Awaited::Once => WaitsFor::Once(locked(object, now, |words| (words.is_being_done(), 0))?),
        Awaited::Future => WaitsFor::Future,
        Awaited::Children => WaitsFor::Scope { alive: count(object)? },
        Awaited::Group => WaitsFor::WaitGroup { address: object, shares: count(object)? },
    })
}

/// What stands in a counter.
fn count(address: u64) -> Option<usize> {
    own_memory::read_words(address).map(|[count]| count as usize)
}

/// The slice that event.rs has laid down: up to [`TOLD_OF`] words, and how many events there are.
fn several(glimpse: &Glimpse, address: u64, now: Nanos) -> Option<Vec<WaitsFor>> {
    let words: [u64; TOLD_OF + 1] = own_memory::read_words(address)?;
    let [words @ .., count] = words;
    // Their objects are looked at, and the words must be whole before.
    if !glimpse.has_stood() {
        return None;
    }
    words.iter().take(count as usize).map(|word| of(glimpse, Awaits::from_bits(*word), now)).collect()
}

fn channel(glimpse: &Glimpse, address: u64) -> Option<Channel> {
    let words = own_memory::read_words(address)?;
    // It has waited for the channel all the time, so there was one.
    if !glimpse.has_stood() {
        return None;
    }
    // SAFETY: who waits for a channel borrows it, and by the check above it has waited until after these were read.
    let words = unsafe { channel::Words::new(words) };
    let ends = [Side::Sender, Side::Receiver].map(|side| words.end(side));
    let [senders, receivers] = ends.map(|end| end.census.many());
    Some(Channel {
        address,
        senders,
        receivers,
        capacity: words.capacity(),
        of_clock: words.has_clock(),
        made_at: Site::of(words.made_at()),
        ends,
    })
}

pub(super) fn socket_of(descriptor: i32) -> Socket {
    let (local, peer) = peer::names(descriptor);
    Socket { descriptor, local, peer }
}

fn locked(address: u64, now: Nanos, inside: impl Fn(lock::Words) -> (bool, usize)) -> Option<Lock> {
    let words = lock::Words::new(own_memory::read_words(address)?);
    let (is_taken, readers) = inside(words);
    let holder = words.holder().filter(|_| is_taken || readers > 0).map(|(who, since)| match who {
        Who::Coroutine(id) => {
            Holder::Coroutine { id, held_for: Duration::from_nanos(now.saturating_sub(since)) }
        }
        Who::Thread(number) => Holder::Thread { number, name: thread_name(number) },
    });
    Some(Lock { address, holder, readers })
}

fn thread_name(number: u64) -> Option<String> {
    let name = fs::read_to_string(format!("/proc/self/task/{number}/comm")).ok()?;
    Some(name.trim_end().to_owned())
}
