//! What the probes want of a library beyond what is measured.

use std::sync::atomic::{AtomicU32, Ordering};

use gopark_peers::library::Library;
use gopark_peers::peers::go_lib::GoLib;
use gopark_peers::peers::gopark::{Homed, Migrating};
use gopark_peers::peers::may::{May, Receives};

/// A library that is probed.
pub trait Probed: Library {
    /// A select over both. Each arm that runs tells `arms`.
    fn select_two(ends: &[Self::Receiver<u32>; 2], arms: &Arms);

    /// Takes one without waiting for it.
    fn try_receive(end: &Self::Receiver<u32>) -> Option<u32>;

    /// `None`: it has ended without a result, and the library says so.
    fn try_join(task: Self::Task<u32>) -> Option<u32>;
}

/// What the arms of one select have done.
#[derive(Default)]
pub struct Arms {
    ran: [AtomicU32; 2],
    messages: AtomicU32,
}

impl Arms {
    fn ran(&self, arm: usize, message: Option<u32>) {
        self.ran[arm].fetch_add(1, Ordering::SeqCst);
        self.messages.fetch_add(u32::from(message.is_some()), Ordering::SeqCst);
    }

    /// How many have run.
    pub fn many(&self) -> u32 {
        self.ran.iter().map(|ran| ran.load(Ordering::SeqCst)).sum()
    }

    /// How many messages these were given.
    pub fn messages(&self) -> u32 {
        self.messages.load(Ordering::SeqCst)
    }
}

/// The same under both policies.
macro_rules! probed {
    ($policy:ty) => {
        impl Probed for $policy {
            fn select_two([a, b]: &[Self::Receiver<u32>; 2], arms: &Arms) {
                gopark::select! {
                    recv(a) -> value => arms.ran(0, value.ok()),
                    recv(b) -> value => arms.ran(1, value.ok()),
                }
            }

            fn try_receive(end: &Self::Receiver<u32>) -> Option<u32> {
                end.try_recv().ok()
            }

            fn try_join(task: Self::Task<u32>) -> Option<u32> {
                task.join().ok()
            }
        }
    };
}

probed!(Homed);
probed!(Migrating);

impl Probed for May {
    fn select_two([a, b]: &[Receives<u32>; 2], arms: &Arms) {
        let (Receives::One(a), Receives::One(b)) = (a, b) else { unreachable!("these have one receiver") };
        may::select!(
            value = a.recv() => arms.ran(0, value.ok()),
            value = b.recv() => arms.ran(1, value.ok())
        );
    }

    fn try_receive(end: &Receives<u32>) -> Option<u32> {
        match end {
            Receives::One(end) => end.try_recv().ok(),
            Receives::Many(end) => end.try_recv().ok(),
        }
    }

    fn try_join(task: Self::Task<u32>) -> Option<u32> {
        task.join().ok()
    }
}

impl Probed for GoLib {
    fn select_two([a, b]: &[Self::Receiver<u32>; 2], arms: &Arms) {
        go_lib::select! {
            recv(a) -> value => { arms.ran(0, value) }
            recv(b) -> value => { arms.ran(1, value) }
        }
    }

    fn try_receive(end: &Self::Receiver<u32>) -> Option<u32> {
        end.try_recv().flatten()
    }

    fn try_join(task: Self::Task<u32>) -> Option<u32> {
        task.recv()
    }
}
