//! A dump on a signal, and from the environment.

use std::io::ErrorKind;
use std::process::id;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::child::{Ended, in_child};
use crate::eventually::eventually;
use crate::policy;
use crate::workers::runtime;
use gopark::coroutine::Builder;
use gopark::dump::on_signal;
use gopark::signal::{SIGQUIT, SIGUSR1, Signal};

fn raise(signal: impl Into<Signal>) {
    // SAFETY: it takes two numbers.
    let sent = unsafe { libc::kill(id() as i32, signal.into().number()) };
    assert_eq!(sent, 0, "a process may send signals to itself");
}

/// Has stderr go to a file instead, and says what is there.
struct Stderr(std::path::PathBuf);

impl Stderr {
    fn to_a_file() -> Stderr {
        use std::os::fd::AsRawFd;
        let path = std::env::temp_dir().join(format!("gopark-dump-stderr-{}", id()));
        let file = std::fs::File::create(&path).unwrap();
        // SAFETY: both are open.
        assert_eq!(unsafe { libc::dup2(file.as_raw_fd(), 2) }, 2);
        Stderr(path)
    }

    fn until(&self, what: &str) -> String {
        let read = || std::fs::read_to_string(&self.0).unwrap();
        eventually(what, || read().contains(what));
        // The dump ends with an empty line.
        eventually("it ends", || read().ends_with("\n\n"));
        read()
    }
}

impl Drop for Stderr {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Several times, and the program goes on.
fn answers(signal: impl Into<Signal> + Copy) {
    let stderr = Stderr::to_a_file();
    let runtime = runtime(2);
    let _started = runtime.spawn(|| ()).join();
    for name in ["first", "second", "third"] {
        let (over, is_over) = gopark::chan::bounded::<()>(0);
        let _inside = runtime.enter();
        let waits = Builder::new().name(name).spawn(move || is_over.recv()).unwrap();
        eventually("it waits", || {
            gopark::dump().coroutine(waits.coroutine().id()).is_some_and(|look| look.waits_for.is_some())
        });
        raise(signal);
        let text = stderr.until(&format!("coroutine {} '{name}': waiting for ", waits.coroutine().id()));
        assert!(text.contains("to receive from channel"), "{text}");
        assert!(text.contains("tests/dump/on_signal.rs:"), "{text}");
        drop(over);
        waits.join().unwrap().unwrap_err();
    }
}

#[test]
fn when_the_environment_says_so() {
    let ended = in_child(when_the_environment_says_so, &[("GOPARK_DUMP", "1")], || answers(SIGQUIT));
    ended.succeeded();
}

#[test]
fn when_the_program_says_so() {
    let ended = in_child(when_the_program_says_so, &[("GOPARK_DUMP", "0")], || {
        on_signal(SIGUSR1).unwrap();
        answers(SIGUSR1);
    });
    ended.succeeded();
}

/// All workers sleep in the kernel, and there are no substitutes: the answer comes from elsewhere.
#[test]
fn when_all_workers_are_stuck() {
    let ended = in_child(when_all_workers_are_stuck, &[("GOPARK_DUMP", "1")], || {
        let stderr = Stderr::to_a_file();
        let runtime = policy::builder().workers(2).max_machines(2).on_stall(|_| ()).build().unwrap();
        let hogs = [(); 2].map(|()| {
            let (over, is_over) = mpsc::channel::<()>();
            let (tell, told) = mpsc::channel();
            let hog = runtime.spawn(move || {
                tell.send(()).unwrap();
                is_over.recv().unwrap_err();
            });
            told.recv().unwrap();
            (over, hog)
        });
        let stuck = || gopark::dump().workers.iter().filter(|worker| worker.is_stuck).count();
        eventually("both are stuck", || stuck() == 2);
        raise(SIGQUIT);
        let text = stderr.until("2 coroutines, 2 running");
        for (over, hog) in hogs {
            assert!(text.contains(&format!(": stuck in coroutine {};", hog.coroutine().id())), "{text}");
            drop(over);
            hog.join().unwrap();
        }
    });
    ended.succeeded();
}

/// The usual effect of the signal: the end.
fn was_ended_by(ended: &Ended, signal: impl Into<Signal>) -> bool {
    use std::os::unix::process::ExitStatusExt;
    ended.status.signal() == Some(signal.into().number())
}

#[test]
fn not_when_it_says_no() {
    let ended = in_child(not_when_it_says_no, &[("GOPARK_DUMP", "0")], || {
        runtime(1).run(|| raise(SIGQUIT));
        thread::sleep(Duration::from_secs(60));
    });
    assert!(was_ended_by(&ended, SIGQUIT), "{} {}", ended.status, ended.stderr);
    assert!(!ended.stderr.contains("running"), "{}", ended.stderr);
}

#[test]
fn not_when_it_says_nothing() {
    let ended = in_child(not_when_it_says_nothing, &[], || {
        runtime(1).run(|| raise(SIGQUIT));
        thread::sleep(Duration::from_secs(60));
    });
    assert!(was_ended_by(&ended, SIGQUIT), "{} {}", ended.status, ended.stderr);
    assert!(!ended.stderr.contains("running"), "{}", ended.stderr);
}

#[test]
fn what_is_neither_is_refused() {
    let ended = in_child(what_is_neither_is_refused, &[("GOPARK_DUMP", "maybe")], || {
        for _ in 0..2 {
            let refused = policy::builder().build().map(drop).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidInput);
            assert!(refused.to_string().contains("GOPARK_DUMP"), "{refused}");
        }
    });
    ended.succeeded();
}

/// Where nobody reads stderr any more, the dump is lost and the program goes on.
#[test]
fn without_stderr() {
    let ended = in_child(without_stderr, &[("GOPARK_DUMP", "1")], || {
        let runtime = runtime(1);
        // SAFETY: the descriptor is not used again but to print to it, which may fail.
        assert_eq!(unsafe { libc::close(2) }, 0);
        for _ in 0..3 {
            raise(SIGQUIT);
            assert_eq!(
                runtime.spawn(|| gopark::time::sleep(Duration::from_millis(50))).join().ok(),
                Some(())
            );
        }
    });
    ended.succeeded();
}
