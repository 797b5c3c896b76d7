//! accept when the process has run out of descriptors. It lowers RLIMIT_NOFILE, so it has a process to itself.

use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

use gopark_net::{TcpListener, TcpStream};
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// No more descriptors while this lives.
struct Shortage {
    before: Rlimit,
}

impl Shortage {
    fn begin() -> Shortage {
        let before = getrlimit(Resource::Nofile);
        // The kernel gives out the lowest free number, so all below this one are taken.
        let free = io::stderr().as_fd().try_clone_to_owned().unwrap().as_raw_fd();
        let limit = Rlimit { current: Some(free as u64), maximum: before.maximum };
        setrlimit(Resource::Nofile, limit).unwrap();
        Shortage { before }
    }
}

impl Drop for Shortage {
    fn drop(&mut self) {
        setrlimit(Resource::Nofile, self.before).unwrap();
    }
}

/// How long an accept takes that must fail for want of descriptors.
fn refused_after(listener: &TcpListener) -> Duration {
    let begun = Instant::now();
    let refused = listener.accept().unwrap_err();
    assert_eq!(Errno::from_io_error(&refused), Some(Errno::MFILE));
    begun.elapsed()
}

fn accept_backs_off_and_goes_on_afterwards() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let clients: Vec<_> = (0..3).map(|_| TcpStream::connect(address).unwrap()).collect();

    let shortage = Shortage::begin();
    for pause in [5, 10, 20, 40, 80, 160] {
        let took = refused_after(&listener);
        assert!(took >= Duration::from_millis(pause), "{took:?} is less than {pause} ms");
    }
    // The next pause would be 320 ms. Who does not want to wait gets none.
    listener.set_nonblocking(true).unwrap();
    assert!(refused_after(&listener) < Duration::from_millis(300));
    listener.set_nonblocking(false).unwrap();
    drop(shortage);

    // No connection is lost, in whatever order it came.
    for client in &clients {
        assert_eq!(listener.accept().unwrap().1, client.local_addr().unwrap());
    }

    // A success has started the pauses over, for clones as well.
    let clone = listener.try_clone().unwrap();
    let shortage = Shortage::begin();
    assert!(refused_after(&clone) < Duration::from_millis(300));
    drop(shortage);
}

#[test]
fn on_a_plain_thread() {
    accept_backs_off_and_goes_on_afterwards();
}
