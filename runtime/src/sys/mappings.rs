//! What is mapped into this process, as the kernel tells it: see proc_pid_maps(5) and proc_pid_pagemap(5).

use std::fs::{self, File};
use std::ops::Range;
use std::os::unix::fs::FileExt;

use super::memory::PAGE;

/// A stretch of addresses with one use.
#[derive(Clone, Debug)]
pub(crate) struct Mapping {
    pub(crate) range: Range<u64>,
    /// It can be read and written.
    pub(crate) is_data: bool,
    /// Where it begins in its file.
    pub(crate) offset: u64,
    /// Its file.
    pub(crate) path: Option<String>,
}

/// All of them; none, if the kernel does not tell.
pub(crate) fn all() -> Vec<Mapping> {
    fs::read_to_string("/proc/self/maps").unwrap_or_default().lines().filter_map(parse).collect()
}

fn parse(line: &str) -> Option<Mapping> {
    let mut fields = line.split_ascii_whitespace();
    let (range, rights, offset) = (fields.next()?, fields.next()?, fields.next()?);
    let (begin, end) = range.split_once('-')?;
    let hex = |text| u64::from_str_radix(text, 16).ok();
    Some(Mapping {
        range: hex(begin)?..hex(end)?,
        is_data: rights.starts_with("rw"),
        offset: hex(offset)?,
        path: line.find('/').map(|at| line[at..].to_owned()),
    })
}

/// Pages that are asked about at a time.
const AT_A_TIME: usize = 4096;

/// Of a page's entry: it is in memory; it is swapped out.
const HOLDS_SOMETHING: u64 = 1 << 63 | 1 << 62;

/// Which pages hold something.
pub(crate) struct PageMap {
    /// `None`: the kernel does not tell.
    file: Option<File>,
    entries: Box<[u8]>,
}

impl PageMap {
    pub(crate) fn open() -> PageMap {
        let entries = vec![0; AT_A_TIME * size_of::<u64>()].into_boxed_slice();
        PageMap { file: File::open("/proc/self/pagemap").ok(), entries }
    }

    /// The stretches of `range`, which begins and ends with pages, that are in memory or swapped out. The others, of memory
    /// that has no file, would only read as zeros. All of it, if the kernel does not tell.
    pub(crate) fn filled(&mut self, range: Range<u64>) -> Vec<Range<u64>> {
        self.look(range.clone()).unwrap_or_else(|| vec![range])
    }

    fn look(&mut self, range: Range<u64>) -> Option<Vec<Range<u64>>> {
        let page = PAGE as u64;
        let mut filled: Vec<Range<u64>> = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let wanted = AT_A_TIME.min(((range.end - at) / page) as usize) * size_of::<u64>();
            let entries = &mut self.entries[..wanted];
            self.file.as_ref()?.read_exact_at(entries, at / page * size_of::<u64>() as u64).ok()?;
            for entry in entries.chunks_exact(size_of::<u64>()) {
                if u64::from_ne_bytes(entry.try_into().ok()?) & HOLDS_SOMETHING != 0 {
                    match filled.last_mut() {
                        Some(last) if last.end == at => last.end += page,
                        _ => filled.push(at..at + page),
                    }
                }
                at += page;
            }
        }
        Some(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_found_among_what_was_not() {
        let many = 2 * AT_A_TIME;
        let mut bytes: Vec<u8> = Vec::with_capacity(many * PAGE);
        let begin = bytes.as_ptr().addr().next_multiple_of(PAGE);
        let written = begin - bytes.as_ptr().addr() + (AT_A_TIME - 1) * PAGE;
        bytes.spare_capacity_mut()[written].write(1);
        bytes.spare_capacity_mut()[written + PAGE].write(1);
        let range = begin as u64..(begin + (many - 1) * PAGE) as u64;
        let page = (begin + (AT_A_TIME - 1) * PAGE) as u64;
        let found = PageMap::open().filled(range.clone());
        assert!(found.iter().any(|found| found.contains(&page) && found.contains(&(page + PAGE as u64))));
        let is_data = |mapping: &Mapping| mapping.is_data && mapping.range.contains(&range.start);
        assert!(all().iter().any(is_data), "it is mapped");
    }
}
