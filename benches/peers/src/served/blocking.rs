//! The servers, written once for all libraries in which a call that waits looks like any other: a task for each connection.

use std::io::{self, Read, Write};

use rustls::StreamOwned;

use super::http::Conversation;
use super::{fan_out, skew, tls};
use crate::library::{Library, Tell};
use crate::load::Kind;

/// Serves such clients. Does not come back.
///
/// # Errors
/// There is no port.
pub fn serve<L: Library>(workers: usize, kind: Kind, tell: Tell) -> io::Result<()> {
    match kind {
        Kind::Echo | Kind::Idle => each::<L>(workers, tell, |stream| echo(stream, |_| {})),
        Kind::Skew => each::<L>(workers, tell, |stream| echo(stream, skew::compute)),
        Kind::Http => each::<L>(workers, tell, http),
        Kind::IdleTls => {
            // Not made in a coroutine, whose stack is small.
            let config = tls::config();
            each::<L>(workers, tell, move |stream| {
                echo(StreamOwned::new(tls::session(&config), stream), |_| {});
            })
        }
        Kind::FanOut => L::run(workers, || fan_out::serve::<L>(tell)),
    }
}

fn each<L: Library>(
    workers: usize,
    tell: Tell,
    serve: impl Fn(L::Stream) + Clone + Send + 'static,
) -> io::Result<()> {
    L::run(workers, move || {
        L::accept(tell, |stream| {
            let serve = serve.clone();
            L::detach(move || serve(stream));
        })
    })
}

/// Sends back what it reads, to the end; `work` is done before.
pub fn echo(mut stream: impl Read + Write, work: impl Fn(&[u8])) {
    let mut buf = [0; 1024];
    while let Ok(count @ 1..) = stream.read(&mut buf) {
        work(&buf[..count]);
        if stream.write_all(&buf[..count]).is_err() {
            break;
        }
    }
}

fn http(mut stream: impl Read + Write) {
    let mut conversation = Conversation::new();
    while let Ok(count @ 1..) = stream.read(conversation.room()) {
        match conversation.answers_after(count) {
            Ok(answers) if stream.write_all(answers).is_ok() => {}
            _ => break,
        }
    }
}
