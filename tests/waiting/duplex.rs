//! Connections that one coroutine each serves in both directions, as those of WebSocket or TLS have to be: what comes
//! in is read when it is there, what goes out comes from an outbox.

use crate::activity::{parks, polls};
use crate::descriptor_limit::{limit, set_limit};
use crate::random::Random;
use crate::sockets::pair;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{Receiver, Sender, never, unbounded};
use gopark::net::{Shutdown, TcpStream};
use gopark::time::sleep;
use gopark::{JoinHandle, go, select, yield_now};
use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

const FRAMES: u32 = 40;
const FRAME: usize = 8;

/// A thousand, or what the process can afford: two descriptors each, three in one test, and others have theirs.
fn connections() -> usize {
    // Anyone may raise the soft limit to the hard one.
    let most = limit().rlim_max;
    set_limit(libc::rlimit { rlim_cur: most, rlim_max: most });
    (most.saturating_sub(1000) / 12).min(500) as usize * 2
}

type Frame = [u8; FRAME];

fn frame(from: usize, number: u32) -> Frame {
    let mut frame = [0; FRAME];
    frame[..4].copy_from_slice(&(from as u32).to_le_bytes());
    frame[4..].copy_from_slice(&number.to_le_bytes());
    frame
}

/// One connection's only coroutine: what its client sends goes to another's outbox, until the client has no more and
/// the outbox is closed. Returns how often it was woken.
fn serve(mut conn: TcpStream, mut outbox: Receiver<Frame>, other: Sender<Frame>) -> u32 {
    let (mut rest, mut turns) = (Vec::new(), 0);
    let (mut writes, mut other) = (true, Some(other));
    while let Some(to) = &other {
        turns += 1;
        select! {
            recv(outbox) -> frame => match frame {
                Ok(frame) => conn.write_all(&frame).expect("the client reads"),
                // Else this arm could be chosen from now on, again and again.
                Err(_) => (writes, outbox) = (false, never()),
            },
            readable(conn) -> ready => {
                ready.expect("an open socket");
                // No multiple of a frame, so that frames are cut.
                let mut buf = [0; 3 * FRAME - 1];
                let count = conn.read(&mut buf).expect("it is readable");
                rest.extend_from_slice(&buf[..count]);
                while rest.len() >= FRAME {
                    let frame: Vec<u8> = rest.drain(..FRAME).collect();
                    to.send(frame.try_into().expect("a frame")).expect("its server is alive");
                }
                if count == 0 {
                    other = None;
                }
            },
        }
    }
    if writes {
        for frame in outbox {
            turns += 1;
            conn.write_all(&frame).expect("the client reads");
        }
    }
    assert!(rest.is_empty(), "half a frame");
    turns
}

/// Sends its frames in pieces and with pauses, and reads its partner's.
fn client(number: usize, conn: TcpStream) -> JoinHandle<Vec<u8>> {
    let reads = conn.try_clone().expect("a descriptor");
    let reader = go(move || {
        let mut all = Vec::new();
        (&reads).read_to_end(&mut all).expect("until the server ends");
        all
    });
    go(move || {
        let mut random = Random::new(number as u64);
        let mut all: Vec<u8> = (0..FRAMES).flat_map(|i| frame(number, i)).collect();
        while !all.is_empty() {
            let piece = (1 + random.below(3 * FRAME)).min(all.len());
            (&conn).write_all(&all[..piece]).expect("the server reads");
            all.drain(..piece);
            match random.below(8) {
                0 => sleep(Duration::from_micros(500)),
                1 | 2 => yield_now(),
                _ => {}
            }
        }
        conn.shutdown(Shutdown::Write).expect("it is open");
        reader.join().expect("no panic")
    })
}

#[test]
fn nothing_is_lost_among_a_thousand() {
    bounded(|| {
        let connections = connections();
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let turns: u32 = runtime.run(|| {
                let (boxes, mut outboxes): (Vec<_>, Vec<_>) = (0..connections).map(|_| unbounded()).unzip();
                outboxes.reverse();
                let (mut clients, mut servers) = (Vec::new(), Vec::new());
                for number in 0..connections {
                    let (near, far) = pair();
                    let (outbox, other) = (outboxes.pop().expect("one each"), boxes[number ^ 1].clone());
                    servers.push(go(move || serve(far, outbox, other)));
                    clients.push(client(number, near));
                }
                drop(boxes);
                for (number, client) in clients.into_iter().enumerate() {
                    let expected: Vec<u8> = (0..FRAMES).flat_map(|i| frame(number ^ 1, i)).collect();
                    assert_eq!(client.join().expect("no panic"), expected, "what {number} has read");
                }
                servers.into_iter().map(|server| server.join().expect("no panic")).sum()
            });
            let frames = connections as u32 * FRAMES;
            // A frame is sent in two pieces or three, so it is read as often, and written once.
            assert!(turns < 10 * frames, "{turns} turns for {frames} frames");
            let waits = parks(&runtime);
            assert!(waits < 40 * u64::from(frames), "{waits} waits for {frames} frames");
        }
    });
}

/// Connections on which nothing happens cost nothing, also those that have been in use.
#[test]
fn idle_ones_are_left_alone() {
    bounded(|| {
        let connections = connections();
        let runtime = runtime(2);
        let (mut clients, mut boxes, mut servers) = (Vec::new(), Vec::new(), Vec::new());
        let (echo, echoes) = unbounded();
        for number in 0..connections {
            let (near, far) = pair();
            let (to, outbox) = unbounded();
            let other = echo.clone();
            servers.push(runtime.spawn(move || serve(far, outbox, other)));
            to.send(frame(number, 0)).expect("its server lives");
            (&near).write_all(&frame(number, 1)).expect("there is room");
            let mut read = [0; FRAME];
            (&near).read_exact(&mut read).expect("what was in the outbox");
            assert_eq!(read, frame(number, 0));
            clients.push(near);
            boxes.push(to);
        }
        assert_eq!(echoes.iter().take(connections).count(), connections);
        // Until the last of them has gone back to its select.
        let mut before = parks(&runtime);
        loop {
            thread::sleep(Duration::from_millis(20));
            let now = parks(&runtime);
            if now == before {
                break;
            }
            before = now;
        }
        let polled = polls(&runtime);
        thread::sleep(Duration::from_millis(200));
        assert_eq!(parks(&runtime), before, "a connection was woken for nothing");
        let polls = polls(&runtime) - polled;
        assert!(polls < 200, "{polls} polls in 200 ms in which nothing happens");
        drop((clients, boxes));
        assert!(servers.into_iter().all(|server| server.join().is_ok()));
    });
}
