//! Lines in the order of their times, however many there are: sorted in memory as far as they have room there, else in
//! runs that lie in a file and are merged in the end.
//!
//! An interval is known when it ends and stands where it began, so what is written does not come in order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::mem;
use std::path::PathBuf;

use crate::sys::clock::Nanos;

/// Bytes of lines in memory.
const ROOM: usize = 64 << 20;

/// Lines that are being collected.
pub(super) struct Sorted {
    /// Where the runs lie.
    folder: PathBuf,
    room: usize,
    bytes: Vec<u8>,
    /// Where the lines are in `bytes`, with their times.
    lines: Vec<(Nanos, usize, usize)>,
    runs: Vec<BufReader<File>>,
}

impl Sorted {
    pub(super) fn new(folder: PathBuf) -> Sorted {
        Sorted::with_room(folder, ROOM)
    }

    fn with_room(folder: PathBuf, room: usize) -> Sorted {
        Sorted { folder, room, bytes: Vec::new(), lines: Vec::new(), runs: Vec::new() }
    }

    /// Adds what `line` writes, which has no line feed in it. Of lines with the same time, the one that was added first
    /// stays first.
    pub(super) fn add(
        &mut self,
        time: Nanos,
        line: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        let begin = self.bytes.len();
        line(&mut self.bytes)?;
        self.lines.push((time, begin, self.bytes.len()));
        if self.bytes.len() >= self.room { self.end_run() } else { Ok(()) }
    }

    fn end_run(&mut self) -> io::Result<()> {
        let mut file = BufWriter::new(tempfile::tempfile_in(&self.folder)?);
        self.lines.sort_by_key(|(time, ..)| *time);
        for (time, begin, end) in self.lines.drain(..) {
            write!(file, "{time:020}")?;
            file.write_all(&self.bytes[begin..end])?;
            file.write_all(b"\n")?;
        }
        self.bytes.clear();
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.runs.push(BufReader::new(file));
        Ok(())
    }

    /// Calls `tell` with all of them.
    pub(super) fn finish(mut self, mut tell: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        if self.runs.is_empty() {
            self.lines.sort_by_key(|(time, ..)| *time);
            return self.lines.iter().try_for_each(|(_, begin, end)| tell(&self.bytes[*begin..*end]));
        }
        self.end_run()?;
        // A line begins with its time, in as many digits as any has. Earlier runs go first.
        let mut heads = BinaryHeap::new();
        for (run, file) in self.runs.iter_mut().enumerate() {
            heads.extend(next_line(file)?.map(|line| Reverse((line[..20].to_vec(), run, line))));
        }
        while let Some(Reverse((_, run, line))) = heads.pop() {
            tell(&line[20..])?;
            heads.extend(
                next_line(&mut self.runs[run])?.map(|line| Reverse((line[..20].to_vec(), run, line))),
            );
        }
        Ok(())
    }
}

fn next_line(file: &mut BufReader<File>) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    file.read_until(b'\n', &mut line)?;
    Ok(line.pop().is_some().then(|| mem::take(&mut line)))
}

#[cfg(test)]
mod tests {
    use super::Sorted;
    use std::io::Write;

    #[test]
    fn in_memory_and_in_runs() {
        for room in [1 << 20, 100, 1] {
            let mut sorted = Sorted::with_room(std::env::temp_dir(), room);
            for number in 0..100_u64 {
                let time = number * 37 % 50;
                let line = format!("{time} {number}");
                sorted.add(time, |bytes| bytes.write_all(line.as_bytes())).unwrap();
            }
            let mut told = Vec::new();
            let mut tell = |line: &[u8]| {
                let line = std::str::from_utf8(line).unwrap();
                let (time, number) = line.split_once(' ').unwrap();
                told.push((time.parse::<u64>().unwrap(), number.parse::<u64>().unwrap()));
                Ok(())
            };
            sorted.finish(&mut tell).unwrap();
            assert_eq!(told.len(), 100);
            assert!(told.is_sorted(), "with room for {room}: {told:?}");
        }
    }
}
