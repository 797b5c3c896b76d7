//! gopark without a coroutine for whoever says nothing: `on_readable`. It is a way to write servers, so no other work is done.

use std::io::{self, Read, Write};

use gopark::net::{TcpStream, on_readable};

use super::gopark::Homed;
use crate::figure::Figures;
use crate::library::{Library, Tell};
use crate::load::Kind;
use crate::served;
use crate::workload::Workload;

pub fn measure(workload: Workload) -> Option<Figures> {
    let kind = workload.load().filter(|kind| matches!(kind, Kind::Echo | Kind::Idle))?;
    let serve = move |tell| Homed::run(workload.workers(), || serve(tell));
    Some(served::measure(kind, workload.events(), serve))
}

fn serve(tell: Tell) -> io::Result<()> {
    Homed::accept(tell, |stream| drop(on_readable(stream, echo)))
}

/// Sends back what has come, and has itself called when there is more.
fn echo(mut stream: TcpStream) {
    let mut buf = [0; 1024];
    if let Ok(count @ 1..) = stream.read(&mut buf)
        && stream.write_all(&buf[..count]).is_ok()
    {
        on_readable(stream, echo);
    }
}
