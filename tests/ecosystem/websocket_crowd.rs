//! Many WebSockets at once: a room in which everybody hears everybody, and sessions inside TLS.

use std::io::{ErrorKind, Write};
use std::sync::Arc;

use gopark::chan::{Receiver, Sender, unbounded};
use gopark::net::TcpStream;
use gopark::sync::Barrier;
use gopark::{go, select};
use rustls::StreamOwned;
use tungstenite::{Error, Message, Utf8Bytes};

use crate::certificates;
use crate::loopback::{crowd, in_coroutines, serve};
use crate::sessions::{Session, accept, close, connect, echo};
use crate::watchdog::bounded;
use crate::workers::runtime;

/// What a session tells the room.
enum Told {
    Joined(Sender<Utf8Bytes>),
    Said(Utf8Bytes),
}

/// Passes on what is said, in one order for all, until everybody has left.
fn room(told: Receiver<Told>) {
    let mut members = Vec::new();
    for told in told {
        match told {
            Told::Joined(member) => members.push(member),
            // Who has left hears nothing.
            Told::Said(text) => members.retain(|member| member.send(text.clone()).is_ok()),
        }
    }
}

/// Waits for its client and for the room at once.
fn member(mut session: Session, room: Sender<Told>) {
    let (hear, heard) = unbounded();
    room.send(Told::Joined(hear)).unwrap();
    session.send(Message::text("welcome")).unwrap();
    loop {
        select! {
            recv(heard) -> text => session.send(Message::Text(text.unwrap())).unwrap(),
            readable(session.get_ref()) -> ready => {
                ready.unwrap();
                if !pass_on(&mut session, &room) {
                    return;
                }
            }
        }
    }
}

/// Passes on all that the client has said; whether there may be more.
fn pass_on(session: &mut Session, room: &Sender<Told>) -> bool {
    session.get_ref().set_nonblocking(true).unwrap();
    loop {
        match session.read() {
            Ok(Message::Text(text)) => room.send(Told::Said(text)).unwrap(),
            Ok(_) => {}
            Err(Error::ConnectionClosed) => return false,
            Err(Error::Io(why)) if why.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    session.get_ref().set_nonblocking(false).unwrap();
    true
}

/// Everybody says something once all are there, and everybody hears all of it in the same order.
#[test]
fn a_hundred_clients_hear_each_other() {
    const CLIENTS: usize = 100;
    bounded(|| {
        runtime(2).run(|| {
            let (tell, told) = unbounded();
            let passes_on = go(move || room(told));
            let (address, served) = serve(CLIENTS, move |conn| member(accept(conn), tell.clone()));
            let all_there = Arc::new(Barrier::new(CLIENTS));
            let logs = crowd(CLIENTS, move |number| {
                let mut session = connect("ws://localhost/room", TcpStream::connect(address).unwrap());
                assert_eq!(session.read().unwrap(), Message::text("welcome"));
                all_there.wait();
                session.send(Message::text(number.to_string())).unwrap();
                let log: Vec<usize> = (0..CLIENTS)
                    .map(|_| session.read().unwrap().to_text().unwrap().parse().unwrap())
                    .collect();
                // Nobody leaves while another may still be told something.
                all_there.wait();
                close(session);
                log
            });
            served.join().unwrap();
            passes_on.join().unwrap();
            let mut once_each = logs[0].clone();
            once_each.sort_unstable();
            assert!(once_each.into_iter().eq(0..CLIENTS));
            assert!(logs.iter().all(|log| *log == logs[0]), "in another order");
        });
    });
}

#[test]
fn inside_tls() {
    const CLIENTS: usize = 20;
    in_coroutines(|| {
        let (address, served) = serve(CLIENTS, |conn| {
            let mut session = accept(StreamOwned::new(certificates::server(), conn));
            let count = echo(&mut session);
            // The WebSocket has ended, and TLS has an end of its own.
            let stream = session.get_mut();
            stream.conn.send_close_notify();
            stream.flush().unwrap();
            count
        });
        crowd(CLIENTS, move |number| {
            let conn = TcpStream::connect(address).unwrap();
            let stream = StreamOwned::new(certificates::client(), conn);
            let mut session = connect("wss://localhost/chat", stream);
            for round in 0..10 {
                let said = Message::text(format!("{number} says {round}").repeat(100));
                session.send(said.clone()).unwrap();
                assert_eq!(session.read().unwrap(), said);
            }
            session.send(Message::Ping(vec![number as u8].into())).unwrap();
            assert_eq!(session.read().unwrap(), Message::Pong(vec![number as u8].into()));
            close(session);
        });
        assert_eq!(served.join().unwrap(), [10; CLIENTS]);
    });
}
