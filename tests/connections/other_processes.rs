//! Programs that are started while sockets are open: they inherit none of them, and do not keep a connection open.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use gopark::go;

use crate::loopback::{listener, pair};
use crate::watchdog::bounded;
use crate::workers::runtime;

/// `sleep` for longer than any test, ended by the caller.
fn sleeper() -> std::process::Child {
    let null = Stdio::null;
    Command::new("sleep").arg("1000").stdin(null()).stdout(null()).stderr(null()).spawn().unwrap()
}

/// What the program that the kernel has just started has open beyond the three usual ones.
fn open_in(child: &std::process::Child) -> Vec<String> {
    let listing = std::fs::read_dir(format!("/proc/{}/fd", child.id())).unwrap();
    let links = listing.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
    let names = links.map(|link| link.to_string_lossy().into_owned());
    names.filter(|name| ["socket:", "eventpoll", "eventfd"].iter().any(|kind| name.contains(kind))).collect()
}

#[test]
fn inherit_no_sockets() {
    bounded(|| {
        runtime(2).run(|| {
            let (listener, address) = listener();
            let (mut near, far) = pair();
            // So that it is registered.
            let reader = go(move || {
                let mut heard = [0; 8];
                let n = (&far).read(&mut heard).unwrap();
                ((&far).read(&mut heard).unwrap(), n)
            });
            gopark::yield_now();
            let (client, accepted) =
                (gopark::net::TcpStream::connect(address).unwrap(), listener.accept().unwrap());

            let mut child = sleeper();
            // Spawn returns once the program is there, so its descriptors are those that exec has left.
            let inherited = open_in(&child);
            near.write_all(b"x").unwrap();
            // The other side hears of the end although the program still runs.
            drop(near);
            let ends = reader.join().unwrap();
            child.kill().unwrap();
            child.wait().unwrap();
            assert_eq!(inherited, Vec::<String>::new());
            assert_eq!(ends, (0, 1));
            drop((client, accepted));
        });
    });
}
