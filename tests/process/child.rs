//! The body of a test in a process of its own: for what ends a process, and for what is counted for all of it.
//!
//! The test binary runs itself again, with the name of this one test and a variable that says "be the child". There
//! the same test function comes to the same call, which now runs the body and never returns.

use std::any::type_name;
use std::env;
use std::io::Read;
use std::process::{Command, ExitStatus, Stdio, exit};
use std::thread;
use std::time::{Duration, Instant};

/// Holds the name of the test whose body the child is to run.
pub(crate) const CHILD: &str = "GOPARK_TEST_CHILD";

/// No body takes a fifth of this, even on a busy machine.
const HANGS_AFTER: Duration = Duration::from_secs(120);

/// What a child has left behind.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs `body` in a child process with these variables in its environment, and no other of gopark's. `test` is the
/// test function that calls this. A child that hangs is killed and fails the test.
pub(crate) fn in_child<R>(test: impl Fn(), environment: &[(&str, &str)], body: impl FnOnce() -> R) -> Ended {
    let name = name_of(test);
    if env::var(CHILD).is_ok_and(|child| child == name) {
        write_no_core_file();
        // The harness has begun a line with the name of the test.
        println!();
        body();
        exit(0);
    }
    let mut child = Command::new(env::current_exe().unwrap())
        // What is ignored is run by whoever asks for it, and then the child must not pass it over.
        .args([name, "--exact", "--include-ignored", "--nocapture", "--test-threads=1"])
        .env_remove("GOPARK_DUMP")
        .env_remove("GOPARK_WORKERS")
        .env_remove("GOPARK_SCHEDTRACE")
        .env_remove("GOPARK_STACK")
        .env_remove("GOPARK_TRACE")
        .env_remove("GOPARK_FLIGHT")
        .env_remove("GOPARK_STACK_GUARD")
        .envs(environment.iter().copied())
        .env(CHILD, name)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the test binary runs itself");
    let stdout = collect(child.stdout.take().unwrap());
    let stderr = collect(child.stderr.take().unwrap());

    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if begun.elapsed() > HANGS_AFTER {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        thread::sleep(Duration::from_millis(5));
    };
    let (stdout, stderr) = (stdout.join().unwrap(), stderr.join().unwrap());
    match status {
        Some(status) => Ended { status, stdout, stderr },
        None => panic!("{name} hangs; it has said so far:\n{stdout}{stderr}"),
    }
}

impl Ended {
    /// The body went through. What it has printed, its figures, is printed again.
    #[track_caller]
    pub(crate) fn succeeded(self) {
        assert!(self.status.success(), "{}\n{}{}", self.status, self.stdout, self.stderr);
        let of_the_harness = |line: &str| ["running ", "test "].iter().any(|begin| line.starts_with(begin));
        let figures = self.stdout.lines().filter(|line| !line.is_empty() && !of_the_harness(line));
        figures.for_each(|figure| println!("{figure}"));
    }
}

/// The name by which the harness knows a test function: its path without the crate.
fn name_of<T>(_test: T) -> &'static str {
    type_name::<T>().split_once("::").expect("a path").1
}

/// Read while the child runs: a full pipe would stop it.
fn collect(mut from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).expect("the child's output");
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Children that are meant to crash should leave nothing in the working directory.
fn write_no_core_file() {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the argument is a valid rlimit, and lowering this limit affects nothing else.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_CORE, &none) }, 0);
}
