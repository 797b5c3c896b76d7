//! What an idle connection of README.md's server costs, and that thousands of them are still served.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::child::in_child;
use crate::descriptor_limit::{limit, set_limit};
use crate::eventually::eventually;
use crate::loopback::listener;
use crate::memory::resident;
use crate::readme_server::serve;

/// The page of its stack, page tables and what else belongs to it; unoptimised frames are several times as large.
const MOST_BYTES: u64 = if cfg!(debug_assertions) { 12 << 10 } else { 5500 };

/// Two descriptors each: as many as the process may open here, up to 2000 connections.
fn affordable() -> usize {
    // Anyone may raise the soft limit to the hard one.
    let most = limit().rlim_max;
    set_limit(libc::rlimit { rlim_cur: most, rlim_max: most });
    (most.saturating_sub(100) / 2).min(2000) as usize
}

#[test]
fn cost_little_more_than_a_page() {
    in_child(cost_little_more_than_a_page, &[], || {
        let count = affordable();
        let runtime = crate::policy::builder().workers(2).stack_size(256 << 10).build().unwrap();
        let (listener, address) = listener();
        let server = runtime.spawn(move || serve(listener, count));
        // std's sockets on a plain thread: what they cost is the kernel's, and not counted here.
        let mut clients: Vec<TcpStream> = Vec::with_capacity(count);
        let talk = |clients: &mut [TcpStream]| {
            for client in clients {
                client.write_all(b"hello").unwrap();
                let mut heard = [0; 5];
                client.read_exact(&mut heard).unwrap();
                assert_eq!(&heard, b"hello");
            }
        };
        let before = resident();
        (0..count).for_each(|_| clients.push(TcpStream::connect(address).unwrap()));
        talk(&mut clients);
        let each = || resident().saturating_sub(before) / count as u64;
        println!("resident bytes of each of {count} idle connections, at once: {}", each());
        eventually("a connection takes little more than a page", || each() <= MOST_BYTES);
        println!("and in the end: {}", each());

        // After their stacks were trimmed.
        talk(&mut clients);
        drop(clients);
        server.join().unwrap();
        eventually("all have ended", || runtime.metrics().live == 0);
    })
    .succeeded();
}
