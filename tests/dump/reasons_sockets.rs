//! Waits for sockets: which one, which way, and who is at the other end.

use std::env::temp_dir;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::sync::Arc;

use crate::looks::wait_of;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::dump::{Socket, WaitsFor};
use gopark::go;
use gopark::net::{Shutdown, TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream};

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind to loopback");
    let client = TcpStream::connect(listener.local_addr().unwrap()).expect("connect over loopback");
    (client, listener.accept().expect("accept over loopback").0)
}

#[track_caller]
fn readable(wait: WaitsFor) -> Socket {
    let WaitsFor::Readable(socket) = wait else { panic!("{wait}") };
    socket
}

#[track_caller]
fn writable(wait: WaitsFor) -> Socket {
    let WaitsFor::Writable(socket) = wait else { panic!("{wait}") };
    socket
}

fn is(socket: &Socket, descriptor: &impl AsRawFd, local: Option<String>, peer: Option<String>) {
    assert_eq!(*socket, {
        let mut expected = socket.clone();
        (expected.descriptor, expected.local, expected.peer) = (descriptor.as_raw_fd(), local, peer);
        expected
    });
}

#[test]
fn a_stream_both_ways() {
    bounded(|| {
        runtime(2).run(|| {
            let (client, server) = pair();
            let (client, server) = (Arc::new(client), Arc::new(server));
            let local = Some(client.local_addr().unwrap().to_string());
            let peer = Some(client.peer_addr().unwrap().to_string());
            let same = client.clone();
            let reads = go(move || (&*same).read(&mut [0; 8]).unwrap());
            let wait = wait_of(&reads);
            is(&readable(wait.clone()), &*client, local.clone(), peer.clone());
            let text = format!(
                "to read from descriptor {} ({}, peer {})",
                client.as_raw_fd(),
                local.clone().unwrap(),
                peer.clone().unwrap()
            );
            assert_eq!(wait.to_string(), text);

            let same = client.clone();
            let writes = go(move || (&*same).write_all(&vec![1; 64 << 20]).is_err());
            is(&writable(wait_of(&writes)), &*client, local, peer);

            (&*server).write_all(b"end").unwrap();
            assert_eq!(reads.join().unwrap(), 3);
            server.shutdown(Shutdown::Both).unwrap();
            drop(server);
            assert!(writes.join().unwrap());
        });
    });
}

#[test]
fn a_listener() {
    bounded(|| {
        runtime(2).run(|| {
            let listener = Arc::new(TcpListener::bind("127.0.0.1:0").unwrap());
            let address = listener.local_addr().unwrap();
            let same = listener.clone();
            let accepts = go(move || same.accept().unwrap().1);
            is(&readable(wait_of(&accepts)), &*listener, Some(address.to_string()), None);
            let client = TcpStream::connect(address).unwrap();
            assert_eq!(accepts.join().unwrap(), client.local_addr().unwrap());
        });
    });
}

#[test]
fn datagrams() {
    bounded(|| {
        runtime(2).run(|| {
            let [one, other] = [(); 2].map(|()| Arc::new(UdpSocket::bind("127.0.0.1:0").unwrap()));
            let [from, to] = [&one, &other].map(|socket| socket.local_addr().unwrap());
            let same = other.clone();
            let receives = go(move || same.recv_from(&mut [0; 8]).unwrap().1);
            is(&readable(wait_of(&receives)), &*other, Some(to.to_string()), None);
            one.send_to(b"word", to).unwrap();
            assert_eq!(receives.join().unwrap(), from);

            other.connect(from).unwrap();
            let same = other.clone();
            let receives = go(move || same.recv(&mut [0; 8]).unwrap());
            is(&readable(wait_of(&receives)), &*other, Some(to.to_string()), Some(from.to_string()));
            one.send_to(b"word", to).unwrap();
            assert_eq!(receives.join().unwrap(), 4);
        });
    });
}

#[test]
fn those_of_one_machine() {
    bounded(|| {
        runtime(2).run(|| {
            let path = temp_dir().join(format!("gopark-dump-{}-{}", std::process::id(), line!()));
            let name = path.to_str().unwrap().to_owned();
            let listener = Arc::new(UnixListener::bind(&path).unwrap());
            let same = listener.clone();
            let accepts = go(move || same.accept().unwrap().0);
            is(&readable(wait_of(&accepts)), &*listener, Some(name.clone()), None);
            let client = Arc::new(UnixStream::connect(&path).unwrap());
            let server = accepts.join().unwrap();
            let same = client.clone();
            let reads = go(move || (&*same).read(&mut [0; 8]).unwrap());
            is(&readable(wait_of(&reads)), &*client, None, Some(name));
            drop(server);
            assert_eq!(reads.join().unwrap(), 0);
            std::fs::remove_file(path).unwrap();

            let (one, other) = UnixDatagram::pair().unwrap();
            let one = Arc::new(one);
            let same = one.clone();
            let receives = go(move || same.recv(&mut [0; 8]).unwrap());
            let wait = wait_of(&receives);
            assert_eq!(wait.to_string(), format!("to read from descriptor {}", one.as_raw_fd()));
            is(&readable(wait), &*one, None, None);
            other.send(b"word").unwrap();
            assert_eq!(receives.join().unwrap(), 4);
        });
    });
}

#[test]
fn one_of_several() {
    bounded(|| {
        runtime(2).run(|| {
            let (client, server) = pair();
            let (number, peer) = (client.as_raw_fd(), client.peer_addr().unwrap().to_string());
            let (send, receive) = gopark::chan::bounded::<()>(0);
            let waits = go(move || {
                gopark::select! {
                    recv(receive) -> _ => false,
                    readable(client) -> ready => ready.is_ok(),
                }
            });
            let WaitsFor::Select { first_of } = wait_of(&waits) else { panic!("it selects") };
            let [WaitsFor::Receive(_), WaitsFor::Readable(socket)] = &first_of[..] else {
                panic!("{first_of:?}")
            };
            assert_eq!((socket.descriptor, socket.peer.as_ref()), (number, Some(&peer)));
            (&server).write_all(b"word").unwrap();
            assert!(waits.join().unwrap());
            drop(send);
        });
    });
}

/// Many connections that wait at one place are told of together, though each has a number of its own.
#[test]
fn many_alike_are_one_paragraph() {
    bounded(|| {
        runtime(2).run(|| {
            let (clients, servers): (Vec<_>, Vec<_>) = (0..20).map(|_| pair()).unzip();
            let waits: Vec<_> =
                servers.into_iter().map(|mut conn| go(move || conn.read(&mut [0; 8]).unwrap())).collect();
            waits.iter().for_each(|one| drop(readable(wait_of(one))));
            let ids: Vec<_> = waits.iter().map(|one| one.coroutine().id()).collect();
            let text = crate::looks::text_about(&gopark::dump(), &ids);
            assert!(text.contains("20 coroutines: "), "{text}");
            drop(clients);
            waits.into_iter().for_each(|one| assert_eq!(one.join().unwrap(), 0));
        });
    });
}
