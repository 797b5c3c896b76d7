//! Descriptors that a Unix peer sends along with its data (SCM_RIGHTS in unix(7)), though nobody has asked for any: the
//! server reads the data, and its own descriptors do not become more.

use std::io::{self, IoSliceMut, Read};
use std::mem::{size_of, zeroed};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net;

use gopark::net::{UnixDatagram, UnixListener, UnixStream};

use crate::loopback::descriptors;
use crate::survives::{survives, until_they_wait};

/// Descriptors of one message. All messages together stay below the usual limit of what may be under way.
const SENT: usize = 4;

const MESSAGES: usize = 100;

/// Sends four bytes, and four times the same descriptor.
fn send_with_descriptors(socket: &impl AsRawFd, sent: RawFd) {
    const PAYLOAD: u32 = (SENT * size_of::<RawFd>()) as u32;
    let mut data = *b"data";
    let mut part = libc::iovec { iov_base: data.as_mut_ptr().cast(), iov_len: data.len() };
    // As u64, so that it is aligned.
    let mut control = [0_u64; 8];
    // SAFETY: all zeros is a message without address, data and control data.
    let mut message: libc::msghdr = unsafe { zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    // SAFETY: CMSG_SPACE and CMSG_LEN only compute. The control data have room for one header and four numbers, so the
    // first header and what is behind it lie inside them. sendmsg reads what the message points to, all of it alive.
    let count = unsafe {
        message.msg_controllen = libc::CMSG_SPACE(PAYLOAD) as _;
        assert!(message.msg_controllen as usize <= size_of_val(&control));
        let header = &mut *libc::CMSG_FIRSTHDR(&message);
        header.cmsg_level = libc::SOL_SOCKET;
        header.cmsg_type = libc::SCM_RIGHTS;
        header.cmsg_len = libc::CMSG_LEN(PAYLOAD) as _;
        libc::CMSG_DATA(header).cast::<[RawFd; SENT]>().write_unaligned([sent; SENT]);
        libc::sendmsg(socket.as_raw_fd(), &message, 0)
    };
    assert_eq!(count, 4, "{}", io::Error::last_os_error());
}

/// A way to receive four bytes.
type Way = fn(&UnixStream) -> io::Result<usize>;

const WAYS: [Way; 2] = [
    |mut stream| stream.read(&mut [0; 8]),
    |mut stream| stream.read_vectored(&mut [IoSliceMut::new(&mut [0; 1]), IoSliceMut::new(&mut [0; 8])]),
];

#[test]
fn by_a_stream() {
    survives(by_a_stream, |runtime| {
        let listener = UnixListener::bind("").unwrap();
        for way in WAYS {
            let name = listener.local_addr().unwrap();
            let peer = net::UnixStream::connect_addr(&name).unwrap();
            let (conn, _) = listener.accept().unwrap();
            let before = descriptors();
            let server = until_they_wait(runtime, 1, || {
                runtime.spawn(move || {
                    for _ in 0..MESSAGES {
                        // One message at a time: the descriptors end a read.
                        assert_eq!(way(&conn).unwrap(), 4);
                    }
                    (descriptors(), conn)
                })
            });
            (0..MESSAGES).for_each(|_| send_with_descriptors(&peer, peer.as_raw_fd()));
            let (open, conn) = server.join().unwrap();
            assert_eq!(open, before, "while the connection is open");
            drop(conn);
        }
    });
}

#[test]
fn by_a_datagram() {
    survives(by_a_datagram, |runtime| {
        let (near, far) = UnixDatagram::pair().unwrap();
        let before = descriptors();
        let server = until_they_wait(runtime, 1, || {
            runtime.spawn(move || {
                for number in 0..MESSAGES {
                    let mut buf = [0; 8];
                    let count = if number % 2 == 0 {
                        near.recv(&mut buf)
                    } else {
                        near.recv_from(&mut buf).map(|(count, _)| count)
                    };
                    assert_eq!(count.unwrap(), 4);
                }
                (descriptors(), near)
            })
        });
        (0..MESSAGES).for_each(|_| send_with_descriptors(&far, far.as_raw_fd()));
        let (open, near) = server.join().unwrap();
        assert_eq!(open, before, "while the socket is open");
        drop(near);
    });
}
