//! What a client asks for.

use std::collections::HashMap;
use std::io::{self, Read};
use std::time::Duration;

use super::answer::Answer;

/// A request is one line and some headers.
const MOST: usize = 8 << 10;

/// Headers that are looked past.
const HEADERS: usize = 64;

/// The path, and what stands behind the question mark.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub(super) path: String,
    query: HashMap<String, String>,
}

impl Request {
    /// Reads one.
    ///
    /// # Errors
    /// What is to be answered to one that is none, or is none of ours; `None`: there is nobody to answer to.
    pub(super) fn read(from: &mut impl Read) -> Result<Request, Option<Answer>> {
        let mut bytes = Vec::with_capacity(1024);
        let mut chunk = [0; 1024];
        loop {
            match from.read(&mut chunk) {
                Ok(0) => return Err(None),
                Ok(count) => bytes.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Err(None),
            }
            if let Some(request) = Request::parse(&bytes)? {
                return Ok(request);
            }
            if bytes.len() > MOST {
                return Err(Some(Answer::refusal(431, "a request of more than 8 KiB")));
            }
        }
    }

    /// `None`: there is more to come.
    fn parse(bytes: &[u8]) -> Result<Option<Request>, Option<Answer>> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(bytes) {
            Ok(httparse::Status::Complete(_)) => {}
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(error) => return Err(Some(Answer::refusal(400, &error.to_string()))),
        }
        if request.method != Some("GET") {
            return Err(Some(Answer::refusal(405, "there is nothing here but to GET")));
        }
        let target = request.path.unwrap_or("/");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let query = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Ok(Some(Request { path: path.to_owned(), query }))
    }

    /// The value of `key`.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.query.get(key).map(String::as_str)
    }

    /// A duration in seconds: `default` if none is given.
    ///
    /// # Errors
    /// It is no number above 0, or more than `most`.
    pub(super) fn seconds(&self, default: f64, most: f64) -> Result<Duration, Answer> {
        let seconds = self.value("seconds").map_or(Ok(default), str::parse);
        match seconds {
            Ok(seconds) if seconds > 0.0 && seconds <= most => Ok(Duration::from_secs_f64(seconds)),
            _ => Err(Answer::refusal(400, &format!("seconds: a number above 0, and at most {most}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Request, Option<u16>> {
        Request::read(&mut text.as_bytes()).map_err(|answer| answer.map(|answer| answer.status()))
    }

    #[test]
    fn a_path_and_a_query() {
        let request =
            read("GET /debug/profile?seconds=0.5&format=folded HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        assert_eq!(request.path, "/debug/profile");
        assert_eq!(request.value("format"), Some("folded"));
        assert_eq!(request.seconds(30.0, 60.0).unwrap(), Duration::from_millis(500));
        let plain = read("GET / HTTP/1.0\r\n\r\n").unwrap();
        assert_eq!(plain.seconds(30.0, 60.0).unwrap(), Duration::from_secs(30));
    }

    #[test]
    fn what_is_none_is_refused() {
        assert_eq!(read("POST / HTTP/1.1\r\n\r\n").unwrap_err(), Some(405));
        assert_eq!(read("\0\0\0\r\n\r\n").unwrap_err(), Some(400));
        assert_eq!(read(&format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(10_000))).unwrap_err(), Some(431));
        assert_eq!(read("GET / HT").unwrap_err(), None);
        for bad in ["x", "-1", "0", "inf", "nan", "61"] {
            let request = read(&format!("GET /?seconds={bad} HTTP/1.1\r\n\r\n")).unwrap();
            assert_eq!(request.seconds(1.0, 60.0).unwrap_err().status(), 400, "{bad}");
        }
    }
}
