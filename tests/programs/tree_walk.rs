//! A walk through a tree of folders, as `du` in Go: a coroutine for each folder, so many at work at once.

use crate::everywhere::everywhere;
use gopark::chan::{Receiver, Sender, bounded, unbounded};
use gopark::{coroutine::Scope, scope, yield_now};
use std::sync::atomic::{AtomicUsize, Ordering};

/// At work at once.
const BOUND: usize = 20;

const DEPTH: u32 = 6;

/// A folder that is known by its number: what lies in it follows from that.
#[derive(Clone, Copy)]
struct Folder {
    number: u64,
    depth: u32,
}

impl Folder {
    const ROOT: Folder = Folder { number: 1, depth: DEPTH };

    fn folders(self) -> impl Iterator<Item = Folder> {
        let count = if self.depth == 0 { 0 } else { 1 + self.number % 5 };
        (0..count).map(move |i| Folder { number: 7 * self.number + i, depth: self.depth - 1 })
    }

    fn size(self) -> u64 {
        self.number % 1000
    }

    /// Folders and bytes, one after the other.
    fn total(self) -> (u64, u64) {
        let add = |sum: (u64, u64), (folders, bytes)| (sum.0 + folders, sum.1 + bytes);
        self.folders().map(Folder::total).fold((1, self.size()), add)
    }
}

/// What all walkers share.
struct Walk {
    /// Places for those at work: full is full.
    enter: Sender<()>,
    leave: Receiver<()>,
    at_work: AtomicUsize,
    most: AtomicUsize,
}

impl Walk {
    fn new() -> Walk {
        let (enter, leave) = bounded(BOUND);
        Walk { enter, leave, at_work: AtomicUsize::new(0), most: AtomicUsize::new(0) }
    }

    /// "Reads" a folder, with a place.
    fn read(&self, folder: Folder) -> (u64, Vec<Folder>) {
        self.enter.send(()).expect("there will be a place");
        let at_work = 1 + self.at_work.fetch_add(1, Ordering::SeqCst);
        self.most.fetch_max(at_work, Ordering::SeqCst);
        yield_now();
        let found = (folder.size(), folder.folders().collect());
        self.at_work.fetch_sub(1, Ordering::SeqCst);
        self.leave.recv().expect("one's own place");
        found
    }
}

fn walk<'scope>(s: &'scope Scope<'scope, '_>, walk_: &'scope Walk, folder: Folder, sizes: Sender<u64>) {
    let (size, folders) = walk_.read(folder);
    sizes.send(size).expect("they are added up");
    for below in folders {
        let sizes = sizes.clone();
        s.go(move || walk(s, walk_, below, sizes));
    }
}

#[test]
fn the_sum_is_right_and_the_bound_holds() {
    everywhere(|| {
        for channel in [|| bounded(0), || bounded(100), unbounded] {
            let shared = Walk::new();
            let (count, bytes) = scope(|s| {
                let (sizes, found): (_, Receiver<u64>) = channel();
                let shared = &shared;
                s.go(move || walk(s, shared, Folder::ROOT, sizes));
                found.iter().fold((0, 0), |(count, bytes), size| (count + 1, bytes + size))
            });
            assert_eq!((count, bytes), Folder::ROOT.total());
            assert!(count > 500, "a tree of {count} folders is no test");
            let most = shared.most.into_inner();
            assert!((2..=BOUND).contains(&most), "{most} at work at once");
            assert!(shared.leave.is_empty());
        }
    });
}
