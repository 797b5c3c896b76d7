//! Walking a stack that nobody stands on, from the registers that were saved there.
//!
//! The unwinding rules are those that the compiler has written for exceptions (`.eh_frame`), read from the files of the
//! program and its libraries once. Stacks are read through the kernel (sys/own_memory.rs), so a stack that is not what it
//! seems gives a wrong list of addresses at worst.

use std::collections::HashMap;
use std::fs::File;
use std::mem;
use std::ops::Range;

use framehop::{ExplicitModuleSectionInfo, FrameAddress, Module, Unwinder as _};
use object::read::{Object, ObjectSection, ReadCache};
use parking_lot::Mutex;

use super::snapshot::{self, Snapshot};
use crate::coroutine::entry::Entry;
use crate::coroutine::record::Record;
use crate::stack::slot_at;
use crate::sys::registers::Registers;
use crate::sys::{mappings, own_memory, thread_state};

#[cfg(target_arch = "x86_64")]
use framehop::x86_64::{CacheX86_64 as Cache, UnwindRegsX86_64 as Regs, UnwinderX86_64 as Rules};

#[cfg(target_arch = "aarch64")]
use framehop::aarch64::{CacheAarch64 as Cache, UnwindRegsAarch64 as Regs, UnwinderAarch64 as Rules};

/// Frames of one stack, and no more.
const DEEPEST: usize = 256;

/// Bytes that are read at a time: a stack that waits has less, mostly.
const WINDOW: usize = 2048;

/// The rules, and what was found of them lately.
pub(super) struct Walker {
    loaded: Loaded,
    rules: Rules<Vec<u8>>,
    cache: Box<Cache>,
    window: Window,
}

/// A stretch of the stack, as it was when it was read.
struct Window {
    begin: u64,
    bytes: Box<[u8]>,
    len: usize,
    /// It is all there is: the stack itself has changed since.
    is_copy: bool,
}

/// Where the files lie that code was loaded from.
type Loaded = HashMap<String, Vec<(Range<u64>, u64)>>;

/// That of the last dump, for the next one.
static KEPT: Mutex<Option<Walker>> = Mutex::new(None);

impl Walker {
    /// The one that was kept, if nothing was loaded since. Else it reads the unwinding rules of everything that is: some
    /// milliseconds, in programs that are not optimised a hundred times as long.
    pub(super) fn take() -> Walker {
        let loaded = loaded_files();
        let kept = KEPT.lock().take();
        kept.filter(|walker| walker.loaded == loaded).unwrap_or_else(|| Walker::new(loaded))
    }

    /// For the next one who needs it: some megabytes.
    pub(super) fn keep(mut self) {
        own_memory::wipe(&mut self.window.bytes);
        *KEPT.lock() = Some(self);
    }

    fn new(loaded: Loaded) -> Walker {
        let mut rules = Rules::new();
        for (path, ranges) in &loaded {
            if let Some(module) = module(path, ranges) {
                rules.add_module(module);
            }
        }
        let window = Window { begin: 0, bytes: vec![0; WINDOW].into_boxed_slice(), len: 0, is_copy: false };
        Walker { loaded, rules, cache: Box::new(Cache::new()), window }
    }

    /// The addresses at which the frames stand that lie on stacks of coroutines, the innermost first; each but the first
    /// is a return address.
    pub(super) fn walk(&mut self, from: Registers) -> Vec<u64> {
        self.window.len = 0;
        // The frame that suspends has called others, so on aarch64 its link register is on its stack.
        self.walk_from(from, 0)
    }

    /// The same for a coroutine that runs on a thread; `None`: it does not stand there any more.
    pub(super) fn walk_running(&mut self, coroutine: &'static Entry, thread: i32) -> Option<Vec<u64>> {
        if thread == thread_state::own_number() {
            return Some(self.walk(Registers::now()));
        }
        let snapshot = snapshot::take(thread)?;
        let is_there = Record::stands_on(coroutine, snapshot.at.registers.stack_pointer);
        is_there.then(|| self.walk_copy(snapshot))
    }

    fn walk_copy(&mut self, of: Snapshot) -> Vec<u64> {
        let from = of.at.registers;
        let (begin, bytes) = (from.stack_pointer as u64, of.stack.into_boxed_slice());
        let copy = Window { begin, len: bytes.len(), bytes, is_copy: true };
        let live = mem::replace(&mut self.window, copy);
        let found = self.walk_from(from, of.at.link);
        self.window = live;
        found
    }

    fn walk_from(&mut self, from: Registers, link: usize) -> Vec<u64> {
        let mut address = FrameAddress::from_instruction_pointer(from.instruction as u64);
        let mut registers = registers(from, link);
        let mut found = Vec::with_capacity(16);
        while found.len() < DEEPEST && slot_at(registers.sp() as usize).is_some() {
            // Of a return address the call is meant, which lies before it.
            found.push(address.address_for_lookup());
            let window = &mut self.window;
            let mut read = |at| window.word(at).ok_or(());
            let caller = self.rules.unwind_frame(address, &mut registers, &mut self.cache, &mut read);
            let caller = caller.ok().flatten().or_else(|| self.leave_borrowed_stack(&mut registers));
            match caller.and_then(FrameAddress::from_return_address) {
                Some(caller) => address = caller,
                None => break,
            }
        }
        found
    }

    /// The return address of the first frame of a stack that `grow` has borrowed: its frame pointer points to the frame
    /// that has borrowed it. The rules say so too, but their reader refuses callers at lower addresses.
    fn leave_borrowed_stack(&mut self, registers: &mut Regs) -> Option<u64> {
        let frame = frame_pointer(registers);
        let (here, there) = (slot_at(registers.sp() as usize)?, slot_at(frame as usize)?);
        if here == there {
            return None;
        }
        let (callers, returns_to) = (self.window.word(frame)?, self.window.word(frame + 8)?);
        let caller = Registers {
            stack_pointer: frame as usize + 16,
            frame_pointer: callers as usize,
            instruction: returns_to as usize,
        };
        *registers = self::registers(caller, 0);
        Some(returns_to)
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        own_memory::wipe(&mut self.bytes);
    }
}

impl Window {
    fn word(&mut self, at: u64) -> Option<u64> {
        let offset = at.wrapping_sub(self.begin);
        if offset.saturating_add(8) > self.len as u64 {
            if self.is_copy {
                return None;
            }
            self.begin = at;
            self.len = own_memory::read(at, &mut self.bytes);
            return self.bytes[..self.len].first_chunk().copied().map(u64::from_ne_bytes);
        }
        self.bytes[offset as usize..].first_chunk().copied().map(u64::from_ne_bytes)
    }
}

#[cfg(target_arch = "x86_64")]
fn frame_pointer(of: &Regs) -> u64 {
    of.bp()
}

#[cfg(target_arch = "aarch64")]
fn frame_pointer(of: &Regs) -> u64 {
    of.fp()
}

#[cfg(target_arch = "x86_64")]
fn registers(from: Registers, _: usize) -> Regs {
    Regs::new(from.instruction as u64, from.stack_pointer as u64, from.frame_pointer as u64)
}

#[cfg(target_arch = "aarch64")]
fn registers(from: Registers, link: usize) -> Regs {
    Regs::new(link as u64, from.stack_pointer as u64, from.frame_pointer as u64)
}

/// The files that code was loaded from, each with the addresses at which it lies and the place in the file
/// (proc_pid_maps(5)).
fn loaded_files() -> Loaded {
    let mut files = Loaded::new();
    for mapping in mappings::all() {
        if let Some(path) = mapping.path {
            files.entry(path).or_default().push((mapping.range, mapping.offset));
        }
    }
    files
}

fn module(path: &str, ranges: &[(Range<u64>, u64)]) -> Option<Module<Vec<u8>>> {
    let cache = ReadCache::new(File::open(path).ok()?);
    let file = object::File::parse(&cache).ok()?;
    let begin = ranges.iter().map(|(range, _)| range.start).min()?;
    let end = ranges.iter().map(|(range, _)| range.end).max()?;
    let base_svma = file.relative_address_base();
    // Where the beginning of the file lies: what the linker has called `base_svma`.
    let base = ranges.iter().find(|(_, offset)| *offset == 0).map_or(begin, |(range, _)| range.start);
    let range_of = |name| {
        let section = file.section_by_name(name)?;
        Some(section.address()..section.address() + section.size())
    };
    let bytes_of = |name| Some(file.section_by_name(name)?.data().ok()?.to_vec());
    let sections = ExplicitModuleSectionInfo {
        base_svma,
        text_svma: range_of(".text"),
        eh_frame_svma: range_of(".eh_frame"),
        eh_frame: bytes_of(".eh_frame"),
        eh_frame_hdr_svma: range_of(".eh_frame_hdr"),
        eh_frame_hdr: bytes_of(".eh_frame_hdr"),
        ..ExplicitModuleSectionInfo::default()
    };
    Some(Module::new(path.to_owned(), begin..end, base, sections))
}
