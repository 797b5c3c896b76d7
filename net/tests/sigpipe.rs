//! Writing to a peer that is gone never raises SIGPIPE.
//!
//! std ignores the signal in every Rust `main`, which would hide it here as it hides it in most programs, but a C
//! program that loads us as a library has it deadly. This test makes it so, and has a process to itself.

use std::io::{ErrorKind, IoSlice, Write};

use gopark_net::{TcpListener, TcpStream};

fn every_kind_of_write_survives() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    drop(listener.accept().unwrap());
    while client.write(&[0; 1 << 16]).is_ok() {}

    let refused = [
        client.write(b"x").unwrap_err(),
        client.write_vectored(&[IoSlice::new(b"x")]).unwrap_err(),
        client.write_all(b"x").unwrap_err(),
    ];
    for refused in refused {
        assert_eq!(refused.kind(), ErrorKind::BrokenPipe);
    }
}

#[test]
fn on_a_plain_thread() {
    // SAFETY: SIG_DFL installs no handler; the process has no other test that the signal could end.
    let before = unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    assert_ne!(before, libc::SIG_ERR);
    every_kind_of_write_survives();
}
