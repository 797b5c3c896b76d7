//! Connections over loopback, and what std cannot set on them.

use std::fs;
use std::mem::size_of_val;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::ptr;
use std::time::Duration;

use gopark::net::{TcpListener, TcpStream};

/// A listener on a port of its own.
pub(crate) fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind to loopback");
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Both ends of a connection: the connecting one and the accepted one.
pub(crate) fn pair() -> (TcpStream, TcpStream) {
    let (listener, address) = listener();
    let client = TcpStream::connect(address).expect("connect over loopback");
    let (server, _) = listener.accept().expect("accept over loopback");
    (client, server)
}

/// A pair with small buffers, so that writers soon have to wait. Receive buffers much smaller than a segment of
/// loopback, 64 KiB, would make the kernel itself wait, for its timers.
pub(crate) fn narrow_pair() -> (TcpStream, TcpStream) {
    let (a, b) = pair();
    for end in [&a, &b] {
        set_option(end, libc::SOL_SOCKET, libc::SO_SNDBUF, 4 << 10);
        set_option(end, libc::SOL_SOCKET, libc::SO_RCVBUF, 64 << 10);
    }
    (a, b)
}

/// Dropping the socket resets the connection, which leaves no TIME_WAIT behind: there are only so many ports.
pub(crate) fn reset_on_close(socket: &impl AsRawFd) {
    set_option(socket, libc::SOL_SOCKET, libc::SO_LINGER, libc::linger { l_onoff: 1, l_linger: 0 });
}

/// Nothing is sent until the socket is closed, or a segment is full; then the end travels with the last data.
pub(crate) fn send_at_close(socket: &impl AsRawFd) {
    set_option(socket, libc::IPPROTO_TCP, libc::TCP_CORK, 1);
}

fn set_option<V>(socket: &impl AsRawFd, level: libc::c_int, name: libc::c_int, value: V) {
    let len = size_of_val(&value) as libc::socklen_t;
    // SAFETY: the pointer and the length describe `value`, which the kernel copies; the descriptor is open.
    let set = unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, ptr::from_ref(&value).cast(), len) };
    assert_eq!(set, 0, "{}", std::io::Error::last_os_error());
}

/// How many descriptors the process has open.
pub(crate) fn descriptors() -> usize {
    // One of them is that of the listing.
    fs::read_dir("/proc/self/fd").unwrap().count() - 1
}

/// Time enough for coroutines of other workers to have begun to wait. Where it is not, a test shows less than it
/// could, and fails none the more.
pub(crate) fn let_them_wait() {
    gopark::time::sleep(Duration::from_millis(20));
}
