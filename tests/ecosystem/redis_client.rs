//! A client of redis as one writes it over blocking streams: the crate's commands and its parser, and a stream.

use std::io::{Read, Write};

use redis::{Cmd, FromRedisValue, Parser, RedisResult, Value};

/// A connection, and the parser, which keeps what it has read too much.
pub(crate) struct Client<S> {
    pub(crate) stream: S,
    parser: Parser,
}

impl<S: Read + Write> Client<S> {
    pub(crate) fn new(stream: S) -> Client<S> {
        Client { stream, parser: Parser::new() }
    }

    pub(crate) fn say(&mut self, command: &Cmd) {
        self.stream.write_all(&command.get_packed_command()).unwrap();
    }

    pub(crate) fn hear(&mut self) -> RedisResult<Value> {
        self.parser.parse_value(&mut self.stream)
    }

    /// The answer to a command.
    #[track_caller]
    pub(crate) fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> T {
        self.say(command);
        T::from_redis_value(self.hear().unwrap()).unwrap()
    }

    /// The code of the error that a command is answered by.
    #[track_caller]
    pub(crate) fn is_refused(&mut self, command: &Cmd) -> String {
        self.say(command);
        let refused = self.hear().unwrap().extract_error().unwrap_err();
        refused.code().expect("a code").to_owned()
    }
}
