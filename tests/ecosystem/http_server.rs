//! An HTTP/1.1 server as one writes it over blocking streams: a loop for each connection, with httparse.

use std::io::{self, Read, Write};

use httparse::{EMPTY_HEADER, Request, Status};

/// The most headers that a request may have.
const HEADERS: usize = 16;

/// A request of which all has been read.
struct Asked {
    method: String,
    path: String,
    body: Vec<u8>,
    is_last: bool,
}

/// Answers one request after the other until the client ends, asks for the end, or asks for nonsense. How many.
///
/// - `/hello` is a greeting, `/bytes/N` so many bytes, and `/never` no answer at all.
/// - What is posted to `/upper` comes back in capitals.
/// - The header `served` counts the requests of the connection.
pub(crate) fn serve_http<S: Read + Write>(stream: &mut S) -> io::Result<usize> {
    let mut unread = Vec::new();
    let mut answers = Vec::new();
    let mut served = 0;
    loop {
        let asked = match next_request(stream, &mut unread, &mut answers) {
            Ok(Some(asked)) => asked,
            Ok(None) => return Ok(served),
            Err(error) => {
                if error.kind() == io::ErrorKind::InvalidData {
                    answer(&mut answers, "400 Bad Request", served, true, &error.to_string().into_bytes());
                    stream.write_all(&answers)?;
                    stream.flush()?;
                }
                return Err(error);
            }
        };
        served += 1;
        let (status, body) = match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", "/hello") => ("200 OK", b"hello".to_vec()),
            ("GET", "/never") => {
                // Until the client has had enough.
                while stream.read(&mut [0; 64])? > 0 {}
                return Ok(served);
            }
            ("GET", path) if path.starts_with("/bytes/") => {
                let count = path["/bytes/".len()..].parse().unwrap_or(0);
                ("200 OK", (0..count).map(|at: usize| at as u8).collect())
            }
            ("POST", "/upper") => ("200 OK", asked.body.to_ascii_uppercase()),
            _ => ("404 Not Found", Vec::new()),
        };
        answer(&mut answers, status, served, asked.is_last, &body);
        if asked.is_last {
            stream.write_all(&answers)?;
            stream.flush()?;
            return Ok(served);
        }
    }
}

fn answer(answers: &mut Vec<u8>, status: &str, served: usize, is_last: bool, body: &[u8]) {
    let connection = if is_last { "close" } else { "keep-alive" };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nconnection: {connection}\r\nserved: {served}\r\ncontent-length: {length}\r\n\r\n"
    );
    answers.extend_from_slice(head.as_bytes());
    answers.extend_from_slice(body);
}

/// The next request, if the client has not ended. What it may wait for is sent before anything is waited for.
fn next_request<S: Read + Write>(
    stream: &mut S,
    unread: &mut Vec<u8>,
    answers: &mut Vec<u8>,
) -> io::Result<Option<Asked>> {
    loop {
        if let Some((asked, length)) = parse(unread)? {
            unread.drain(..length);
            return Ok(Some(asked));
        }
        stream.write_all(answers)?;
        stream.flush()?;
        answers.clear();
        let mut buf = [0; 1024];
        match stream.read(&mut buf)? {
            0 if unread.is_empty() => return Ok(None),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => unread.extend_from_slice(&buf[..count]),
        }
    }
}

/// The request at the beginning and its length, if all of it is there.
fn parse(bytes: &[u8]) -> io::Result<Option<(Asked, usize)>> {
    let mut headers = [EMPTY_HEADER; HEADERS];
    let mut request = Request::new(&mut headers);
    let Status::Complete(head) = request.parse(bytes).map_err(nonsense)? else { return Ok(None) };
    let value = |name: &str| {
        let header = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        header.map(|header| String::from_utf8_lossy(header.value).to_ascii_lowercase())
    };
    let body = if value("transfer-encoding").is_some_and(|coding| coding == "chunked") {
        chunks(&bytes[head..])?
    } else {
        let length = value("content-length").map_or(Ok(0), |text| text.parse()).map_err(nonsense)?;
        bytes[head..].get(..length).map(|body| (body.to_vec(), length))
    };
    let Some((body, length)) = body else { return Ok(None) };
    let asked = Asked {
        method: request.method.unwrap_or_default().to_owned(),
        path: request.path.unwrap_or_default().to_owned(),
        body,
        is_last: value("connection").is_some_and(|how| how == "close"),
    };
    Ok(Some((asked, head + length)))
}

/// The content of all the chunks, and how long they are with their headers, if the last of them is there.
fn chunks(bytes: &[u8]) -> io::Result<Option<(Vec<u8>, usize)>> {
    let (mut content, mut at) = (Vec::new(), 0);
    loop {
        let parsed = httparse::parse_chunk_size(&bytes[at..]).map_err(|_| nonsense("the size of a chunk"))?;
        let Status::Complete((head, size)) = parsed else { return Ok(None) };
        let begin = at + head;
        let end = begin + size as usize;
        if bytes.len() < end + 2 {
            return Ok(None);
        }
        content.extend_from_slice(&bytes[begin..end]);
        at = end + 2;
        if size == 0 {
            return Ok(Some((content, at)));
        }
    }
}

fn nonsense(why: impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_string())
}
