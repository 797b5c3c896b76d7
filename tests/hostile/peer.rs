//! A second process beside the child in which a test runs: for peers with descriptors of their own.
//!
//! The child runs its test once more, with a variable that says what the new process is to do. That one does it and
//! waits until it is told to end; should the child be gone, it is told by that.

use std::env;
use std::io::{BufRead, BufReader, Read, stdin};
use std::process::{Child, Command, Stdio};

use crate::child::CHILD;

const ROLE: &str = "GOPARK_TEST_ROLE";

/// What this process is to do instead of the test; `None`: it is the test.
pub(crate) fn role() -> Option<String> {
    env::var(ROLE).ok()
}

/// To be called in a peer: says that its part is done, and returns when it is to end.
pub(crate) fn is_done() {
    println!("{DONE}");
    stdin().read_to_end(&mut Vec::new()).unwrap();
}

const DONE: &str = "the peer has done its part";

/// A process with a role.
pub(crate) struct Peer(Child);

impl Peer {
    pub(crate) fn start(role: &str) -> Peer {
        let test = env::var(CHILD).expect("the body of a test in a child");
        let child = Command::new(env::current_exe().unwrap())
            .args([&test, "--exact", "--include-ignored", "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test binary runs itself");
        Peer(child)
    }

    /// Waits until it has done its part.
    pub(crate) fn is_done(&mut self) {
        let lines = BufReader::new(self.0.stdout.as_mut().unwrap()).lines();
        assert!(lines.map_while(Result::ok).any(|line| line == DONE), "the peer has failed");
    }

    /// Tells it to end.
    pub(crate) fn end(mut self) {
        drop(self.0.stdin.take());
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
