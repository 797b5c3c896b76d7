//! `copy_bidirectional`: two streams that are joined.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use gopark_net::copy_bidirectional;
use gopark_runtime::face::{Context, is_cancelled, is_timeout, with_timeout};
use rustix::net::sockopt;

use super::copying::{hears, says, text};
use crate::harness::{let_it_block, pair};
use crate::net::{Shutdown, TcpStream};
use crate::unix::UnixStream;

cases! {
    bytes_go_both_ways,
    every_kind_of_stream_is_joined,
    the_client_ends_first,
    the_server_ends_first,
    one_side_ends_and_the_other_goes_on,
    an_error_ends_both_and_is_the_one_that_is_told,
    an_error_of_the_other_direction_too,
    a_deadline_of_a_stream_ends_both,
    an_ambient_deadline_ends_both,
    an_ambient_deadline_ends_the_last_direction,
    a_context_ends_both,
    a_context_ends_the_last_direction,
    what_was_not_sent_on_is_given_back,
    a_chain,
}

const SHORT: Duration = Duration::from_millis(20);

/// Two connections, joined in the middle on a thread: the client's end, the server's, and what comes of it.
fn joined() -> (TcpStream, UnixStream, thread::JoinHandle<io::Result<(u64, u64)>>) {
    let ((client, a), (b, server)) = (pair(), UnixStream::pair().unwrap());
    (client, server, thread::spawn(move || copy_bidirectional(a, b)))
}

fn bytes_go_both_ways() {
    for (there, back) in [(0, 0), (1, 0), (0, 1), (64 << 10, 3 << 20), ((3 << 20) + 1, 2 << 20)] {
        let (client, server, proxy) = joined();
        let (question, answer) = (text(there), text(back));
        let by_client = says(client.try_clone().unwrap(), &question);
        let by_server = says(server.try_clone().unwrap(), &answer);
        let (at_client, at_server) = (hears(client.try_clone().unwrap()), hears(server.try_clone().unwrap()));
        by_client.join().unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        by_server.join().unwrap();
        server.shutdown(Shutdown::Write).unwrap();
        assert!(at_server.join().unwrap() == question);
        assert!(at_client.join().unwrap() == answer);
        assert_eq!(proxy.join().unwrap().unwrap(), (there as u64, back as u64));
    }
}

fn every_kind_of_stream_is_joined() {
    fn say(mut stream: impl Write, word: &[u8]) {
        stream.write_all(word).unwrap();
    }
    let ((mut client, mut a), (b, mut server)) = (pair(), UnixStream::pair().unwrap());
    let b = Arc::new(b);
    let proxy = thread::spawn(move || copy_bidirectional(&mut a, Box::new(&b)));
    say(&client, b"ping");
    server.read_exact(&mut [0; 4]).unwrap();
    say(&server, b"pong!");
    client.read_exact(&mut [0; 5]).unwrap();
    drop((client, server));
    assert_eq!(proxy.join().unwrap().unwrap(), (4, 5));
}

fn the_client_ends_first() {
    let (mut client, server, proxy) = joined();
    client.write_all(b"the question").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut heard = Vec::new();
    (&server).read_to_end(&mut heard).unwrap();
    assert_eq!(heard, b"the question");
    // The way back is open as long as the server keeps it so.
    (&server).write_all(b"the answer").unwrap();
    let mut answer = [0; 10];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"the answer");
    assert!(!proxy.is_finished());
    drop(server);
    assert_eq!(client.read(&mut answer).unwrap(), 0);
    assert_eq!(proxy.join().unwrap().unwrap(), (12, 10));
}

fn the_server_ends_first() {
    let (mut client, mut server, proxy) = joined();
    server.write_all(b"a greeting").unwrap();
    server.shutdown(Shutdown::Write).unwrap();
    let mut heard = Vec::new();
    client.read_to_end(&mut heard).unwrap();
    assert_eq!(heard, b"a greeting");
    client.write_all(b"thanks").unwrap();
    server.read_exact(&mut [0; 6]).unwrap();
    assert!(!proxy.is_finished());
    drop(client);
    assert_eq!(server.read(&mut [0; 8]).unwrap(), 0);
    assert_eq!(proxy.join().unwrap().unwrap(), (6, 10));
}

fn one_side_ends_and_the_other_goes_on() {
    let (client, server, proxy) = joined();
    server.shutdown(Shutdown::Write).unwrap();
    assert_eq!((&client).read(&mut [0; 8]).unwrap(), 0);
    let text = text(3 << 20);
    says(client, &text);
    assert!(hears(server).join().unwrap() == text);
    assert_eq!(proxy.join().unwrap().unwrap(), (text.len() as u64, 0));
}

fn reset(stream: TcpStream) {
    sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
}

/// The other direction would wait for ever.
fn an_error_ends_both_and_is_the_one_that_is_told() {
    for _ in 0..20 {
        let (client, server, proxy) = joined();
        reset(client);
        let refused = proxy.join().unwrap().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionReset, "{refused}");
        drop(server);
    }
}

fn an_error_of_the_other_direction_too() {
    for _ in 0..20 {
        let ((client, a), (b, server)) = (UnixStream::pair().unwrap(), pair());
        let proxy = thread::spawn(move || copy_bidirectional(a, b));
        reset(server);
        let refused = proxy.join().unwrap().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionReset, "{refused}");
        drop(client);
    }
}

fn a_deadline_of_a_stream_ends_both() {
    for of_a in [true, false] {
        let ((_client, a), (b, _server)) = (pair(), pair());
        let begun = Instant::now();
        if of_a {
            a.set_read_deadline(Some(begun + SHORT))
        } else {
            b.set_read_deadline(Some(begun + SHORT))
        }
        .unwrap();
        let late = copy_bidirectional(&a, &b).unwrap_err();
        assert!(begun.elapsed() >= SHORT);
        assert!(is_timeout(&late) && late.to_string().contains("socket"), "{late}");
    }
}

fn an_ambient_deadline_ends_both() {
    let ((_client, a), (b, _server)) = (pair(), pair());
    let begun = Instant::now();
    let late = with_timeout(SHORT, || copy_bidirectional(&a, &b)).unwrap_err();
    assert!(begun.elapsed() >= SHORT);
    assert!(is_timeout(&late), "{late}");
}

/// One direction has ended, the one or the other; the caller waits only.
fn an_ambient_deadline_ends_the_last_direction() {
    for ended in [true, false] {
        let ((client, a), (b, server)) = (pair(), pair());
        if ended { &client } else { &server }.shutdown(Shutdown::Write).unwrap();
        let late = with_timeout(SHORT, || copy_bidirectional(&a, &b)).unwrap_err();
        assert!(is_timeout(&late), "{late}");
    }
}

fn a_context_ends_both() {
    let ((_client, a), (b, _server)) = (pair(), pair());
    let (context, cancel) = Context::background().with_cancel();
    let canceller = thread::spawn(move || {
        let_it_block();
        cancel.cancel();
    });
    let cancelled = context.run(|| copy_bidirectional(&a, &b)).unwrap_err();
    assert!(is_cancelled(&cancelled), "{cancelled}");
    canceller.join().unwrap();
}

fn a_context_ends_the_last_direction() {
    for ended in [true, false] {
        let ((client, a), (b, server)) = (pair(), pair());
        let (context, cancel) = Context::background().with_cancel();
        if ended { &client } else { &server }.shutdown(Shutdown::Write).unwrap();
        let canceller = thread::spawn(move || {
            // The end has been passed on.
            assert_eq!(if ended { &server } else { &client }.read(&mut [0; 1]).unwrap(), 0);
            let_it_block();
            cancel.cancel();
            (client, server)
        });
        let cancelled = context.run(|| copy_bidirectional(&a, &b)).unwrap_err();
        assert!(is_cancelled(&cancelled), "{cancelled}");
        canceller.join().unwrap();
    }
}

fn what_was_not_sent_on_is_given_back() {
    let ((client, a), (b, mut server)) = (pair(), UnixStream::pair().unwrap());
    sockopt::set_socket_send_buffer_size(&b, 4 << 10).unwrap();
    let text = text(1 << 20);
    let said = says(client.try_clone().unwrap(), &text);
    let late = with_timeout(SHORT, || copy_bidirectional(&a, &b)).unwrap_err();
    assert!(is_timeout(&late), "{late}");
    b.shutdown(Shutdown::Write).unwrap();
    let mut all = Vec::new();
    server.read_to_end(&mut all).unwrap();
    assert!(all.len() < text.len());
    let rest = hears(a);
    said.join().unwrap();
    drop(client);
    all.extend(rest.join().unwrap());
    assert!(all == text, "{} bytes", all.len());
}

fn a_chain() {
    let (client, mut last) = pair();
    let proxies: Vec<_> = (0..5)
        .map(|_| {
            let (near, far) = pair();
            let from = std::mem::replace(&mut last, far);
            thread::spawn(move || copy_bidirectional(from, near).unwrap())
        })
        .collect();
    let echo = thread::spawn(move || io::copy(&mut &last, &mut &last).unwrap());
    let text = text(3 << 20);
    let heard = hears(client.try_clone().unwrap());
    (&client).write_all(&text).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    assert!(heard.join().unwrap() == text);
    let size = text.len() as u64;
    assert_eq!(echo.join().unwrap(), size);
    proxies.into_iter().for_each(|proxy| assert_eq!(proxy.join().unwrap(), (size, size)));
}
