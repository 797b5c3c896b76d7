//! A client that says exactly what it is told to.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// No answer takes a twentieth of this.
const HANGS_AFTER: Duration = Duration::from_secs(30);

pub(crate) struct Client {
    stream: TcpStream,
    /// What has come and was not asked for yet.
    ahead: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).expect("it listens");
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(HANGS_AFTER)).unwrap();
        stream.set_write_timeout(Some(HANGS_AFTER)).unwrap();
        Client { stream, ahead: Vec::new() }
    }

    pub(crate) fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).expect("somebody listens");
    }

    /// Whether that went well: the other side may have closed.
    pub(crate) fn try_to_say(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Says that it has no more to say.
    pub(crate) fn falls_silent(&self) {
        // Not possible if the other side has reset the connection, and then not needed.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// What comes next must be an answer.
    #[track_caller]
    pub(crate) fn hears(&mut self) -> Answer {
        self.hears_to("GET").expect("an answer")
    }

    /// The next answer, to a request with `method`; `None` at the end of the stream.
    #[track_caller]
    pub(crate) fn hears_to(&mut self, method: &str) -> Option<Answer> {
        let length = loop {
            if let Some(at) = self.ahead.windows(4).position(|end| end == b"\r\n\r\n") {
                break at + 4;
            }
            if !self.more() {
                assert!(self.ahead.is_empty(), "cut off: {}", self.ahead.escape_ascii());
                return None;
            }
        };
        let mut answer = parse(&self.ahead[..length]);
        self.ahead.drain(..length);
        if method != "HEAD" && answer.status >= 200 {
            let length = answer.field("Content-Length").expect("a length").parse().expect("a number");
            while self.ahead.len() < length {
                assert!(self.more(), "the body ends early");
            }
            answer.body = self.ahead.drain(..length).collect();
        }
        Some(answer)
    }

    /// Nothing comes any more.
    #[track_caller]
    pub(crate) fn hears_the_end(&mut self) {
        assert_eq!(self.hears_to("GET"), None);
    }

    /// Everything up to the end, whatever it is.
    pub(crate) fn hears_all(mut self) -> Vec<u8> {
        while self.more() {}
        self.ahead
    }

    /// Reads on. False: there is no more, or the connection was reset.
    fn more(&mut self) -> bool {
        let mut buf = [0; 4096];
        match self.stream.read(&mut buf) {
            Ok(count) => {
                self.ahead.extend(&buf[..count]);
                count > 0
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) => panic!("no answer: {error}"),
        }
    }
}

fn parse(head: &[u8]) -> Answer {
    let mut fields = [httparse::EMPTY_HEADER; 20];
    let mut response = httparse::Response::new(&mut fields);
    assert!(response.parse(head).expect("an answer").is_complete());
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    let fields = response.headers.iter().map(|field| (field.name.to_owned(), text(field.value))).collect();
    Answer { status: response.code.expect("a status"), fields, body: Vec::new() }
}

impl Answer {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, value)| &value[..])
    }

    pub(crate) fn closes(&self) -> bool {
        self.field("Connection") == Some("close")
    }
}
