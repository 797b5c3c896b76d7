//! Writing to a peer that is gone never raises SIGPIPE.
//!
//! std ignores the signal in every Rust `main`, which would hide it here as it hides it in most programs, but a C
//! program that loads us as a library has it deadly. This test makes it so, and has a process to itself.

use std::fs::File;
use std::io::{ErrorKind, IoSlice, Read, Seek, Write};

use gopark_net::{Shutdown, TcpListener, TcpStream, UnixStream, copy, copy_bidirectional};
use rustix::fs::{MemfdFlags, OFlags, fcntl_getfl, memfd_create};

/// A connection on which nothing can be sent any more.
fn broken() -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    drop(listener.accept().unwrap());
    while client.write(&[0; 1 << 16]).is_ok() {}
    client
}

fn every_kind_of_write_survives() {
    let mut client = broken();
    let refused = [
        client.write(b"x").unwrap_err(),
        client.write_vectored(&[IoSlice::new(b"x")]).unwrap_err(),
        client.write_all(b"x").unwrap_err(),
    ];
    for refused in refused {
        assert_eq!(refused.kind(), ErrorKind::BrokenPipe);
    }
}

/// A stream that has said something, and will say no more.
fn said() -> UnixStream {
    let (here, mut there) = UnixStream::pair().unwrap();
    there.write_all(b"said").unwrap();
    here
}

fn every_kind_of_copy_survives() {
    for to in [broken(), broken()] {
        let from = said();
        assert_eq!(copy(&mut &from, &mut &to).unwrap_err().kind(), ErrorKind::BrokenPipe);
        let mut left = String::new();
        (&from).read_to_string(&mut left).unwrap();
        assert_eq!(left, "said");

        let mut file = File::from(memfd_create("text", MemfdFlags::CLOEXEC).unwrap());
        file.write_all(b"text").unwrap();
        file.rewind().unwrap();
        assert_eq!(copy(&mut file, &mut &to).unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert_eq!(copy(&mut &b"text"[..], &mut &to).unwrap_err().kind(), ErrorKind::BrokenPipe);
    }
    let (a, b) = (said(), UnixStream::pair().unwrap().0);
    assert_eq!(copy_bidirectional(&a, &b).unwrap_err().kind(), ErrorKind::BrokenPipe);

    // Where nothing breaks they work as ever.
    let (to, mut there) = UnixStream::pair().unwrap();
    assert_eq!(copy(&mut said(), &mut &to).unwrap(), 4);
    to.shutdown(Shutdown::Write).unwrap();
    let mut heard = String::new();
    there.read_to_string(&mut heard).unwrap();
    assert_eq!(heard, "said");
}

/// A copy asks each time.
fn copies_go_through_the_kernel_again() {
    let (from, (to, _there)) = (said(), UnixStream::pair().unwrap());
    copy(&mut &from, &mut &to).unwrap();
    assert!(fcntl_getfl(&to).unwrap().contains(OFlags::NONBLOCK));
}

fn set_sigpipe(action: libc::sighandler_t) {
    // SAFETY: neither of the two actions installs a handler; the process has no other test that the signal could end.
    let before = unsafe { libc::signal(libc::SIGPIPE, action) };
    assert_ne!(before, libc::SIG_ERR);
}

#[test]
fn on_a_plain_thread() {
    set_sigpipe(libc::SIG_DFL);
    every_kind_of_write_survives();
    every_kind_of_copy_survives();
    set_sigpipe(libc::SIG_IGN);
    copies_go_through_the_kernel_again();
    every_kind_of_copy_survives();
    set_sigpipe(libc::SIG_DFL);
    every_kind_of_copy_survives();
}
