//! The whole program, in a process of its own, and the signals that end it.

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use gopark::net::TcpListener;
use rustix::process::{Pid, Signal, kill_process};

use crate::client::Client;
use crate::served::patient;
use crate::server;

const GRACE: &str = "GRACE_OF_THE_PROGRAM";

/// What the other tests start.
#[test]
#[ignore = "serves until a signal comes"]
fn the_program() {
    let mut settings = patient();
    let grace = env::var(GRACE).ok().and_then(|millis| millis.parse().ok());
    settings.patience.grace = grace.map_or(settings.patience.grace, Duration::from_millis);
    gopark::run(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        println!("\nlistens at {}", listener.local_addr().unwrap());
        server::run(listener, settings);
    });
    println!("\nhas ended");
}

struct Program {
    child: Child,
    stdout: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Program {
    fn start(grace: Duration) -> Program {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["ending_by_signals::the_program", "--exact", "--ignored", "--nocapture"])
            .env(GRACE, grace.as_millis().to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the test binary runs itself");
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let address = loop {
            let mut line = String::new();
            assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "it has ended");
            if let Some(address) = line.trim().strip_prefix("listens at ") {
                break address.parse().unwrap();
            }
        };
        Program { child, stdout, address }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn ends(mut self) {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "it goes on");
            thread::sleep(Duration::from_millis(5));
        };
        let mut said = String::new();
        self.stdout.read_to_string(&mut said).unwrap();
        assert!(status.success() && said.contains("has ended"), "{status}: {said}");
    }
}

/// A program that is left behind by a test that fails.
impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const HOUR: Duration = Duration::from_secs(3600);

/// Has a request under way that takes some time.
fn slow(program: &Program) -> Client {
    let mut client = Client::connect(program.address);
    client.say("POST /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.hears().status, 405);
    client
}

/// Has one under way that never ends.
fn endless(program: &Program) -> Client {
    let mut client = Client::connect(program.address);
    client.say("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_eq!(client.hears().status, 100);
    client
}

#[test]
fn one_signal_ends_it_when_all_are_answered() {
    for signal in [Signal::TERM, Signal::INT] {
        let program = Program::start(HOUR);
        let mut idle = Client::connect(program.address);
        let mut client = slow(&program);
        program.signal(signal);
        idle.hears_the_end();
        assert_eq!(client.hears().status, 200);
        client.falls_silent();
        client.hears_the_end();
        program.ends();
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let program = Program::start(HOUR);
    let mut idle = Client::connect(program.address);
    let _client = endless(&program);
    program.signal(Signal::TERM);
    idle.hears_the_end();
    program.signal(Signal::TERM);
    program.ends();
}

#[test]
fn the_end_of_the_grace_ends_it() {
    let program = Program::start(Duration::from_millis(100));
    let _client = endless(&program);
    program.signal(Signal::TERM);
    program.ends();
}
