//! Calls that wait until their peer does something.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::thread;

use crate::harness::let_it_block;
use crate::net::{TcpListener, TcpStream};

/// Sends a byte from `there`, and sees that `here` has waited for it.
pub(super) fn waits_for_data(mut here: TcpStream, mut there: impl Write) -> TcpStream {
    let reader = thread::spawn(move || {
        assert_eq!(here.read(&mut [0; 8]).unwrap(), 1);
        here
    });
    let_it_block();
    there.write_all(b"x").unwrap();
    reader.join().unwrap()
}

/// Connects to `address`, and sees that `listener` has waited for that.
pub(super) fn waits_for_a_client(listener: TcpListener, address: SocketAddr) {
    let acceptor = thread::spawn(move || listener.accept().unwrap().1);
    let_it_block();
    let client = TcpStream::connect(address).unwrap();
    assert_eq!(acceptor.join().unwrap(), client.local_addr().unwrap());
}
