//! Requests as clients send them, for property tests.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::string::string_regex;

/// A request and what is to be read out of it.
#[derive(Clone, Debug)]
pub(crate) struct Spoken {
    pub(crate) bytes: Vec<u8>,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) body: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Body {
    None,
    Counted(Vec<u8>),
    Chunked { chunks: Vec<Vec<u8>>, extension: String, trailer: Option<String> },
}

/// A string as a strategy would be parsed for each value anew.
fn text(pattern: &str) -> impl Strategy<Value = String> {
    string_regex(pattern).expect("a pattern")
}

fn body() -> impl Strategy<Value = Body> {
    let bytes = |most| vec(any::<u8>(), 0..most);
    prop_oneof![
        Just(Body::None),
        bytes(300).prop_map(Body::Counted),
        (
            vec(bytes(60), 0..6),
            text("(;[a-z]{1,5}(=[a-z0-9]{0,5})?){0,2}"),
            proptest::option::of(text("[A-Z][a-z]{0,8}: [ -~]{0,20}"))
        )
            .prop_map(|(chunks, extension, trailer)| Body::Chunked { chunks, extension, trailer }),
    ]
}

impl Body {
    /// The field that announces it, what is sent, and what is meant.
    fn spell(self) -> (String, Vec<u8>, Vec<u8>) {
        match self {
            Body::None => Default::default(),
            Body::Counted(bytes) => (format!("Content-Length: {}\r\n", bytes.len()), bytes.clone(), bytes),
            Body::Chunked { mut chunks, extension, trailer } => {
                // An empty one would be the last.
                chunks.retain(|chunk| !chunk.is_empty());
                let mut sent = Vec::new();
                for chunk in &chunks {
                    sent.extend(format!("{:x}{extension}\r\n", chunk.len()).bytes());
                    sent.extend(chunk);
                    sent.extend(b"\r\n");
                }
                sent.extend(format!("0{extension}\r\n").bytes());
                trailer.into_iter().for_each(|trailer| sent.extend(format!("{trailer}\r\n").bytes()));
                sent.extend(b"\r\n");
                ("Transfer-Encoding: chunked\r\n".to_owned(), sent, chunks.concat())
            }
        }
    }
}

/// A request that is to be understood.
pub(crate) fn request() -> impl Strategy<Value = Spoken> {
    let methods = prop_oneof![Just("GET"), Just("HEAD"), Just("POST"), Just("DELETE"), Just("BREW")];
    let field = text("X-[A-Za-z0-9-]{1,10}:[ \t]{0,2}[ -~]{0,30}\r\n");
    (methods, text("/[a-z0-9/._~-]{0,20}(\\?[a-z=&]{0,10})?"), vec(field, 0..6), body(), 0..3_usize).prop_map(
        |(method, target, fields, body, blank_lines)| {
            let (announcement, sent, meant) = body.spell();
            let mut bytes = "\r\n".repeat(blank_lines).into_bytes();
            bytes.extend(format!("{method} {target} HTTP/1.1\r\n{}", fields.concat()).bytes());
            bytes.extend(format!("Host: example.org:80\r\n{announcement}\r\n").bytes());
            bytes.extend(sent);
            Spoken { bytes, method: method.to_owned(), target, body: meant }
        },
    )
}

/// Something to do to bytes. Places are fractions of their length.
#[derive(Clone, Debug)]
enum Mutation {
    Replace(f64, u8),
    Insert(f64, Vec<u8>),
    Delete(f64, usize),
    Repeat(f64, usize),
    CutOff(f64),
}

/// What makes a difference to a parser.
const TOKENS: [&[u8]; 18] = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b" ",
    b"\t",
    b":",
    b",",
    b"\0",
    b"0",
    b"f",
    b";",
    b"chunked",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Host: a\r\n",
    b"HTTP/1.0",
    b"\xff\xfe",
];

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = || 0.0..1.0_f64;
    let token = select(&TOKENS).prop_map(<[u8]>::to_vec);
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Mutation::Replace(at, byte)),
        (at(), token).prop_map(|(at, token)| Mutation::Insert(at, token)),
        (at(), vec(any::<u8>(), 1..5)).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        (at(), 1..20_usize).prop_map(|(at, count)| Mutation::Delete(at, count)),
        (at(), 1..40_usize).prop_map(|(at, count)| Mutation::Repeat(at, count)),
        at().prop_map(Mutation::CutOff),
    ]
}

impl Mutation {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let place = |at: f64| (at * bytes.len() as f64) as usize;
        let range = |at, count: usize| place(at)..(place(at) + count).min(bytes.len());
        match self {
            Mutation::Replace(at, byte) => {
                let at = place(*at);
                bytes.splice(at..(at + 1).min(bytes.len()), [*byte]);
            }
            Mutation::Insert(at, new) => {
                let at = place(*at);
                bytes.splice(at..at, new.iter().copied());
            }
            Mutation::Delete(at, count) => {
                let range = range(*at, *count);
                bytes.drain(range);
            }
            Mutation::Repeat(at, count) => {
                let range = range(*at, *count);
                let again = bytes[range.clone()].to_vec();
                bytes.splice(range.end..range.end, again);
            }
            Mutation::CutOff(at) => bytes.truncate(place(*at)),
        }
    }
}

/// A few requests, one after the other, of which some bytes are wrong.
pub(crate) fn mutated() -> impl Strategy<Value = Vec<u8>> {
    (vec(request(), 1..4), vec(mutation(), 1..3)).prop_map(|(requests, mutations)| {
        let mut bytes: Vec<u8> = requests.into_iter().flat_map(|request| request.bytes).collect();
        mutations.iter().for_each(|mutation| mutation.apply(&mut bytes));
        bytes
    })
}

/// Sizes of the pieces in which bytes come: mostly small ones, so that every place is cut sometimes.
pub(crate) fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![Just(vec![1]), vec(1..8_usize, 1..20), vec(1..200_usize, 1..10)]
}
