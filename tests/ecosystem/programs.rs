//! Programs of others, as peers, and the files that they want.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::{env, io};

/// Where the program is; if nowhere on PATH, the test says that it is skipped.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    if found.is_none() {
        println!("skipped: no {name} on PATH");
    }
    found
}

/// A program that runs until it ends or this is dropped, and no longer than the test.
pub(crate) struct Running(Child);

impl Running {
    /// With its input and its output in our hands.
    pub(crate) fn start(program: &Path, arguments: &[&dyn AsRef<OsStr>]) -> Running {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // A test that hangs drops nothing. The signal comes when this worker thread ends.
        // SAFETY: this option takes no pointers.
        let ends_with_us = || match unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        };
        // SAFETY: between fork and exec it makes one system call, and neither allocates nor locks.
        unsafe { command.pre_exec(ends_with_us) };
        Running(command.spawn().unwrap())
    }

    /// Says this to it, and nothing more. There is room for little in a pipe.
    pub(crate) fn hears(&mut self, text: &str) {
        io::Write::write_all(&mut self.0.stdin.take().unwrap(), text.as_bytes()).unwrap();
    }

    /// The first line of its output that begins like this, and what reads the rest. A pipe blocks, hence `blocking`.
    pub(crate) fn says(&mut self, begin: &str) -> (String, BufReader<ChildStdout>) {
        let mut output = BufReader::new(self.0.stdout.take().unwrap());
        gopark::blocking(move || {
            let mut line = String::new();
            while !line.starts_with(begin) {
                line.clear();
                assert_ne!(output.read_line(&mut line).unwrap(), 0, "it never says {begin:?}");
            }
            (line, output)
        })
    }

    /// Waits until it ends by itself. All that it has said.
    pub(crate) fn ends(mut self) -> String {
        let output = self.0.stdout.take().unwrap();
        gopark::blocking(move || {
            let said = io::read_to_string(output).unwrap();
            let status = self.0.wait().unwrap();
            assert!(status.success(), "{status}: {said}");
            said
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An empty folder, which is removed when this is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("gopark-ecosystem-{}-{}", process::id(), NEXT.fetch_add(1, Relaxed));
        let path = env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        fs::write(self.path(name), content).unwrap();
        self.path(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
