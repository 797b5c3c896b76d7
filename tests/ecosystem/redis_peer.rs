//! A real redis, over `UnixStream`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use gopark::go;
use gopark::net::UnixStream;
use redis::{FromRedisValue, Value, cmd};

use crate::eventually::eventually;
use crate::loopback::{crowd, in_coroutines};
use crate::programs::{Folder, Running, program};
use crate::redis_client::Client;

/// A server with nothing in it, which ends with this.
struct Redis {
    socket: PathBuf,
    _running: Running,
    _folder: Folder,
}

impl Redis {
    fn start() -> Option<Redis> {
        let found = program("redis-server")?;
        let folder = Folder::new();
        let socket = folder.path("socket");
        let directory = folder.path("");
        let options: [&dyn AsRef<OsStr>; 8] =
            [&"--port", &"0", &"--unixsocket", &socket, &"--save", &"", &"--dir", &directory];
        let running = Running::start(&found, &options);
        eventually("redis listens", || UnixStream::connect(&socket).is_ok());
        Some(Redis { socket, _running: running, _folder: folder })
    }

    fn client(&self) -> Client<UnixStream> {
        Client::new(UnixStream::connect(&self.socket).unwrap())
    }
}

#[test]
fn values_of_many_kinds() {
    in_coroutines(|| {
        let Some(redis) = Redis::start() else { return };
        let mut client = redis.client();
        assert_eq!(client.ask::<String>(&cmd("PING")), "PONG");
        assert_eq!(client.ask::<Option<String>>(cmd("GET").arg("nothing")), None);
        client.ask::<()>(cmd("SET").arg("text").arg("a value\r\nof two lines"));
        assert_eq!(client.ask::<String>(cmd("GET").arg("text")), "a value\r\nof two lines");
        assert_eq!(client.is_refused(cmd("LPUSH").arg("text").arg("x")), "WRONGTYPE");
        assert_eq!(client.ask::<usize>(cmd("RPUSH").arg("list").arg(&["a", "b", "c"])), 3);
        assert_eq!(client.ask::<Vec<String>>(cmd("LRANGE").arg("list").arg(1).arg(-1)), ["b", "c"]);

        // The same question in both versions of the protocol.
        assert_eq!(client.ask::<usize>(cmd("HSET").arg("map").arg(&["one", "1", "two", "2"])), 2);
        let map = BTreeMap::from([("one".to_owned(), 1), ("two".to_owned(), 2)]);
        assert_eq!(client.ask::<BTreeMap<String, u32>>(cmd("HGETALL").arg("map")), map);
        assert!(matches!(client.ask(cmd("HELLO").arg(3)), Value::Map(_)));
        assert_eq!(client.ask::<BTreeMap<String, u32>>(cmd("HGETALL").arg("map")), map);
        assert!(matches!(client.ask(cmd("HGETALL").arg("map")), Value::Map(_)));
        assert!(matches!(client.ask(cmd("SMEMBERS").arg("none")), Value::Set(none) if none.is_empty()));
    });
}

#[test]
fn much_at_once() {
    const COMMANDS: usize = 3000;
    in_coroutines(|| {
        let Some(redis) = Redis::start() else { return };
        let mut client = redis.client();
        // One value that no buffer holds; nobody reads while it is written.
        let value: Vec<u8> = (0..2 << 20).map(|at: u32| (at >> 5) as u8).collect();
        client.ask::<()>(cmd("SET").arg("large").arg(&value[..]));
        assert!(client.ask::<Vec<u8>>(cmd("GET").arg("large")) == value, "another value");

        let mut pipe = redis::pipe();
        (0..COMMANDS).for_each(|number| {
            pipe.cmd("INCRBY").arg("sum").arg(number);
        });
        // The answers are read beside it, else both sides could be full.
        let stream = client.stream.try_clone().unwrap();
        let writer = go(move || (&stream).write_all(&pipe.get_packed_pipeline()));
        let mut sum = 0;
        for number in 0..COMMANDS {
            sum += number as i64;
            assert_eq!(client.hear().unwrap(), Value::Int(sum));
        }
        writer.join().unwrap().unwrap();
    });
}

#[test]
fn many_clients_count() {
    const CLIENTS: usize = 50;
    in_coroutines(|| {
        let Some(redis) = Redis::start() else { return };
        let socket = redis.socket.clone();
        let lasts = crowd(CLIENTS, move |_| {
            let mut client = Client::new(UnixStream::connect(&socket).unwrap());
            (0..20).map(|_| client.ask::<usize>(cmd("INCR").arg("count"))).collect::<Vec<_>>()
        });
        let mut all = lasts.concat();
        all.sort_unstable();
        assert!(all.into_iter().eq(1..=20 * CLIENTS), "one was counted twice, or not at all");
    });
}

/// The server answers one when another one asks.
#[test]
fn a_client_waits_for_another() {
    in_coroutines(|| {
        let Some(redis) = Redis::start() else { return };
        let (mut pops, mut pushes) = (redis.client(), redis.client());
        let waits = go(move || pops.ask::<(String, String)>(cmd("BLPOP").arg("queue").arg(0)));
        eventually("it waits", || {
            pushes.ask::<String>(cmd("INFO").arg("clients")).contains("blocked_clients:1")
        });
        assert!(!waits.is_finished());
        pushes.ask::<usize>(cmd("RPUSH").arg("queue").arg("work"));
        assert_eq!(waits.join().unwrap(), ("queue".to_owned(), "work".to_owned()));
    });
}

#[test]
fn what_is_published_is_heard() {
    const MESSAGES: usize = 100;
    in_coroutines(|| {
        let Some(redis) = Redis::start() else { return };
        let (mut speaker, mut listener) = (redis.client(), redis.client());
        let told = listener.ask::<(String, String, usize)>(cmd("SUBSCRIBE").arg("news"));
        assert_eq!(told, ("subscribe".to_owned(), "news".to_owned(), 1));
        let hears = go(move || {
            (0..MESSAGES).for_each(|number| {
                let heard = <(String, String, usize)>::from_redis_value(listener.hear().unwrap()).unwrap();
                assert_eq!(heard, ("message".to_owned(), "news".to_owned(), number));
            });
            listener
        });
        for number in 0..MESSAGES {
            assert_eq!(speaker.ask::<usize>(cmd("PUBLISH").arg("news").arg(number)), 1);
        }
        let mut listener = hears.join().unwrap();
        // Silence is no answer, and does no harm.
        listener.stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        assert!(listener.hear().unwrap_err().is_timeout());
        listener.stream.set_read_timeout(None).unwrap();
        let told = listener.ask::<(String, String, usize)>(cmd("UNSUBSCRIBE").arg("news"));
        assert_eq!(told, ("unsubscribe".to_owned(), "news".to_owned(), 0));
    });
}
