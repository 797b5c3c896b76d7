//! A body in chunks (RFC 9112, section 7.1).
//!
//! ```text
//! 5;a=b CRLF hello CRLF 0 CRLF Name: value CRLF CRLF
//! | |                   |  |                      the end
//! | |                   |  trailer fields, which are ignored
//! | extensions, ignored the last chunk
//! size in hexadecimal digits
//! ```

use crate::framing::TOO_LARGE;
use crate::settings::Limits;
use crate::status::{Refusal, Status, malformed, refusal};

/// The longest line between chunks.
const LONGEST_LINE: usize = 1024;

/// Takes chunks apart, in whatever pieces they come.
#[derive(Debug)]
pub(crate) struct Chunks {
    state: State,
    limits: Limits,
    /// The body so far.
    body: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Before the line with a size.
    Size,
    /// So many bytes of the chunk are to come.
    Data(usize),
    /// Before the end of the line behind a chunk.
    BehindData,
    /// Among the trailer fields, of which there were so many bytes.
    Trailer(usize),
    Over,
}

impl Chunks {
    pub(crate) fn new(limits: Limits) -> Chunks {
        Chunks { state: State::Size, limits, body: Vec::new() }
    }

    /// Whether the last one has come.
    pub(crate) fn are_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    pub(crate) fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// Takes what it can from the beginning of `bytes`, and returns how much that was. What is left comes again, with more.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<usize, Refusal> {
        let mut taken = 0;
        while let Some(count) = self.step(&bytes[taken..])? {
            taken += count;
        }
        Ok(taken)
    }

    /// `None`: there have to be more.
    fn step(&mut self, bytes: &[u8]) -> Result<Option<usize>, Refusal> {
        if let State::Data(left) = self.state {
            let count = left.min(bytes.len());
            self.body.extend_from_slice(&bytes[..count]);
            self.state = if count < left { State::Data(left - count) } else { State::BehindData };
            return Ok((count > 0).then_some(count));
        }
        if self.are_over() {
            return Ok(None);
        }
        let Some(line) = first_line(bytes)? else { return Ok(None) };
        let count = line.len() + 2;
        self.state = match self.state {
            State::Size => self.begin(size(line)?)?,
            State::BehindData if line.is_empty() => State::Size,
            State::Trailer(_) if line.is_empty() => State::Over,
            State::Trailer(before) if is_field(line) => self.note_trailer(before + count)?,
            State::Trailer(_) => return Err(malformed("a trailer field that is none")),
            _ => return Err(malformed("a chunk that is longer than its size")),
        };
        Ok(Some(count))
    }

    fn begin(&self, size: usize) -> Result<State, Refusal> {
        match size {
            0 => Ok(State::Trailer(0)),
            _ if size > self.limits.body - self.body.len() => Err(TOO_LARGE),
            _ => Ok(State::Data(size)),
        }
    }

    fn note_trailer(&self, bytes: usize) -> Result<State, Refusal> {
        if bytes > self.limits.head {
            return Err(refusal(Status::FIELDS_TOO_LARGE, "too many trailer fields"));
        }
        Ok(State::Trailer(bytes))
    }
}

/// The first line of `bytes`, without its end, once that has come.
fn first_line(bytes: &[u8]) -> Result<Option<&[u8]>, Refusal> {
    let within = &bytes[..bytes.len().min(LONGEST_LINE)];
    let Some(end) = within.iter().position(|&byte| byte == b'\n') else {
        return if within.len() < LONGEST_LINE { Ok(None) } else { Err(malformed("a long line in a body")) };
    };
    match within[..end].split_last() {
        Some((b'\r', line)) if !line.iter().any(|&byte| byte < b' ' && byte != b'\t') => Ok(Some(line)),
        _ => Err(malformed("a malformed line in a body")),
    }
}

fn is_field(line: &[u8]) -> bool {
    !line[0].is_ascii_whitespace() && line.contains(&b':')
}

/// Hexadecimal digits, and extensions perhaps. More digits than a size can have are refused, even if they are zeros.
fn size(line: &[u8]) -> Result<usize, Refusal> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (digits, rest) = line.split_at(digits);
    let extends = matches!(rest.trim_ascii_start(), [] | [b';', ..]);
    if !(1..=16).contains(&digits.len()) || !extends {
        return Err(malformed("a chunk without a size"));
    }
    usize::from_str_radix(str::from_utf8(digits).expect("they are digits"), 16).map_err(|_| TOO_LARGE)
}
