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

/// The stretches of `range`, which begins and ends with pages, that hold something. Reading the others would only find zeros.
/// All of it, if the kernel does not tell.
pub(crate) fn filled(range: Range<u64>) -> Vec<Range<u64>> {
    let Ok(map) = File::open("/proc/self/pagemap") else { return vec![range] };
    let mut filled: Vec<Range<u64>> = Vec::new();
    let mut entries = vec![0; AT_A_TIME * size_of::<u64>()];
    let page = PAGE as u64;
    let mut at = range.start;
    while at < range.end {
        let wanted = AT_A_TIME.min(((range.end - at) / page) as usize) * size_of::<u64>();
        if map.read_exact_at(&mut entries[..wanted], at / page * size_of::<u64>() as u64).is_err() {
            return vec![range];
        }
        for entry in entries[..wanted].chunks_exact(size_of::<u64>()) {
            if u64::from_ne_bytes(entry.try_into().expect("as many bytes")) & HOLDS_SOMETHING != 0 {
                match filled.last_mut() {
                    Some(last) if last.end == at => last.end += page,
                    _ => filled.push(at..at + page),
                }
            }
            at += page;
        }
    }
    filled
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
        let found = filled(range.clone());
        assert!(found.iter().any(|found| found.contains(&page) && found.contains(&(page + PAGE as u64))));
        let is_data = |mapping: &Mapping| mapping.is_data && mapping.range.contains(&range.start);
        assert!(all().iter().any(is_data), "it is mapped");
    }
}
