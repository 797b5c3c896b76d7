//! The values of redis over `TcpStream`, from a small server whose answers are known to the byte.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use gopark::go;
use gopark::net::TcpStream;
use redis::{Cmd, Value, cmd, parse_redis_value};

use crate::loopback::{crowd, in_coroutines, pair, serve};
use crate::piecewise::Piecewise;
use crate::redis_client::Client;

const SHORT: Duration = Duration::from_millis(20);

/// Every kind of value that the protocol has, in both of its versions, and what the crate makes of it.
fn kinds() -> Vec<(&'static [u8], Value)> {
    let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
    vec![
        (b"+OK\r\n", Value::Okay),
        (b"+words\r\n", Value::SimpleString("words".to_owned())),
        (b":-9223372036854775808\r\n", Value::Int(i64::MIN)),
        (b"$0\r\n\r\n", text("")),
        (b"$8\r\nnew\r\nrow\r\n", text("new\r\nrow")),
        (b"$-1\r\n", Value::Nil),
        (b"*0\r\n", Value::Array(Vec::new())),
        (
            b"*3\r\n:1\r\n*2\r\n$1\r\na\r\n$-1\r\n+b\r\n",
            Value::Array(vec![
                Value::Int(1),
                Value::Array(vec![text("a"), Value::Nil]),
                Value::SimpleString("b".to_owned()),
            ]),
        ),
        (b"_\r\n", Value::Nil),
        (b"#t\r\n", Value::Boolean(true)),
        (b",2.5\r\n", Value::Double(2.5)),
        (b"%1\r\n+k\r\n:2\r\n", Value::Map(vec![(Value::SimpleString("k".to_owned()), Value::Int(2))])),
        (b"~2\r\n:1\r\n:2\r\n", Value::Set(vec![Value::Int(1), Value::Int(2)])),
    ]
}

/// Answers commands until the client ends. How many.
///
/// `PING`, `SET`, `GET`, `INCR` are those of redis; `SAY` is answered by its argument, as it is.
fn respond<S: Read + Write>(stream: S) -> usize {
    let (mut commands, mut kept) = (Client::new(stream), HashMap::<Vec<u8>, Vec<u8>>::new());
    let mut count = 0;
    loop {
        let words = match commands.hear() {
            Ok(Value::Array(words)) => words,
            Ok(other) => panic!("no command: {other:?}"),
            Err(end) if end.is_connection_dropped() => return count,
            Err(error) => panic!("{error}"),
        };
        count += 1;
        let words: Vec<&[u8]> = words
            .iter()
            .map(|word| match word {
                Value::BulkString(bytes) => &bytes[..],
                other => panic!("no word: {other:?}"),
            })
            .collect();
        let answer = match words[..] {
            [b"PING"] => b"+PONG\r\n".to_vec(),
            [b"SAY", bytes] => bytes.to_vec(),
            [b"SET", key, value] => {
                kept.insert(key.to_vec(), value.to_vec());
                b"+OK\r\n".to_vec()
            }
            [b"GET", key] => kept.get(key).map_or(b"$-1\r\n".to_vec(), |value| {
                [format!("${}\r\n", value.len()).as_bytes(), value, b"\r\n"].concat()
            }),
            [b"INCR", key] => {
                let value = kept.get(key).map_or("0", |value| str::from_utf8(value).unwrap());
                match value.parse::<i64>() {
                    Ok(number) => {
                        kept.insert(key.to_vec(), (number + 1).to_string().into_bytes());
                        format!(":{}\r\n", number + 1).into_bytes()
                    }
                    Err(_) => b"-ERR value is not an integer or out of range\r\n".to_vec(),
                }
            }
            _ => b"-ERR unknown command\r\n".to_vec(),
        };
        commands.stream.write_all(&answer).unwrap();
    }
}

fn say(bytes: &[u8]) -> Cmd {
    cmd("SAY").arg(bytes).clone()
}

/// A client, and the other end answers in pieces of so many bytes.
fn responded(most: usize) -> (Client<TcpStream>, gopark::JoinHandle<usize>) {
    let (near, far) = pair();
    near.set_nodelay(true).unwrap();
    (Client::new(near), go(move || respond(Piecewise::new(far, most))))
}

#[test]
fn commands_are_answered() {
    in_coroutines(|| {
        let (mut client, server) = responded(usize::MAX);
        assert_eq!(client.ask::<String>(&cmd("PING")), "PONG");
        assert_eq!(client.ask::<Option<String>>(cmd("GET").arg("key")), None);
        client.ask::<()>(cmd("SET").arg("key").arg("a value"));
        assert_eq!(client.ask::<Option<String>>(cmd("GET").arg("key")).as_deref(), Some("a value"));
        assert_eq!(client.is_refused(cmd("INCR").arg("key")), "ERR");
        client.ask::<()>(cmd("SET").arg("key").arg(41));
        assert_eq!(client.ask::<i64>(cmd("INCR").arg("key")), 42);
        drop(client);
        assert_eq!(server.join().unwrap(), 7);
    });
}

#[test]
fn every_kind_of_value() {
    in_coroutines(|| {
        for most in [1, 2, 5, usize::MAX] {
            let (mut client, server) = responded(most);
            for (bytes, value) in kinds() {
                assert_eq!(parse_redis_value(bytes).unwrap(), value);
                assert_eq!(client.ask::<Value>(&say(bytes)), value);
            }
            // And all of them in one, which the parser has to keep while it goes on reading.
            let mut all = format!("*{}\r\n", kinds().len()).into_bytes();
            kinds().iter().for_each(|(bytes, _)| all.extend_from_slice(bytes));
            let values = kinds().into_iter().map(|(_, value)| value).collect();
            assert_eq!(client.ask::<Value>(&say(&all)), Value::Array(values));
            drop(client);
            assert_eq!(server.join().unwrap(), kinds().len() + 1);
        }
    });
}

/// At every place where a value can be cut, the reader gets the first half alone.
#[test]
fn a_value_cut_anywhere() {
    in_coroutines(|| {
        let (mut near, far) = pair();
        near.set_nodelay(true).unwrap();
        let (value, expected) = (
            b"*3\r\n:17\r\n$8\r\nnew\r\nrow\r\n*1\r\n$-1\r\n",
            Value::Array(vec![
                Value::Int(17),
                Value::BulkString(b"new\r\nrow".to_vec()),
                Value::Array(vec![Value::Nil]),
            ]),
        );
        let (next, turn) = gopark::chan::bounded::<()>(0);
        let reader = go(move || {
            let mut client = Client::new(far);
            (1..value.len()).for_each(|cut| {
                turn.recv().unwrap();
                assert_eq!(client.hear().unwrap(), expected, "cut after {cut}");
            });
        });
        for cut in 1..value.len() {
            next.send(()).unwrap();
            near.write_all(&value[..cut]).unwrap();
            // The reader takes what is there; if it does not yet, it has an easier task.
            (0..3).for_each(|_| gopark::yield_now());
            near.write_all(&value[cut..]).unwrap();
        }
        reader.join().unwrap();
    });
}

#[test]
fn a_pipeline_is_answered_in_order() {
    const COMMANDS: usize = 1000;
    in_coroutines(|| {
        let (mut client, server) = responded(usize::MAX);
        let mut pipe = redis::pipe();
        (0..COMMANDS).for_each(|number| {
            pipe.cmd("INCR").arg(number % 3);
        });
        client.stream.write_all(&pipe.get_packed_pipeline()).unwrap();
        for number in 0..COMMANDS {
            assert_eq!(client.hear().unwrap(), Value::Int((number / 3) as i64 + 1));
        }
        drop(client);
        assert_eq!(server.join().unwrap(), COMMANDS);
    });
}

#[test]
fn a_large_value_comes_whole() {
    in_coroutines(|| {
        let (mut client, server) = responded(usize::MAX);
        let value: Vec<u8> = (0..300_000).map(|at: u32| (at >> 3) as u8).collect();
        client.ask::<()>(cmd("SET").arg("key").arg(&value[..]));
        assert!(client.ask::<Vec<u8>>(cmd("GET").arg("key")) == value, "another value");
        drop(client);
        assert_eq!(server.join().unwrap(), 2);
    });
}

/// The parser keeps what has come before the timeout.
#[test]
fn a_value_goes_on_after_a_timeout() {
    in_coroutines(|| {
        let (mut near, far) = pair();
        near.set_nodelay(true).unwrap();
        let mut client = Client::new(far);
        near.write_all(b"*2\r\n$5\r\nhel").unwrap();
        client.stream.set_read_timeout(Some(SHORT)).unwrap();
        let begun = Instant::now();
        let interrupted = client.hear().unwrap_err();
        assert!(interrupted.is_timeout(), "{interrupted}");
        assert!(begun.elapsed() >= SHORT, "after {:?} of {SHORT:?}", begun.elapsed());
        client.stream.set_read_timeout(None).unwrap();
        near.write_all(b"lo\r\n:5\r\n").unwrap();
        let value = Value::Array(vec![Value::BulkString(b"hello".to_vec()), Value::Int(5)]);
        assert_eq!(client.hear().unwrap(), value);
        near.write_all(b"$9\r\nhalf").unwrap();
        drop(near);
        assert!(client.hear().unwrap_err().is_connection_dropped());
    });
}

#[test]
fn a_hundred_clients_at_once() {
    const CLIENTS: usize = 100;
    in_coroutines(|| {
        let (address, served) = serve(CLIENTS, respond);
        crowd(CLIENTS, move |number| {
            let mut client = Client::new(TcpStream::connect(address).unwrap());
            client.ask::<()>(cmd("SET").arg("key").arg(number));
            for round in 1..=10 {
                assert_eq!(client.ask::<usize>(cmd("INCR").arg("key")), number + round);
            }
        });
        assert_eq!(served.join().unwrap(), [11; CLIENTS]);
    });
}
