//! The program of README.md, but for the address and the end.

use std::io::{Read, Write};

use gopark::{go, net::TcpListener};

/// Serves so many connections.
pub(crate) fn serve(listener: TcpListener, connections: usize) {
    let mut served = 0;
    while served < connections {
        let (conn, _) = match listener.accept() {
            Ok(c) => c,
            Err(e) => {
                eprintln!("accept: {e}");
                continue;
            }
        };
        served += 1;
        go(move || {
            let mut buf = [0; 1024];
            while let Ok(n @ 1..) = (&conn).read(&mut buf) {
                if (&conn).write_all(&buf[..n]).is_err() {
                    break;
                }
            }
        });
    }
}
