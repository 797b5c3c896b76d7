//! WebSockets by tungstenite over `TcpStream`, as over std's.

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use gopark::go;
use gopark::net::Shutdown;
use tungstenite::error::{CapacityError, ProtocolError};
use tungstenite::handshake::HandshakeError;
use tungstenite::protocol::Role;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tungstenite::protocol::frame::{CloseFrame, Frame};
use tungstenite::{Error, Message, accept_with_config};

use crate::loopback::{in_coroutines, pair};
use crate::piecewise::Piecewise;
use crate::sessions::{accept, bare, close, config, connect, echo, session};

const SHORT: Duration = Duration::from_millis(20);

#[test]
fn texts_and_binaries_come_back() {
    in_coroutines(|| {
        let (mut client, server) = session(|mut session| echo(&mut session));
        // Around the lengths at which the header of a frame grows, and one that no buffer holds.
        for length in [0, 1, 125, 126, 65_535, 65_536, 1 << 20] {
            for said in [Message::text("é".repeat(length / 2)), Message::binary(vec![length as u8; length])]
            {
                client.send(said.clone()).unwrap();
                assert!(client.read().unwrap() == said, "other content of {length} bytes");
            }
        }
        close(client);
        assert_eq!(server.join().unwrap(), 14);
    });
}

/// Many are under way at once, and none overtakes another.
#[test]
fn the_order_is_kept() {
    const MESSAGES: usize = 300;
    in_coroutines(|| {
        let (mut client, server) = session(|mut session| {
            (0..MESSAGES).for_each(|number| session.write(Message::text(number.to_string())).unwrap());
            session.flush().unwrap();
            session.read()
        });
        for number in 0..MESSAGES {
            assert_eq!(client.read().unwrap(), Message::text(number.to_string()));
        }
        client.close(None).unwrap();
        assert_eq!(server.join().unwrap().unwrap(), Message::Close(None));
    });
}

/// The answer to a ping is sent by the peer's next read or write.
#[test]
fn a_ping_is_answered() {
    in_coroutines(|| {
        let (mut client, server) = session(|mut session| echo(&mut session));
        for payload in [&b""[..], b"are you there?", &[7; 125]] {
            client.send(Message::Ping(payload.to_vec().into())).unwrap();
            assert_eq!(client.read().unwrap(), Message::Pong(payload.to_vec().into()));
        }
        client.send(Message::text("yes")).unwrap();
        assert_eq!(client.read().unwrap(), Message::text("yes"));
        close(client);
        assert_eq!(server.join().unwrap(), 1);
    });
}

/// In several frames, with a ping between them.
#[test]
fn fragments_are_put_together() {
    in_coroutines(|| {
        let (mut client, server) = session(|mut session| echo(&mut session));
        let part = |text: &'static str, kind, is_last| {
            Message::Frame(Frame::message(text, OpCode::Data(kind), is_last))
        };
        client.send(part("one ", Data::Text, false)).unwrap();
        client.send(part("two ", Data::Continue, false)).unwrap();
        client.send(Message::Ping(vec![1].into())).unwrap();
        assert_eq!(client.read().unwrap(), Message::Pong(vec![1].into()));
        client.send(part("", Data::Continue, false)).unwrap();
        client.send(part("three", Data::Continue, true)).unwrap();
        assert_eq!(client.read().unwrap(), Message::text("one two three"));
        close(client);
        assert_eq!(server.join().unwrap(), 1);
    });
}

/// The reason reaches the other side, and comes back.
#[test]
fn a_close_has_a_reason() {
    in_coroutines(|| {
        let (mut client, server) = session(|mut session| {
            let reason = CloseFrame { code: CloseCode::Away, reason: "good night".into() };
            session.close(Some(reason)).unwrap();
            let answer = session.read().unwrap();
            assert!(matches!(session.read(), Err(Error::ConnectionClosed)));
            answer
        });
        let told = client.read().unwrap();
        let Message::Close(Some(frame)) = &told else { panic!("{told}") };
        assert_eq!((frame.code, frame.reason.as_str()), (CloseCode::Away, "good night"));
        assert!(matches!(
            client.send(Message::text("?")),
            Err(Error::Protocol(ProtocolError::SendAfterClosing))
        ));
        // The answer is sent by the client's next read, which waits for the server's end.
        assert!(matches!(client.read(), Err(Error::ConnectionClosed)));
        assert_eq!(server.join().unwrap(), told);
    });
}

#[test]
fn an_end_without_close_is_an_error() {
    in_coroutines(|| {
        let (mut client, server) = session(|session| session.get_ref().shutdown(Shutdown::Both).unwrap());
        let ended = client.read().unwrap_err();
        assert!(matches!(ended, Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)), "{ended}");
        server.join().unwrap();
    });
}

/// In one frame, or put together of several.
#[test]
fn a_message_beyond_the_limit_is_refused() {
    in_coroutines(|| {
        for frames in [1, 3] {
            let (mut receiver, far) = bare(Role::Server, config().max_message_size(Some(1000)));
            let sender = go(move || {
                let mut sender = tungstenite::WebSocket::from_raw_socket(far, Role::Client, None);
                let mut say = |total: usize| {
                    for frame in 0..frames {
                        let kind = if frame == 0 { Data::Binary } else { Data::Continue };
                        let is_last = frame + 1 == frames;
                        // What does not divide goes with the first.
                        let length = total / frames + if frame == 0 { total % frames } else { 0 };
                        let frame = Frame::message(vec![1; length], OpCode::Data(kind), is_last);
                        sender.send(Message::Frame(frame)).unwrap();
                    }
                };
                say(1000);
                say(1001);
                sender
            });
            assert_eq!(receiver.read().unwrap(), Message::binary(vec![1; 1000]));
            let refused = receiver.read().unwrap_err();
            assert!(
                matches!(
                    refused,
                    Error::Capacity(CapacityError::MessageTooLong { size: 1001, max_size: 1000 })
                ),
                "{refused}"
            );
            sender.join().unwrap();
        }
    });
}

/// Byte by byte, the handshake too.
#[test]
fn messages_in_pieces() {
    in_coroutines(|| {
        let (near, far) = pair();
        let server = go(move || echo(&mut accept(Piecewise::new(far, 5))));
        let mut client = connect("ws://localhost/", Piecewise::new(near, 3));
        for said in ["", "a", &"wide ".repeat(100)] {
            client.send(Message::text(said)).unwrap();
            assert_eq!(client.read().unwrap(), Message::text(said));
        }
        close(client);
        assert_eq!(server.join().unwrap(), 3);
    });
}

#[test]
fn a_handshake_goes_on_after_a_timeout() {
    in_coroutines(|| {
        let (mut near, far) = pair();
        near.set_nodelay(true).unwrap();
        far.set_read_timeout(Some(SHORT)).unwrap();
        let request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        let (first, second) = request.split_at(70);
        near.write_all(first.as_bytes()).unwrap();
        let Err(HandshakeError::Interrupted(begun)) = accept_with_config(far, Some(config())) else {
            panic!("not interrupted")
        };
        let stream = begun.get_ref().get_ref().try_clone().unwrap();
        stream.set_read_timeout(None).unwrap();
        near.write_all(second.as_bytes()).unwrap();
        let mut session = begun.handshake().unwrap();

        let mut answer = [0; 200];
        let count = near.read(&mut answer).unwrap();
        let answer = std::str::from_utf8(&answer[..count]).unwrap().to_lowercase();
        assert!(answer.starts_with("http/1.1 101 ") && answer.ends_with("\r\n\r\n"), "{answer}");
        // The key is that of RFC 6455, and so is its answer.
        assert!(answer.contains("s3pplmbitxaq9kygzzhzrbk+xoo="), "{answer}");

        // A message in two pieces, and a timeout between them.
        session.send(Message::text("x")).unwrap();
        near.write_all(&[0x81, 0x83, 0, 0, 0]).unwrap();
        stream.set_read_timeout(Some(SHORT)).unwrap();
        let interrupted = session.read().unwrap_err();
        assert!(
            matches!(&interrupted, Error::Io(why) if why.kind() == ErrorKind::WouldBlock),
            "{interrupted}"
        );
        stream.set_read_timeout(None).unwrap();
        near.write_all(b"\0abc").unwrap();
        assert_eq!(session.read().unwrap(), Message::text("abc"));
    });
}

#[test]
fn a_cancellation_ends_a_read() {
    in_coroutines(|| {
        let (mut client, server) = session(|mut session| {
            session.send(Message::text("hello")).unwrap();
            session.read().unwrap_err()
        });
        assert_eq!(client.read().unwrap(), Message::text("hello"));
        server.cancel();
        let ended = server.join().unwrap();
        let Error::Io(why) = &ended else { panic!("{ended}") };
        assert!(why.get_ref().is_some_and(|why| why.is::<gopark::Cancelled>()), "{why:?}");
        assert!(client.read().is_err(), "the server has gone");
    });
}
